"""What tests ask for that have the machine for themselves."""

import pytest

from core import events, relay
from tests.parallel.subscriptions import those_of


@pytest.fixture
def payments_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let events reach payments and orders: what others make of them has tests of its own."""
    monkeypatch.setattr(events, "_subscriptions", those_of("payments", "orders"))
    monkeypatch.setattr(relay, "_after_each_round", {})
