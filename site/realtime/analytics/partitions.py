"""The days of raw events: on PostgreSQL a partition each, on SQLite rows of one table.

A partition is made beside its table and then attached, and none of it waits long for a lock:
readers and writers go on. What cannot be locked now is done by the next run.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

TABLE = "realtime_event"
DAYS_AHEAD = 14
# Makers of partitions go in turn: the number means nothing, it only has to be the same.
LOCK = 0x7669_7472
PATIENCE = "SET LOCAL lock_timeout = '2s'"
BATCH = 5000

CREATE = f"""
CREATE TABLE {TABLE} (
    id uuid NOT NULL, at timestamptz NOT NULL, received_at timestamptz NOT NULL,
    batch_id bigint NOT NULL, name varchar(20) NOT NULL, audience varchar(6) NOT NULL,
    visitor_id uuid, customer_id uuid, product_id bigint, data jsonb NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX realtime_event_at ON {TABLE} (at);
CREATE INDEX realtime_event_batch ON {TABLE} (batch_id);
CREATE INDEX event_by_visitor ON {TABLE} (visitor_id, at) WHERE visitor_id IS NOT NULL;
CREATE INDEX event_by_product ON {TABLE} (product_id, at) WHERE product_id IS NOT NULL;
CREATE INDEX event_by_customer ON {TABLE} (customer_id) WHERE customer_id IS NOT NULL;
"""


def name_of(day: date) -> str:
    """The partition of a UTC day."""
    return f"{TABLE}_{day:%Y%m%d}"


def existing() -> list[date]:
    """The days that have a partition, in order; none on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [TABLE],
        )
        names = [name for (name,) in cursor.fetchall()]
    return sorted(
        datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date() for name in names
    )


def coming(today: date) -> list[date]:
    """The days that should have one: the day before, today, and DAYS_AHEAD more."""
    return [today + timedelta(days=n) for n in range(-1, DAYS_AHEAD + 1)]


@transaction.atomic
def make(days: Iterable[date]) -> int:
    """Make the partitions that are missing; how many were made. Safe in several processes."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        missing = sorted(set(days) - set(existing()))
        cursor.execute(PATIENCE)
        for day in missing:
            name = name_of(day)
            cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS)")
            # With the constraint there already, attaching has nothing to look through.
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {name}"
                f" FOR VALUES FROM ('{day} 00:00+00') TO ('{day + timedelta(days=1)} 00:00+00')"
            )
    return len(missing)


def drop(before: datetime, *, dry_run: bool = False) -> int:
    """Drop the oldest whole day before `before`, or a batch of rows on SQLite; how many events.

    0 when there is none left. With `dry_run` everything older is counted and nothing dropped.
    """
    if connection.vendor != "postgresql":
        return _delete_rows(before, dry_run=dry_run)
    old = [day for day in existing() if day < before.astimezone(UTC).date()]
    if dry_run:
        return sum(_count(day) for day in old)
    for day in old:
        held = _drop_day(day)
        if held:
            return held
    return 0


@transaction.atomic
def _drop_day(day: date) -> int:
    held = _count(day)
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(f"DROP TABLE {name_of(day)}")
    return held


def _count(day: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name_of(day)}")  # noqa: S608 (a date)
        return int(cursor.fetchone()[0])


def _delete_rows(before: datetime, *, dry_run: bool) -> int:
    from realtime.models import Event

    midnight = before.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    old = Event.objects.filter(at__lt=midnight)
    if dry_run:
        return old.count()
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    return Event.objects.filter(pk__in=batch).delete()[0]
