"""What tests ask for that have the machine for themselves."""

import pytest

from core import events, relay


@pytest.fixture
def payments_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let events reach payments and orders only: mails, search and sockets take most of a round,
    and what they make of an event has tests of its own.
    """
    kept = {
        name: {
            label: handler
            for label, handler in handlers.items()
            if label.startswith(("payments.", "orders."))
        }
        for name, handlers in events._subscriptions.items()
    }
    monkeypatch.setattr(events, "_subscriptions", kept)
    monkeypatch.setattr(relay, "_after_each_round", {})
