"""What every test may ask for, and what none may do.

- `api`: a client of the public API.
- `live_shop`, `start_shop`: real server processes on databases of their own.
- No test reaches an outside address; one that tries fails, even if the code under test
  swallows the error.
- Tests in parallel/ are `serial`, they do not share the machine; but for those that are marked
  `beside`, whose outcome does not depend on who else is at work.
"""

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Generator, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from tests import bytecode, databases
from tests.live import LiveShop, Seed, Shops, sample_shop

SERIAL_FOLDER = "parallel"
# One process of a run has their shop, which is costly to seed, and the browser.
SAMPLE_SHOP_FOLDERS = {"browser", "flows"}
# Modules whose tests share a worker that runs for real.
IN_ONE_PIECE = ("parallel/test_celery.py",)
OWN_DATABASE = pytest.StashKey[str]()
SHOP_LOGS = pytest.StashKey[list[LiveShop]]()

bytecode.keep()


# ── The database ────────────────────────────────────────────────────────────────────────
# Django would empty every table after a test that committed, and so remove what migrations
# have put in, as Wagtail's root page. What is done below is faster and whole.
TransactionTestCase._fixture_teardown = lambda self: None  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """A copy of the migrated template, instead of running every migration again."""
    with databases.copy_of(databases.migrated_template()) as name:
        request.config.stash[OWN_DATABASE] = name
        former = databases.point_at(name)
        yield
        del request.config.stash[OWN_DATABASE]
        databases.point_at(former)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """After a test that committed, bring back the migrated state."""
    yield
    marker = item.get_closest_marker("django_db")
    committed = (marker and marker.kwargs.get("transaction")) or {
        "transactional_db",
        "live_server",
    } & set(getattr(item, "fixturenames", ()))
    name = item.config.stash.get(OWN_DATABASE, "")
    if committed and name:
        databases.point_at(name)
        databases.renew(name, based_on=databases.migrated_template())


# ── Redis, the caches, the uploads ──────────────────────────────────────────────────────
def _share_nothing() -> None:
    """Give each test process its own uploads and its own database of the Redis server."""
    number = databases.process_number()
    if "MEDIA_ROOT" in os.environ:
        settings.MEDIA_ROOT = f"{os.environ['MEDIA_ROOT']}/{number}"
    if settings.REDIS_URL:
        url = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path=f"/{number}"))
        settings.CACHES["default"]["LOCATION"] = url
        settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]["address"] = url


_share_nothing()


@pytest.fixture(autouse=True)
def empty_caches() -> Iterator[None]:
    """Every test starts without what another one has cached."""
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(scope="session", autouse=True)
def media_is_removed() -> Iterator[None]:
    """Remove the uploads of a run."""
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


# ── No outside address ──────────────────────────────────────────────────────────────────
class OutsideAddress(Exception):
    """A test tried to reach something that is not on this machine."""


def _allowed_hosts() -> set[str]:
    """Names that count as this machine, and the servers that the run was given."""
    given = (os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL"))
    return {"localhost", ""} | {urlsplit(url).hostname or "" for url in given}


def _is_outside(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name not in _allowed_hosts()
    return not (address.is_loopback or address.is_unspecified or name in _allowed_hosts())


@pytest.fixture(autouse=True)
def no_outside_address(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every name look-up and connection that leaves this machine, and fail the test."""
    tried: list[str] = []

    def refuse(host: object) -> None:
        tried.append(str(host))
        raise OutsideAddress(f"A test may not reach {host!r}.")

    def checked(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, *arguments: Any) -> Any:
            # The address is the last argument of connect, connect_ex and sendto.
            if self.family in (socket.AF_INET, socket.AF_INET6) and _is_outside(arguments[-1][0]):
                refuse(arguments[-1][0])
            return original(self, *arguments)

        return call

    def look_up(host: object, *arguments: Any, **named: Any) -> Any:
        if _is_outside(host):
            refuse(host)
        return getaddrinfo(host, *arguments, **named)

    getaddrinfo: Callable[..., Any] = socket.getaddrinfo
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, checked(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    if tried:
        pytest.fail(f"Outside addresses were tried: {', '.join(tried)}")


# ── The shop ────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def api() -> APIClient:
    """A client of the public API that sends and reads JSON."""
    client = APIClient()
    client.default_format = "json"
    return client


@pytest.fixture(scope="session")
def shops(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Shops]:
    """What opens live shops; it keeps what was seeded for the length of the session."""
    shops = Shops(tmp_path_factory.mktemp("shops"), django_db_blocker)
    yield shops
    shops.close(seeded=True)


@pytest.fixture
def start_shop(shops: Shops, request: pytest.FixtureRequest) -> Iterator[Callable[..., LiveShop]]:
    """Start live shops: `start_shop(seed, workers=2, RESERVATION_MINUTES="1")`, see Shops.open."""
    opened = request.node.stash.setdefault(SHOP_LOGS, [])

    def start(*arguments: Any, **options: Any) -> LiveShop:
        shop = shops.open(*arguments, **options)
        opened.append(shop)
        return shop

    yield start
    shops.close()


@pytest.fixture(scope="session")
def shop_seed() -> Seed:
    """What `live_shop` has in it. A module or a folder overrides this with its own function."""
    return sample_shop


@pytest.fixture
def live_shop(start_shop: Callable[..., LiveShop], shop_seed: Seed) -> LiveShop:
    """A running shop: `.url`, `.database_url`, `.manage(…)`, `.orm()`, `.stop()`, `.kill()`."""
    return start_shop(shop_seed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the server's log where a test with a live shop fails."""
    report = yield
    if report.failed:
        for shop in item.stash.get(SHOP_LOGS, []):
            report.sections.append((f"Log of {shop.url}", shop.log_end()))
    return report


# ── Which tests run beside which ────────────────────────────────────────────────────────
@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark the tests that do not share the machine by their folder, and begin with the longest."""
    for item in items:
        if _folder_of(item.nodeid) == SERIAL_FOLDER and not item.get_closest_marker("beside"):
            item.add_marker("serial")
    yield
    long = {SERIAL_FOLDER, *SAMPLE_SHOP_FOLDERS}
    items.sort(key=lambda item: _folder_of(item.nodeid) not in long)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal tests out one by one, but in one piece those that share something costly."""
    from xdist.scheduler import LoadScopeScheduling

    class Dealing(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if _folder_of(nodeid) in SAMPLE_SHOP_FOLDERS:
                return "the sample shop"
            file = nodeid.partition("::")[0]
            return file if file.endswith(IN_ONE_PIECE) else nodeid

    return Dealing(config, log)


def _folder_of(nodeid: str) -> str:
    return nodeid.removeprefix("tests/").partition("/")[0]
