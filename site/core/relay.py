"""Brings outbox events to their handlers: at least once each, in order per key, with patience.

No transaction is open while a handler runs. A delivery is leased by a conditional UPDATE, so
that any number of workers can share the queue; a lease that its holder did not finish runs out
and the delivery is tried again.
"""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from core.context import request_id_bound
from core.events import (
    Event,
    HandlerOfMany,
    all_labels,
    handler_of_many,
    handlers_of,
    ring,
    urgent_labels,
)
from core.ids import uuid7
from core.models import OutboxDelivery, OutboxEvent

logger = logging.getLogger(__name__)

Row = TypeVar("Row", OutboxDelivery, OutboxEvent)

LEASE = timedelta(minutes=5)
# Somebody waits for these, and they are quick: a worker that was killed delays them by no more.
URGENT_LEASE = timedelta(seconds=30)
BATCH = 20
AT_ONCE = 100  # of what is handled many at a time
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


def deliver_due(limit: int = 100, *, urgent: bool | None = None) -> int:
    """Fan new events out and make up to `limit` deliveries; how many things were done.

    `urgent` says to which handlers: those that somebody waits for, or the others; both unless
    given, the urgent ones first. 0 means that nothing is due. A handler's exception is logged
    and put off, never raised.
    """
    done = fan_out(limit)
    made = 0
    while made < limit and (leased := _lease_next(limit - made, urgent)):
        made += _work_off(leased)
    if urgent:
        return done + made
    return done + made + sum(_finish_round(*each) for each in _after_each_round.items())


def _lease_next(most: int, urgent: bool | None) -> list[OutboxDelivery]:
    first = urgent_labels()
    lots = [] if urgent is False else [(first, URGENT_LEASE)]
    lots += [] if urgent else [(all_labels() - first, LEASE)]
    for labels, lease in lots:
        # Looked at before it is locked: on SQLite a transaction holds up every other writer.
        if labels and _claimable(labels).exists():
            size = AT_ONCE if all(map(handler_of_many, labels)) else BATCH
            if leased := _lease(min(size, most), labels, lease):
                return leased
    return []


def _finish_round(label: str, call: Callable[[], int]) -> int:
    try:
        with savepoint():
            return call()
    except Exception:
        logger.exception("What follows a round of deliveries failed", extra={"label": label})
        return 0


def savepoint() -> AbstractContextManager[object]:
    """Inside somebody's transaction (a test) a failing query must not break the rest."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


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
    count = _fan_out(waiting, limit) if waiting.exists() else 0
    if count:
        # This process's other relay may have looked a moment ago.
        ring()
    return count


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
    """What is due and has nothing of its key before it.

    PostgreSQL cannot know of a burst that came a second ago. These subqueries have one index each
    that fits, and cannot be turned into joins: however many are due, each is a look-up.
    """
    earlier_delivery = OutboxDelivery.objects.filter(
        handler=OuterRef("handler"),
        key=OuterRef("key"),
        event_id__lt=OuterRef("event_id"),
        finished_at=None,
    )
    # Another worker may be fanning out an earlier event of that key at this moment.
    earlier_event = OutboxEvent.objects.filter(
        key=OuterRef("key"), pk__lt=OuterRef("event_id"), fanned_out_at=None
    )
    due = OutboxDelivery.objects.alias(
        delivery_before=Subquery(earlier_delivery.order_by("event_id").values("pk")[:1]),
        event_before=Subquery(earlier_event.order_by("pk").values("pk")[:1]),
    )
    return due.filter(
        delivery_before=None,
        event_before=None,
        state=OutboxDelivery.State.DUE,
        next_attempt_at__lte=timezone.now(),
        handler__in=labels,
    )


@transaction.atomic
def _lease(count: int, labels: set[str], lease: timedelta = LEASE) -> list[OutboxDelivery]:
    rows = _claimable(labels).order_by("next_attempt_at", "pk").only("pk", "leased_by")
    found = list(_skipping_locked(rows)[:count])
    # Whoever had it did not finish, perhaps because of it: it takes no others down again.
    alone = [row for row in found if row.leased_by][:1]
    wanted = [row.pk for row in alone or found]
    if not wanted:
        return []
    now = timezone.now()
    holder = uuid7().hex
    OutboxDelivery.objects.filter(
        pk__in=wanted, state=OutboxDelivery.State.DUE, next_attempt_at__lte=now
    ).update(leased_by=holder, next_attempt_at=now + lease, attempts=F("attempts") + 1)
    mine = OutboxDelivery.objects.filter(pk__in=wanted, leased_by=holder)
    return list(mine.select_related("event").order_by("event_id", "pk"))


def _give_back(deliveries: list[OutboxDelivery]) -> None:
    _held(*deliveries).update(
        next_attempt_at=timezone.now(), attempts=F("attempts") - 1, leased_by=""
    )


def _work_off(leased: list[OutboxDelivery]) -> int:
    """Deliver what was leased, as long as half of the lease lasts; how many."""
    half = (leased[0].next_attempt_at - timezone.now()) / 2
    end = time.monotonic() + half.total_seconds()
    left = _deliver_together(leased)
    for index, delivery in enumerate(left):
        if time.monotonic() > end:
            _give_back(left[index:])
            return len(leased) - len(left) + index
        _deliver(delivery)
    return len(leased)


def _deliver_together(leased: list[OutboxDelivery]) -> list[OutboxDelivery]:
    """Hand to a handler of many what is its, the first time; what is left to be brought singly."""
    left: list[OutboxDelivery] = []
    lots: dict[HandlerOfMany, list[OutboxDelivery]] = defaultdict(list)
    for delivery in leased:
        handler = handler_of_many(delivery.handler)
        known = delivery.handler in handlers_of(delivery.event.name)
        if handler and known and delivery.attempts == 1:
            lots[handler].append(delivery)
        else:
            left.append(delivery)
    for handler, lot in lots.items():
        if len(lot) == 1:
            left += lot
            continue
        try:
            with savepoint():
                handler([_event(delivery) for delivery in lot])
        except Exception:
            logger.warning(
                "Events are brought one by one",
                extra={"handler": lot[0].handler},
                exc_info=True,
            )
            left += lot
        else:
            _finish(*lot, state=OutboxDelivery.State.DONE, error="")
    return left


def _event(delivery: OutboxDelivery) -> Event:
    row = delivery.event
    return Event(row.pk, row.name, row.key, row.payload, row.recorded_at)


def _deliver(delivery: OutboxDelivery) -> None:
    row = delivery.event
    with request_id_bound(row.request_id):
        handler = handlers_of(row.name).get(delivery.handler)
        if handler is None or delivery.attempts > max_attempts():
            # Too many leases ran out (the handler takes its process down), or the label now
            # belongs to another event.
            _finish(delivery, state=OutboxDelivery.State.DEAD, error="Given up unfinished.")
            return
        try:
            with savepoint():
                handler(_event(delivery))
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


def _finish(*deliveries: OutboxDelivery, state: OutboxDelivery.State, error: str) -> None:
    _held(*deliveries).update(
        state=state, finished_at=timezone.now(), last_error=error, leased_by=""
    )


def _put_off(delivery: OutboxDelivery, error: str) -> None:
    if delivery.attempts >= max_attempts():
        _finish(delivery, state=OutboxDelivery.State.DEAD, error=error)
        return
    _held(delivery).update(
        next_attempt_at=timezone.now() + pause_after(delivery.attempts),
        last_error=error,
        leased_by="",
    )


def _held(*deliveries: OutboxDelivery) -> QuerySet[OutboxDelivery]:
    """Those of one lease that are still theirs who leased them."""
    return OutboxDelivery.objects.filter(
        pk__in=[delivery.pk for delivery in deliveries], leased_by=deliveries[0].leased_by
    )


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 2 s, 4 s, 8 s … at most 1 h, up to half less.

    The chance in it keeps a crowd that failed together from coming back together.
    """
    longest = min(2.0 ** min(attempts, 20), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311 (jitter)
