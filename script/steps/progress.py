"""Long steps on a terminal: what runs, how far it is, how long it took, why it failed."""

import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL = 30  # lines of a failed step's output that are shown
TITLE_WIDTH = 22


class StepFailed(Exception):
    """A step ended badly. The text is for the person at the terminal."""


def say(text: str = "", *, error: bool = False) -> None:
    """Print a line at once, also into a pipe."""
    stream = sys.stderr if error else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def run_step(
    title: str, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None
) -> None:
    """Run a command with its last line of output beside the title, and its seconds at the end.

    Into a pipe only the title and the seconds are written. Raises StepFailed with the end of
    the output if the command fails. The command is ended if this process is interrupted.
    """
    live = sys.stdout.isatty()
    started = time.monotonic()
    tail: deque[str] = deque(maxlen=TAIL)
    sys.stdout.write(f"  {title:<{TITLE_WIDTH}}")
    sys.stdout.flush()
    with subprocess.Popen(  # noqa: S603
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            for line in process.stdout or ():
                if line.strip():
                    tail.append(line.rstrip())
                    if live:
                        _show(title, line.strip())
        except BaseException:
            process.terminate()
            sys.stdout.write("\n")
            raise
    seconds = time.monotonic() - started
    if live:
        _show(title, "")
    if process.returncode:
        say("failed")
        raise StepFailed("\n".join(tail))
    say(f"{seconds:5.1f} s")


def _show(title: str, text: str) -> None:
    """Rewrite the line under the cursor."""
    room = max(shutil.get_terminal_size().columns - TITLE_WIDTH - 4, 0)
    sys.stdout.write(f"\r\033[K  {title:<{TITLE_WIDTH}}{text[:room]}")
    sys.stdout.flush()
