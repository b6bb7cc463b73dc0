"""The throwaway servers start, answer, and leave nothing behind, whatever ends their owner."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis

from tests.servers import postgres, redis

ROOT = Path(__file__).resolve().parents[2]
OWNER = """
import sys, time
from tests.servers import {server}
with {server}() as url:
    print(url, flush=True)
    time.sleep(60)
"""

pytestmark = pytest.mark.serial


def test_postgresql_speaks_utf8_and_goes_with_its_block() -> None:
    with postgres() as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT lower('ÄÉ'), current_setting('fsync')").fetchone()
        assert row == ("äé", "off")

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_valkey_answers_and_goes_with_its_block() -> None:
    with redis() as url:
        client = Redis.from_url(url)
        assert client.ping() is True
        client.close()

    assert not _listens(url)


@pytest.mark.parametrize("server", ["postgres", "redis"])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_owner_leaves_no_server_and_no_files(server: str, ending: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(server=server)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        assert _listens(url)
        owner.send_signal(ending)

    _within(10, lambda: not _listens(url))
    name = {"postgres": "postgres", "redis": "valkey"}[server]
    _within(10, lambda: not _directories_of(name, owner.pid))


def _listens(url: str) -> bool:
    port = urlsplit(url).port
    probe = subprocess.run(
        [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}))"],
        capture_output=True,
        check=False,
    )
    return probe.returncode == 0


def _directories_of(name: str, owner: int) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"vitrine-{name}-{owner}-*"))


def _within(seconds: float, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
