"""Stores events: in one transaction for many batches, each id once.

    events, errors = schemas.check_all(raw)
    store([Incoming(events, sender, timezone.now())])

Consumers go through writer.py, which gathers what comes at the same time. Who wants to know of
events right after they were stored subscribes; what has to be counted exactly belongs into
`rollups.subscribe` instead, because a process may die between the commit and the call.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, connection, transaction

from realtime.analytics import partitions
from realtime.analytics.schemas import Checked
from realtime.analytics.senders import Sender
from realtime.models import Batch, Event, EventId

logger = logging.getLogger(__name__)

# A client's clock moves an event by no more, and never into the future.
OLDEST = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Incoming:
    """Checked events of one sender, and when they came."""

    events: Sequence[Checked]
    sender: Sender
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """What subscribers get. `at` is the time that counts."""

    id: UUID
    name: str
    at: datetime
    audience: str
    visitor_id: UUID | None
    customer_id: UUID | None
    product_id: int | None
    data: dict[str, Any]


Subscriber = Callable[[list[StoredEvent]], None]
Row = dict[str, Any]

_subscribers: dict[str, Subscriber] = {}


def subscribe(label: str, subscriber: Subscriber) -> None:
    """Have `subscriber` called with what was new in a store, after its commit, in its process.

    The same label again replaces it. It runs in the writer's thread (or the request's), so it
    must be quick and wait for nothing but the channel layer. What it raises is logged. Events
    of bots and staff come too; look at `audience`.
    """
    _subscribers[label] = subscriber


def unsubscribe(label: str) -> None:
    """Undo `subscribe`."""
    _subscribers.pop(label, None)


def store(incoming: Sequence[Incoming]) -> list[StoredEvent]:
    """Store batches in one transaction and tell the subscribers; what was new.

    An event whose id is known is passed over: sending again does no harm. When this returns,
    every event is in the database. Raises django.db.Error where it is not.
    """
    rows = write(incoming)
    stored = stored_events(rows)
    if stored:
        transaction.on_commit(lambda: tell(stored), robust=True)
    return stored


def write(incoming: Sequence[Incoming]) -> list[Row]:
    """`store` without telling anybody; the rows that were new."""
    rows: dict[UUID, Row] = {}
    for batch in incoming:
        _add_rows(rows, batch)
    if not rows:
        return []
    write_rows = _write_postgresql if connection.vendor == "postgresql" else _write_plainly
    try:
        fresh = write_rows(rows)
    except IntegrityError as error:
        if "no partition" not in str(error):
            raise
        # Nobody has made the coming days for two weeks.
        partitions.make({row["at"].date() for row in rows.values()})
        fresh = write_rows(rows)
    return [rows[each] for each in fresh]


def _add_rows(rows: dict[UUID, Row], batch: Incoming) -> None:
    sender, received_at = batch.sender, batch.received_at.astimezone(UTC)
    oldest = received_at - OLDEST
    for index, event in enumerate(batch.events):
        at = event.at
        # What is moved stays in its order.
        if at > received_at:
            at = received_at + index * MICROSECOND
        elif at < oldest:
            at = oldest + index * MICROSECOND
        data = event.data
        if sender.visitor_id is None and event.name == "purchase":
            data = {}  # the order would say who it was
        rows.setdefault(
            event.id,
            {
                "id": event.id,
                "at": at,
                "received_at": received_at,
                "name": event.name,
                "audience": sender.audience,
                "visitor_id": sender.visitor_id,
                "customer_id": sender.customer_id,
                "product_id": event.product_id,
                "data": data,
            },
        )


def stored_events(rows: Sequence[Row]) -> list[StoredEvent]:
    """Rows as subscribers get them."""
    return [StoredEvent(**{name: row[name] for name in StoredEvent.__slots__}) for row in rows]


def is_listened_to() -> bool:
    """Whether there is a subscriber at all."""
    return bool(_subscribers)


def tell(events: list[StoredEvent]) -> None:
    """Call every subscriber, whatever the others do."""
    for label, subscriber in list(_subscribers.items()):
        try:
            subscriber(events)
        except Exception:
            logger.exception("A subscriber to events failed", extra={"label": label})


# ── Engines ─────────────────────────────────────────────────────────────────────────────
# The rows travel as one JSON parameter: for the process that stores them this costs a fraction
# of what an array or a placeholder per column does. Ids go in in their order, so that two
# writers of the same events never wait for each other both.
_STATEMENT = """
WITH incoming AS (
    SELECT * FROM json_to_recordset(%s::json) AS t(
        id uuid, at timestamptz, received_at timestamptz, name varchar, audience varchar,
        visitor_id uuid, customer_id uuid, product_id bigint, data jsonb)
), fresh AS (
    INSERT INTO realtime_eventid (id, received_on)
    SELECT id, (received_at AT TIME ZONE 'UTC')::date FROM incoming ORDER BY id
    ON CONFLICT DO NOTHING RETURNING id
), batch AS (
    INSERT INTO realtime_batch (size, first_at, last_at)
    SELECT count(*), min(at), max(at) FROM incoming JOIN fresh USING (id)
    HAVING count(*) > 0 RETURNING id
)
INSERT INTO realtime_event (id, at, received_at, batch_id, name, audience, visitor_id,
    customer_id, product_id, data)
SELECT incoming.id, at, received_at, batch.id, name, audience, visitor_id, customer_id,
    product_id, data
FROM incoming JOIN fresh USING (id) CROSS JOIN batch
RETURNING id
"""


def _write_postgresql(rows: dict[UUID, Row]) -> list[UUID]:
    document = orjson.dumps(list(rows.values())).decode()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [document])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _write_plainly(rows: dict[UUID, Row]) -> list[UUID]:
    """On SQLite a transaction that writes is alone: whoever looks first may insert then."""
    known = set(EventId.objects.filter(pk__in=list(rows)).values_list("pk", flat=True))
    fresh = [row for event_id, row in rows.items() if event_id not in known]
    if not fresh:
        return []
    times = [row["at"] for row in fresh]
    batch = Batch.objects.create(size=len(fresh), first_at=min(times), last_at=max(times))
    EventId.objects.bulk_create(
        [EventId(id=row["id"], received_on=row["received_at"].date()) for row in fresh],
        batch_size=500,
    )
    Event.objects.bulk_create([Event(**row, batch_id=batch.pk) for row in fresh], batch_size=90)
    return [row["id"] for row in fresh]
