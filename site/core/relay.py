"""Brings outbox events to their handlers: at least once each, in order per key, with patience.

No transaction is open while a handler runs. A delivery is leased by a conditional UPDATE, so
that any number of workers can share the queue; a lease that its holder did not finish runs out
and the delivery is tried again.
"""

import logging
import random
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from core.context import request_id_bound
from core.events import Event, all_labels, handlers_of
from core.ids import uuid7
from core.models import OutboxDelivery, OutboxEvent

logger = logging.getLogger(__name__)

Row = TypeVar("Row", OutboxDelivery, OutboxEvent)

LEASE = timedelta(minutes=5)
BATCH = 20
LONGEST_PAUSE = timedelta(hours=1)

_after_each_round: dict[str, Callable[[], int]] = {}


def after_each_round(label: str, call: Callable[[], int]) -> None:
    """Have `call` called after every round of deliveries to all handlers, in each worker.

    For what many events want done once. It says how many things it did, takes seconds at most
    (deliveries wait for it), and an exception of its is logged. The same label replaces.
    """
    _after_each_round[label] = call


def max_attempts() -> int:
    """The setting OUTBOX_MAX_ATTEMPTS: with 12 the last try comes about three hours after."""
    attempts: int = getattr(settings, "OUTBOX_MAX_ATTEMPTS", 12)
    return attempts


def deliver_due(limit: int = 100, *, labels: set[str] | None = None) -> int:
    """Fan new events out and make up to `limit` deliveries; how many things were done.

    `labels` are the handlers to deliver to, by default all. 0 means that nothing is due.
    A handler's exception is logged and put off, never raised.
    """
    done = fan_out(limit)
    made = 0
    # Looked at before it is locked: on SQLite a transaction holds up every other writer.
    wanted = all_labels() if labels is None else labels
    while made < limit and _claimable(wanted).exists():
        leased = _lease(min(BATCH, limit - made), wanted)
        if not leased:
            break
        began = time.monotonic()
        for index, delivery in enumerate(leased):
            if time.monotonic() - began > LEASE.total_seconds() / 2:
                _give_back(leased[index:])
                break
            _deliver(delivery)
            made += 1
    if labels is not None:
        return done + made
    return done + made + sum(_finish_round(*each) for each in _after_each_round.items())


def _finish_round(label: str, call: Callable[[], int]) -> int:
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return call()
    except Exception:
        logger.exception("What follows a round of deliveries failed", extra={"label": label})
        return 0


def drain(rounds: int = 1000) -> int:
    """Deliver until nothing is due; how many things were done. For `worker --once` and tests."""
    total = 0
    for _ in range(rounds):
        done = deliver_due()
        if not done:
            break
        total += done
    return total


def revive(deliveries: Iterable[int] | None = None) -> int:
    """Give dead deliveries (all, or those with these ids) a new life; how many there were."""
    dead = OutboxDelivery.objects.filter(state=OutboxDelivery.State.DEAD)
    if deliveries is not None:
        dead = dead.filter(pk__in=list(deliveries))
    return dead.update(
        state=OutboxDelivery.State.DUE,
        attempts=0,
        next_attempt_at=timezone.now(),
        finished_at=None,
        leased_by="",
    )


def hurry(deliveries: Iterable[int]) -> int:
    """Make waiting deliveries that nobody works on due at once; how many there were."""
    waiting = OutboxDelivery.objects.filter(
        state=OutboxDelivery.State.DUE, leased_by="", pk__in=list(deliveries)
    )
    return waiting.update(next_attempt_at=timezone.now())


def _skipping_locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def fan_out(limit: int) -> int:
    """Write a delivery row per subscribed handler for new events; how many events there were."""
    waiting = OutboxEvent.objects.filter(fanned_out_at=None).order_by("pk")
    return _fan_out(waiting, limit) if waiting.exists() else 0


@transaction.atomic
def _fan_out(waiting: QuerySet[OutboxEvent], limit: int) -> int:
    events = list(_skipping_locked(waiting)[:limit])
    if not events:
        return 0
    OutboxDelivery.objects.bulk_create(
        [
            OutboxDelivery(event=event, handler=label, key=event.key)
            for event in events
            for label in handlers_of(event.name)
        ],
        ignore_conflicts=True,
    )
    OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        fanned_out_at=timezone.now()
    )
    return len(events)


def _claimable(labels: set[str]) -> QuerySet[OutboxDelivery]:
    earlier_delivery = OutboxDelivery.objects.filter(
        handler=OuterRef("handler"),
        key=OuterRef("key"),
        event_id__lt=OuterRef("event_id"),
        state=OutboxDelivery.State.DUE,
    )
    # Another worker may be fanning out an earlier event of that key at this moment.
    earlier_event = OutboxEvent.objects.filter(
        key=OuterRef("key"), pk__lt=OuterRef("event_id"), fanned_out_at=None
    )
    return OutboxDelivery.objects.filter(
        ~Exists(earlier_delivery),
        ~Exists(earlier_event),
        state=OutboxDelivery.State.DUE,
        next_attempt_at__lte=timezone.now(),
        handler__in=labels,
    )


@transaction.atomic
def _lease(count: int, labels: set[str] | None = None) -> list[OutboxDelivery]:
    rows = _claimable(all_labels() if labels is None else labels).order_by("next_attempt_at", "pk")
    wanted = [row.pk for row in _skipping_locked(rows.only("pk"))[:count]]
    if not wanted:
        return []
    now = timezone.now()
    holder = uuid7().hex
    OutboxDelivery.objects.filter(
        pk__in=wanted, state=OutboxDelivery.State.DUE, next_attempt_at__lte=now
    ).update(leased_by=holder, next_attempt_at=now + LEASE, attempts=F("attempts") + 1)
    mine = OutboxDelivery.objects.filter(pk__in=wanted, leased_by=holder)
    return list(mine.select_related("event").order_by("event_id", "pk"))


def _give_back(deliveries: list[OutboxDelivery]) -> None:
    OutboxDelivery.objects.filter(
        pk__in=[delivery.pk for delivery in deliveries], leased_by=deliveries[0].leased_by
    ).update(next_attempt_at=timezone.now(), attempts=F("attempts") - 1, leased_by="")


def _deliver(delivery: OutboxDelivery) -> None:
    row = delivery.event
    with request_id_bound(row.request_id):
        handler = handlers_of(row.name).get(delivery.handler)
        if handler is None or delivery.attempts > max_attempts():
            # Too many leases ran out (the handler takes its process down), or the label now
            # belongs to another event.
            _finish(delivery, state=OutboxDelivery.State.DEAD, error="Given up unfinished.")
            return
        event = Event(row.pk, row.name, row.key, row.payload, row.recorded_at)
        try:
            # Inside somebody's transaction (a test) a failing query must not break the rest.
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                handler(event)
        except Exception as error:
            logger.exception(
                "An event's handler failed",
                extra={
                    "event_id": row.pk,
                    "event_name": row.name,
                    "handler": delivery.handler,
                    "attempt": delivery.attempts,
                },
            )
            _put_off(delivery, f"{type(error).__name__}: {error}"[:1000])
        else:
            _finish(delivery, state=OutboxDelivery.State.DONE, error="")


def _finish(delivery: OutboxDelivery, *, state: OutboxDelivery.State, error: str) -> None:
    _held(delivery).update(state=state, finished_at=timezone.now(), last_error=error, leased_by="")


def _put_off(delivery: OutboxDelivery, error: str) -> None:
    if delivery.attempts >= max_attempts():
        _finish(delivery, state=OutboxDelivery.State.DEAD, error=error)
        return
    _held(delivery).update(
        next_attempt_at=timezone.now() + pause_after(delivery.attempts),
        last_error=error,
        leased_by="",
    )


def _held(delivery: OutboxDelivery) -> QuerySet[OutboxDelivery]:
    return OutboxDelivery.objects.filter(pk=delivery.pk, leased_by=delivery.leased_by)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 2 s, 4 s, 8 s … at most 1 h, up to half less.

    The chance in it keeps a crowd that failed together from coming back together.
    """
    longest = min(2.0 ** min(attempts, 20), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311 (jitter)
