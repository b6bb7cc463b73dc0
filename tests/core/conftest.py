"""What the tests of core share."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from core import events, periodic


@pytest.fixture
def no_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the handlers and jobs that the test registers itself."""
    monkeypatch.setattr(events, "_subscriptions", {})
    monkeypatch.setattr(events, "_of_many", {})
    monkeypatch.setattr(events, "_urgent", set())
    monkeypatch.setattr(periodic, "_jobs", {})


@pytest.fixture
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
