"""The outbox: what must follow a commit is in the commit.

    record("order.placed", key=str(order.id), payload={"order_id": str(order.id)})

Higher rooms subscribe in AppConfig.ready(). Handlers run after the commit, at least once, in
the order of the events of one key, each independent of the others: write them so that running
twice does no harm.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from core.context import current_request_id
from core.models import OutboxEvent


@dataclass(frozen=True, slots=True)
class Event:
    """What a handler gets. `payload` is as it came back from JSON."""

    id: int
    name: str
    key: str
    payload: dict[str, Any]
    recorded_at: datetime


Handler = Callable[[Event], None]
HandlerOfMany = Callable[[Sequence[Event]], None]

_subscriptions: dict[str, dict[str, Handler]] = {}
_of_many: dict[str, HandlerOfMany] = {}
_urgent: set[str] = set()
_bell = threading.Condition()
_rung = 0  # how often
_also_wakes: set[Callable[[], None]] = set()


def record(name: str, *, key: str, payload: dict[str, Any]) -> None:
    """Write an event into the caller's transaction; a relay in this process wakes on commit.

    `key` names what it is about: events of one key reach a handler in their order. Raises
    RuntimeError outside a transaction, because then the event could be kept while the change
    that it tells of is lost, or the other way round (the setting OUTBOX_ALLOW_AUTOCOMMIT lifts
    this for tests).
    """
    record_all([(name, key, payload)])


def record_all(events: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """`record` for several `(name, key, payload)`, in one query."""
    if not events:
        return
    if not transaction.get_connection().in_atomic_block and not getattr(
        settings, "OUTBOX_ALLOW_AUTOCOMMIT", False
    ):
        raise RuntimeError(f"record({events[0][0]!r}) has to be called inside a transaction")
    request_id = current_request_id()
    OutboxEvent.objects.bulk_create(
        OutboxEvent(name=name, key=key, payload=payload, request_id=request_id)
        for name, key, payload in events
    )
    transaction.on_commit(wake, robust=True)


def subscribe(
    name: str, handler: Handler, *, label: str | None = None, urgent: bool = False
) -> None:
    """Have `handler` called for every event of that name, from now on.

    `label` is stored with each delivery and must stay the same when code moves; it is the
    function's module and name unless given. The same label again replaces its handler.
    `urgent` is for quick work that somebody waits for: a worker has a thread for it alone, which
    no slow mail server holds up.
    """
    wanted = label or f"{handler.__module__}.{handler.__qualname__}"
    _subscriptions.setdefault(name, {})[wanted] = handler
    if urgent:
        _urgent.add(wanted)


def subscribe_many(name: str, handler: HandlerOfMany, *, label: str, urgent: bool = False) -> None:
    """`subscribe` for a handler that takes at once what is due, each key once at most.

    Where it raises, none of these events counts as handled, and each is brought by itself: so
    one that fails holds up no other.
    """
    _of_many[label] = handler
    subscribe(name, lambda event: handler([event]), label=label, urgent=urgent)


def unsubscribe(name: str, label: str) -> None:
    """Undo `subscribe`; nothing happens if there is no such subscription."""
    _subscriptions.get(name, {}).pop(label, None)


def handlers_of(name: str) -> dict[str, Handler]:
    """The handlers of an event's name, by label."""
    return _subscriptions.get(name, {})


def handler_of_many(label: str) -> HandlerOfMany | None:
    """The handler of a label, if it takes many events at once."""
    return _of_many.get(label)


def all_labels() -> set[str]:
    """Every label that this process can deliver to."""
    return {label for handlers in _subscriptions.values() for label in handlers}


def urgent_labels() -> set[str]:
    """The labels that somebody waits for."""
    return _urgent & all_labels()


def wake() -> None:
    """Let the relays of this process look at once, and whoever else asked for it."""
    ring()
    for call in _also_wakes:
        call()


def ring() -> None:
    """Let the relays of this process look at once."""
    global _rung
    with _bell:
        _rung += 1
        _bell.notify_all()


def rings() -> int:
    """How often it rang: ask before looking for events, and `wait_for_more` afterwards."""
    return _rung


def on_wake(call: Callable[[], None]) -> None:
    """Have `call` called by every `wake`, from now on. It must not wait for anything."""
    _also_wakes.add(call)


def wait_for_more(than: int, *, timeout: float) -> bool:
    """Wait at most `timeout` seconds for a ring beyond those; True if it came, or has come.

    Each of several who wait hears of every one.
    """
    with _bell:
        return _bell.wait_for(lambda: _rung != than, timeout)
