"""A shop as it runs for real: a granian process with its worker, on a database of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pytest_django import DjangoDbBlocker
from redis import Redis

from tests import databases
from tests.servers import free_port

READY_WITHIN = 60.0  # seconds
STOPPED_WITHIN = 20.0  # seconds
EDITOR = "editor@vitrine.example"
EDITOR_PASSWORD = "vitrine-tests"
DEVELOPMENT = "config.settings.development"


class LiveShop:
    """One server process. `url`, `database_url`, `media` and `log` say where things are."""

    def __init__(
        self,
        database: str,
        directory: Path,
        *,
        blocker: DjangoDbBlocker,
        workers: int = 1,
        settings: str = DEVELOPMENT,
        environment: dict[str, str] | None = None,
    ) -> None:
        directory.mkdir(parents=True)
        self.database = database
        self.database_url = databases.url_of(database)
        self.media = directory / "media"
        self.media.mkdir()
        self.log = directory / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._blocker = blocker
        self._workers = workers
        self._server: subprocess.Popen[bytes] | None = None
        self.environment = {
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": str(databases.ROOT / "site"),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": _redis_of_a_shop(),
            "MEDIA_ROOT": str(self.media),
            "BASE_URL": self.url,
            "STOREFRONT_URL": self.url,
            "EMBEDDED_WORKER": "1",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command on this shop's data and give its output.

        Raises AssertionError with the output if the command fails.
        """
        return databases.manage(self.database_url, *arguments, **self.environment)

    @contextmanager
    def orm(self) -> Iterator[None]:
        """Let this process's ORM read and write this shop's data, committed at once.

        Not together with the `db` fixture: its transaction is in another database.
        """
        former = databases.point_at(self.database)
        try:
            with self._blocker.unblock():
                yield
        finally:
            databases.point_at(former)

    def start(self) -> None:
        """Start the server and wait until all of it answers. Raises AssertionError with its log."""
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", str(self._workers)]
        command += ["--workers-kill-timeout", "10", "config.asgi:application"]
        with self.log.open("ab") as log:
            begun = log.tell()
            self._server = subprocess.Popen(
                command,
                cwd=databases.ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN
        while not (self._processes_since(begun) >= self._workers and self._answers()):
            if self._server.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"The shop did not start:\n{self.log_end()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server as an operator would; requests in flight are answered."""
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"The shop did not stop:\n{self.log_end()}") from None
        self._server = None

    def kill(self) -> None:
        """End every process of the server at this instant, as a power cut would."""
        if self._server is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._server.pid, signal.SIGKILL)
        self._server.wait()
        self._server = None

    def log_end(self) -> str:
        """The last lines that the server wrote."""
        try:
            return self.log.read_text(errors="replace")[-8000:]
        except FileNotFoundError:
            return "(no log)"

    def _processes_since(self, begun: int) -> int:
        """How many processes serve. One that is asked to stop before that is ended by force."""
        with self.log.open("rb") as log:
            log.seek(begun)
            return log.read().count(b"Started worker-")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/live/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


Seed = Callable[[LiveShop], None]


def sample_shop(shop: LiveShop) -> None:
    """Seed what the demo shows, with small pictures: most of its time goes into them."""
    shop.manage("seed_products", "--editor-password", EDITOR_PASSWORD, "--picture-side", "400")


class Shops:
    """Opens shops. Each seed runs once in a session; every shop gets a copy of what it made."""

    def __init__(self, directory: Path, blocker: DjangoDbBlocker) -> None:
        self._directory = directory
        self._blocker = blocker
        self._seeded: dict[Seed, LiveShop] = {}
        self._open: list[LiveShop] = []
        self._opened = 0

    def open(
        self,
        seed: Seed = sample_shop,
        *,
        workers: int = 1,
        settings: str = DEVELOPMENT,
        **environment: str,
    ) -> LiveShop:
        """Start a shop with what `seed` put into it, and wait until it answers.

        `workers` is the number of server processes; further variables go into their
        environment. Raises AssertionError with the server's log.
        """
        if seed not in self._seeded:
            self._seeded[seed] = self._seed(seed)
        seeded = self._seeded[seed]
        self._opened += 1
        shop = LiveShop(
            f"{seeded.database}_{self._opened}",
            self._directory / f"shop-{self._opened}",
            blocker=self._blocker,
            workers=workers,
            settings=settings,
            environment=environment,
        )
        databases.create(shop.database, based_on=seeded.database)
        self._open.append(shop)
        shutil.copytree(seeded.media, shop.media, dirs_exist_ok=True)
        if shop.environment["REDIS_URL"]:
            with closing(Redis.from_url(shop.environment["REDIS_URL"])) as redis:
                redis.flushdb()
        shop.start()
        return shop

    def close(self, *, seeded: bool = False) -> None:
        """Stop the open shops and remove their data; with `seeded`, the copied ones' too."""
        while self._open:
            shop = self._open.pop()
            shop.kill()
            databases.drop(shop.database)
            shutil.rmtree(shop.media, ignore_errors=True)
        while seeded and self._seeded:
            databases.drop(self._seeded.popitem()[1].database)

    def _seed(self, seed: Seed) -> LiveShop:
        number = len(self._seeded)
        shop = LiveShop(
            f"test_{os.getpid()}_seeded_{number}",
            self._directory / f"seeded-{number}",
            blocker=self._blocker,
        )
        databases.create(shop.database, based_on=databases.migrated_template())
        try:
            seed(shop)
            databases.settle(shop.database)
        except BaseException:
            databases.drop(shop.database)
            raise
        return shop


def _redis_of_a_shop() -> str:
    """The tests' Redis with a database that no test process uses itself, or ""."""
    url = os.environ.get("REDIS_URL", "")
    return (
        urlunsplit(urlsplit(url)._replace(path=f"/{8 + databases.process_number()}")) if url else ""
    )
