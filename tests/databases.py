"""Databases for tests: migrated once into a template, then copied in a blink.

The engine is the one of the settings. On PostgreSQL a copy is CREATE DATABASE … TEMPLATE,
on SQLite a copy of the file. Templates are named after the migrations that made them, so
they are made again only when a migration changes.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import connections

from tests.restoring import CannotRestore, Original

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "test"
_originals: dict[str, Original] = {}


def on_sqlite() -> bool:
    """Whether the tests run on SQLite."""
    return "sqlite" in settings.DATABASES["default"]["ENGINE"]


def process_number() -> int:
    """0 for a run alone, 1 and up for the processes that share a run."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1


def migrated_template() -> str:
    """The name of the database with every migration applied. Made if it is not there.

    Safe to call from several processes at once.
    """
    name = f"vitrine_{_migrations_hash()}"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"lock-{connections['default'].vendor}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _exists(name):
            return name
        if on_sqlite():
            _sweep()
        # Under another name until it is whole: an interruption leaves no half template.
        building = f"{name}_{uuid4().hex[:8]}"
        create(building)
        try:
            manage(url_of(building), "migrate", "--no-input")
            settle(building)
            _rename(building, name)
        except BaseException:
            drop(building)
            raise
    return name


@contextmanager
def copy_of(name: str) -> Iterator[str]:
    """A copy of a database for the length of the block. Gives its name."""
    copied = f"test_{os.getpid()}_{uuid4().hex[:8]}"
    create(copied, based_on=name)
    try:
        yield copied
    finally:
        drop(copied)


def create(name: str, *, based_on: str = "") -> None:
    """Make a database, empty or as a copy."""
    if on_sqlite():
        if based_on:
            shutil.copyfile(path_of(based_on), path_of(name))
        return
    with _maintenance() as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{based_on or "template0"}"')


def drop(name: str) -> None:
    """Remove a database, also one that is in use or not there."""
    if on_sqlite():
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path_of(name)}{suffix}").unlink(missing_ok=True)
        return
    if name in _originals:
        _originals[name].close()
    with _maintenance() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def renew(name: str, *, based_on: str) -> None:
    """Make a copy the same as what it was made from again, after whoever used it."""
    if not on_sqlite() and name in _originals:
        try:
            _originals[name].restore()
        except CannotRestore:
            _originals[name].close()
        else:
            return
    drop(name)
    create(name, based_on=based_on)
    if not on_sqlite() and name not in _originals:
        _originals[name] = Original(url_of(name))


def settle(name: str) -> None:
    """Make a database ready to be copied, after its last connection was closed."""
    if on_sqlite():
        # The write-ahead log goes into the file, which can then be copied alone.
        with closing(sqlite3.connect(path_of(name))) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def url_of(name: str) -> str:
    """The DATABASE_URL of a database."""
    if on_sqlite():
        return f"sqlite:///{path_of(name)}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def path_of(name: str) -> Path:
    """The file of a SQLite database."""
    return KEPT / f"{name}.sqlite3"


def point_at(name: str) -> str:
    """Let this process's ORM use another database, in every thread. Gives the former name."""
    connection = connections["default"]
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    former: str = connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = str(path_of(name)) if on_sqlite() else name
    return Path(former).stem if on_sqlite() else former


def manage(url: str, *arguments: str, **environment: str) -> str:
    """Run a management command against a database and give its output.

    Raises AssertionError with the output if the command fails.
    """
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": url,
            "MEDIA_ROOT": str(KEPT / "media"),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(
            f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n"
            f"{done.stdout}\n{done.stderr}"
        )
    return done.stdout


def _sweep() -> None:
    """Remove the files of older migrations and of runs that were killed."""
    for path in KEPT.glob("*.sqlite3*"):
        owner = path.name.split("_")[1]
        if not (path.name.startswith("test_") and Path(f"/proc/{owner}").exists()):
            path.unlink()


def _migrations_hash() -> str:
    """What the migrated database depends on: the migrations and the libraries' versions."""
    known = hashlib.sha256()
    requirements = ROOT.glob("requirements*.txt")
    for path in sorted([*ROOT.glob("site/**/migrations/*.py"), *requirements]):
        known.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    for app in settings.INSTALLED_APPS:
        known.update(app.encode())
    return known.hexdigest()[:16]


def _exists(name: str) -> bool:
    if on_sqlite():
        return path_of(name).is_file()
    with _maintenance() as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


def _rename(name: str, new: str) -> None:
    if on_sqlite():
        path_of(name).replace(path_of(new))
        return
    with _maintenance() as server:
        server.execute(f'ALTER DATABASE "{name}" RENAME TO "{new}"')


@contextmanager
def _maintenance() -> Iterator["psycopg.Connection[tuple[int]]"]:
    """A connection to the server's own database, outside Django's and outside transactions."""
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        yield connection
