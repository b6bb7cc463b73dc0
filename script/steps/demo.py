"""script/demo: the sample shop on this machine, from a bare checkout to a running server.

One server process on SQLite with its worker inside, so that the in-process cache and
channel layer are shared by all of it. Everything that it keeps lies in var/.
"""

import argparse
import errno
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from environment import PYTHON, ROOT, prepare
from progress import StepFailed, run_step, say

HOST = "127.0.0.1"
EDITOR = "editor@vitrine.example"
PASSWORD = "vitrine-demo"  # noqa: S105 - printed below, for a server that only this machine reaches
VAR = ROOT / "var"
DATABASE = VAR / "vitrine.sqlite3"
SEEDED = VAR / "demo.seeded"  # seeding again would undo what was edited since
READY_WITHIN = 120.0  # seconds
STOPPED_WITHIN = 15.0  # seconds


class Stopped(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal."""


def main() -> int:
    """Prepare what is missing, serve until stopped. Returns the exit code."""
    wanted = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        _refuse_taken(wanted.port)
        with _only_one():
            if wanted.reset:
                _reset()
            if not DATABASE.is_file():
                SEEDED.unlink(missing_ok=True)
            environment = _environment(wanted.port)
            say("Vitrine")
            prepare()
            manage = [str(PYTHON), str(ROOT / "manage.py")]
            run_step("Database", [*manage, "migrate", "--no-input"], env=environment)
            if not SEEDED.is_file():
                seed = [*manage, "seed_products", "--editor-password", PASSWORD]
                run_step("Sample shop", seed, env=environment)
                SEEDED.touch()
            # The first steps took their time: somebody else may have the port by now.
            _refuse_taken(wanted.port)
            return _serve(wanted.port, environment)
    except StepFailed as failed:
        say(f"\n{failed}", error=True)
        return 1
    except Stopped:
        say("\nStopped before the shop was open. Run it again to continue.")
        return 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/demo", description="Run the sample shop on this machine."
    )
    parser.add_argument("--port", type=_port, default=8000, help="another port than 8000")
    parser.add_argument("--reset", action="store_true", help="forget all data and start over")
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def _stop(number: int, frame: FrameType | None) -> None:
    # One is enough: a second Ctrl-C must not interrupt the stopping.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def _refuse_taken(port: int) -> None:
    """Raise StepFailed if the port has a listener. The server itself would silently share it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StepFailed(
                    f"Port {port} is taken by another program. Stop it, or choose another port:"
                    f" script/demo --port {port + 1 if port < 65535 else 8000}"
                ) from None
            raise StepFailed(f"Port {port} cannot be used: {error.strerror}.") from None


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold this checkout's data for this demo alone. Raises StepFailed."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StepFailed(
                f"This checkout's demo is already running ({lock.read().strip()}). Stop it first."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}")
        lock.flush()
        yield


def _reset() -> None:
    """Remove what the demo keeps: its database, its uploads, its key."""
    SEEDED.unlink(missing_ok=True)
    for name in (DATABASE.name, f"{DATABASE.name}-wal", f"{DATABASE.name}-shm", "demo.key"):
        (VAR / name).unlink(missing_ok=True)
    shutil.rmtree(VAR / "media", ignore_errors=True)
    say("Starting over: the demo's data is gone.")


def _environment(port: int) -> dict[str, str]:
    """The caller's environment without what would lead the demo to another shop's data."""
    key = VAR / "demo.key"
    if not key.is_file():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48))
    address = f"http://{HOST}:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRANIAN_")}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "config.settings.development",
        "PYTHONPATH": str(ROOT / "site"),
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": key.read_text(),
        "DATABASE_URL": f"sqlite:///{DATABASE}",
        "REDIS_URL": "",
        "MEDIA_ROOT": str(VAR / "media"),
        "BASE_URL": address,
        "STOREFRONT_URL": address,
        "EMBEDDED_WORKER": "1",
    }


def _serve(port: int, environment: dict[str, str]) -> int:
    """Serve until a signal comes, then let the server end its requests. Returns the exit code."""
    command = [
        str(PYTHON),
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--host",
        HOST,
        "--port",
        str(port),
    ]
    command += [
        "--working-dir",
        str(ROOT),
        "--log-level",
        "warning",
        "--workers-kill-timeout",
        "10",
    ]
    # In a session of its own the server does not get the terminal's Ctrl-C: it is stopped once.
    server = subprocess.Popen(  # noqa: S603
        [*command, "config.asgi:application"], env=environment, start_new_session=True
    )
    try:
        _wait_until_open(port, server)
        say(_welcome(port))
        server.wait()
    except Stopped:
        say("\nStopping …")
        _end(server)
        say("Stopped. The shop's data stays in var/.")
        return 0
    except BaseException:
        _end(server)
        raise
    raise StepFailed(f"The server ended by itself (exit code {server.returncode}).")


def _end(server: subprocess.Popen[bytes]) -> None:
    """Stop the server and everything it started."""
    server.terminate()
    try:
        server.wait(STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    """Return when the shop answers. Raises StepFailed if it does not."""
    deadline = time.monotonic() + READY_WITHIN
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/health/live/", timeout=5):
                return
        except urllib.error.HTTPError:
            return  # an answer, and the page that shows what is wrong is the browser's
        except OSError:
            time.sleep(0.1)
    if server.poll() is None:
        raise StepFailed("The server did not answer in time; its messages are above.")


def _welcome(port: int) -> str:
    address = f"http://{HOST}:{port}"
    return f"""
  Storefront   {address}/
  Admin        {address}/admin/
  API docs     {address}/api/docs/

  Editor       {EDITOR}
  Password     {PASSWORD}

Ctrl-C stops it."""


if __name__ == "__main__":
    sys.exit(main())
