"""The virtual environment that script/demo, script/test and script/bench share.

Standard library only: this runs before anything is installed. Run by itself it prepares the
environment for the tests.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from progress import StepFailed, run_step, say

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME = "requirements.txt"
TESTING = "requirements-dev.txt"


def prepare(*, testing: bool = False) -> None:
    """Make the environment and install the pinned requirements, as far as they changed.

    Raises StepFailed with what to do about it.
    """
    if not _usable():
        try:
            run_step("Virtual environment", [sys.executable, "-m", "venv", "--clear", VENV])
        except StepFailed as failed:
            raise StepFailed(
                f"{failed}\n\nPython's venv module could not make {VENV}."
                " On Debian and Ubuntu it is a package of its own: apt-get install python3-venv"
            ) from None
    wanted = [RUNTIME, TESTING] if testing else [RUNTIME]
    if all(_stamp(name).is_file() and _stamp(name).read_text() == _hash(name) for name in wanted):
        return
    files = [argument for name in wanted for argument in ("-r", str(ROOT / name))]
    try:
        run_step("Requirements", [PYTHON, "-m", "pip", "install", *files], env=_pip_environment())
    except StepFailed as failed:
        raise StepFailed(
            f"{failed}\n\nThe requirements could not be installed. The first run needs a Python"
            " package index: check the network, or point pip to a mirror or a folder of wheels"
            " (PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf). Then run the command again."
        ) from None
    for name in wanted:
        _stamp(name).write_text(_hash(name))


def _usable() -> bool:
    """Whether the environment is there, starts, has pip and is of a fitting Python."""
    code = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        asked = subprocess.run([PYTHON, "-c", code], capture_output=True, check=False)  # noqa: S603
    except OSError:
        return False
    return asked.returncode == 0


def _stamp(name: str) -> Path:
    return VENV / f".installed-{name}"


def _hash(name: str) -> str:
    """What an installed file is known by: its text and, for the tests' file, the runtime's."""
    names = [RUNTIME] if name == RUNTIME else [RUNTIME, name]
    return hashlib.sha256(b"\0".join((ROOT / each).read_bytes() for each in names)).hexdigest()


def _pip_environment() -> dict[str, str]:
    """The caller's pip configuration as it is; only its reminder to upgrade is off."""
    return {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


if __name__ == "__main__":
    try:
        prepare(testing=True)
    except StepFailed as failure:
        say(f"\n{failure}", error=True)
        sys.exit(1)
