"""Engines with a small shop in them."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from search import engines
from search.engines.algolia import connection
from search.engines.base import Engine
from search.records import all_records
from tests.content.api.conftest import (
    boss,
    django_db_setup,
    fresh_languages,
    shop,
    staff_api,
    write,
    written_shop,
)
from tests.fakes.algolia import FakeAlgolia
from tests.fakes.provider import running

__all__ = [
    "boss",
    "django_db_setup",
    "fresh_languages",
    "shop",
    "staff_api",
    "write",
    "written_shop",
]


@pytest.fixture
def algolia(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAlgolia]:
    """Algolia on loopback, and the shop set up for it; nothing has been written yet."""
    with running(FakeAlgolia) as fake:
        settings.SEARCH_ENGINE = "algolia"
        settings.ALGOLIA_APP_ID = fake.app_id
        settings.ALGOLIA_API_KEY = fake.admin_key
        settings.ALGOLIA_SEARCH_KEY = fake.search_key
        settings.ALGOLIA_HOST = fake.url
        settings.ALGOLIA_TASK_SECONDS = 20.0
        monkeypatch.setattr(connection, "PAUSES", (0.01, 0.01, 0.01))
        connection.forget()
        yield fake
        connection.forget()


@pytest.fixture(params=["database", "algolia"])
def engine(request: pytest.FixtureRequest, settings: Settings) -> Engine:
    """Each engine in turn, set up and empty; `fill(engine)` gives it the shop."""
    settings.SEARCH_ENGINE = request.param
    if request.param == "algolia":
        request.getfixturevalue("algolia")
    return engines.current()


def fill(engine: Engine) -> Engine:
    """Have the whole shop in an engine, as a full run does."""
    engine.replace_all(all_records())
    return engine
