"""What the benches run: throwaway engines, server processes, a worker."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from environment import PYTHON, ROOT
from progress import StepFailed

READY_WITHIN = 60.0


def settings_of(database: str, directory: Path) -> dict[str, str]:
    """The environment of a shop in production with that database and its files in `directory`."""
    return {
        "PYTHONPATH": str(ROOT / "site"),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "bench-" * 12,
        "ALLOWED_HOSTS": "127.0.0.1",
        "BASE_URL": "https://bench.vitrine.example",
        "SECURE_SSL_REDIRECT": "0",
        "DATABASE_URL": database,
        "MEDIA_ROOT": str(directory / "media"),
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "WARNING",
    }


def production(running: ExitStack, directory: Path) -> dict[str, str]:
    """The same on throwaway engines, PostgreSQL and Redis, where none are given."""
    from tests.servers import postgres, redis

    database = os.environ.get("DATABASE_URL") or running.enter_context(postgres())
    cache = os.environ.get("REDIS_URL") or running.enter_context(redis())
    return settings_of(database, directory) | {"REDIS_URL": cache}


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """A process that serves sockets as docs/realtime.md says; its port and its id."""
    from tests.servers import free_port

    port = free_port()
    command = [str(PYTHON), "-m", "uvicorn", "--port", str(port), "--ws", "websockets-sansio"]
    command += ["--ws-per-message-deflate", "false", "--ws-max-size", "131072"]
    command += ["--ws-ping-interval", "0", "--log-level", "warning", "--no-access-log"]
    with _process([*command, "config.asgi:application"]) as process:
        deadline = time.monotonic() + READY_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live/", timeout=5):
                    break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise StepFailed("The server did not start.") from None
                time.sleep(0.1)
        yield port, process.pid


@contextmanager
def worker(manage: list[str]) -> Iterator[None]:
    """A worker of its own, once it works."""
    from core.models import WorkerHeartbeat

    with _process([*manage, "worker"]):
        while not WorkerHeartbeat.objects.exists():
            time.sleep(0.1)
        yield


@contextmanager
def _process(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)  # noqa: S603
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def database_cpu(url: str) -> float:
    """CPU seconds of the PostgreSQL on this machine that has the URL's port; 0 without one."""
    if not url:
        return 0.0
    import psutil

    port = str(urlsplit(url).port)
    total = 0.0
    for process in psutil.process_iter(["name", "cmdline"]):
        command = process.info["cmdline"] or []
        if process.info["name"] in {"postgres", "postmaster"} and port in command:
            for each in [process, *process.children()]:
                times = each.cpu_times()
                total += times.user + times.system
    return total


def allow_files(wanted: int) -> None:
    """Raise the limit of open files. Raises StepFailed where it may not be that high."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise StepFailed(f"{wanted:,} open files are needed, {hard:,} are allowed (ulimit -n).")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
