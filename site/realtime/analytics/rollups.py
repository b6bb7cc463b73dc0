"""Turns stored events into sessions and figures, each event exactly once.

A round takes waiting batches, adds what they bring, and deletes their rows, all in one
transaction: a round that is killed has not been. What an event adds by itself is simply added.
Sessions are made anew from all events of a visitor's unbroken activity, so that one that comes
late or in between lands where it belongs; what pages gain by it is the difference between the
sessions with the new events and those without. Visitors, and all that belongs to sessions, are
then counted anew for the hours and days in which such sessions began.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from commerce.catalogue import selectors as catalogue
from realtime.analytics import recounting, sales
from realtime.analytics.sessions import PAUSE, Row, Visit, in_order, visits_of
from realtime.analytics.sums import Sums
from realtime.models import Audience, Batch, Event, Sale, Session

logger = logging.getLogger(__name__)

ROUND = 5_000  # events at once: on SQLite nobody else writes meanwhile
PUT_OFF = timedelta(hours=1)  # what fails is counted after somebody has mended it
# Who goes on for longer without a pause is no person: it is still counted, its visit stays.
LONGEST = 5_000
VISITORS_AT_ONCE = 200
# A step reaches half an hour further each way, and events reach a day back.
MOST_STEPS = 200

_COLUMNS = Row._fields


@dataclass(frozen=True, slots=True)
class Round:
    """What a round has added: events in order, and every visit that is new or has changed."""

    events: Sequence[Row]
    visits: Sequence[Visit]


Subscriber = Callable[[Round], None]

_subscribers: dict[str, Subscriber] = {}


def subscribe(label: str, subscriber: Subscriber) -> None:
    """Have `subscriber` called inside every round's transaction, once for each event.

    For what is counted from events and must count each once, whatever is killed: what it writes
    is committed together with the round. What it raises fails the round, which is tried again.
    A visit may come in several rounds, whole each time. `events` has bots and staff too.
    """
    _subscribers[label] = subscriber


def unsubscribe(label: str) -> None:
    """Undo `subscribe`."""
    _subscribers.pop(label, None)


def run(*, seconds: float = 20.0) -> int:
    """Roll up what waits, round by round, for about so long; how many events.

    Batches that fail together go one by one, and the one that fails alone is put off for
    PUT_OFF, so that it holds up no other. Then its error is raised, or at once that of a
    database that is away.
    """
    total = 0
    failed: Exception | None = None
    most = ROUND
    end = time.monotonic() + seconds
    # Looked at before it is locked: on SQLite a transaction holds up every other writer.
    while _waiting().exists():
        try:
            total += _round(most)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.warning("A round of events failed", extra={"most": most}, exc_info=True)
            if most == 1:
                _put_off()
                failed = error
            most = 1
        if time.monotonic() > end:
            break
    if failed is not None:
        raise failed
    return total


def _waiting() -> QuerySet[Batch]:
    now = timezone.now()
    return Batch.objects.filter(Q(put_off_until=None) | Q(put_off_until__lt=now)).order_by("pk")


@transaction.atomic
def _put_off() -> None:
    """Put off the batch that a round of one would take."""
    recounting.lock()
    for batch in _batches(1):
        Batch.objects.filter(pk=batch.pk).update(put_off_until=timezone.now() + PUT_OFF)


@transaction.atomic
def _round(most: int) -> int:
    state = recounting.lock()
    batches = _batches(most)
    if not batches:
        return 0
    new = _resolve_products(_events_of(batches))
    sums = Sums()
    for row in new:
        sums.event(row)
    people = [row for row in new if row.audience == Audience.PEOPLE and row.visitor_id]
    sales.bind([row for row in people if row.name == "purchase" and row.data])
    visits = _renew_visits(people, {batch.pk for batch in batches}, sums)
    sums.write()
    for subscriber in list(_subscribers.values()):
        subscriber(Round(new, visits))
    Batch.objects.filter(pk__in=[batch.pk for batch in batches]).delete()
    state.rolled_at = timezone.now()
    state.save()
    return len(new)


def _batches(most: int) -> list[Batch]:
    """The oldest that wait, with that many events at most; one at least."""
    found: list[Batch] = []
    size = 0
    for batch in _waiting()[:most]:
        if found and size + batch.size > most:
            break
        found.append(batch)
        size += batch.size
    return found


def _events_of(batches: Sequence[Batch]) -> list[Row]:
    rows = Event.objects.filter(
        batch_id__in=[batch.pk for batch in batches],
        at__gte=min(batch.first_at for batch in batches),
        at__lte=max(batch.last_at for batch in batches),
    )
    return in_order([Row(*values) for values in rows.values_list(*_COLUMNS)])


def _resolve_products(rows: list[Row]) -> list[Row]:
    """Name the product where the client has named the variant alone."""
    unknown = {
        row.data["variant_id"]
        for row in rows
        if row.product_id is None and "variant_id" in row.data
    }
    if not unknown:
        return rows
    products = catalogue.product_ids_of(unknown)
    return [
        row._replace(product_id=products.get(row.data["variant_id"]))
        if row.product_id is None and "variant_id" in row.data
        else row
        for row in rows
    ]


# ── Visits ──────────────────────────────────────────────────────────────────────────────
@dataclass(slots=True)
class _Activity:
    """What one visitor did without a pause around new events."""

    first: datetime
    last: datetime
    rows: list[Row]
    settled: bool = False

    def reach(self, first: datetime, last: datetime) -> None:
        if first < self.first or last > self.last:
            self.first, self.last = min(first, self.first), max(last, self.last)
            self.settled = False


def _renew_visits(new: Sequence[Row], round_ids: set[int], sums: Sums) -> list[Visit]:
    """Make the visits anew that these events belong to; those that stand now."""
    by_visitor: dict[UUID, list[Row]] = defaultdict(list)
    for row in new:
        assert row.visitor_id is not None  # noqa: S101 (for mypy: the caller has left out others)
        by_visitor[row.visitor_id].append(row)
    visitors = sorted(by_visitor)
    renewed: list[Visit] = []
    begun: set[datetime] = set()
    for begin in range(0, len(visitors), VISITORS_AT_ONCE):
        some = {visitor: by_visitor[visitor] for visitor in visitors[begin:][:VISITORS_AT_ONCE]}
        activities = _activities(some)
        _read(activities, round_ids)
        visits: list[Visit] = []
        for activity in activities.values():
            rows = in_order(activity.rows)
            visits_before = visits_of([row for row in rows if row.batch_id not in round_ids])
            for visit in visits_before:
                sums.visit(visit, -1)
            for visit in visits_of(rows):
                sums.visit(visit, 1)
                visits.append(visit)
        begun |= _save(activities, visits)
        renewed += visits
    recounting.traffic(begun)
    return renewed


def _activities(new: dict[UUID, list[Row]]) -> dict[UUID, _Activity]:
    """Where to read: around the new events, as far as sessions are known to reach."""
    found = {visitor: _Activity(rows[0].at, rows[-1].at, []) for visitor, rows in new.items()}
    events: dict[UUID, int] = defaultdict(int)
    near = Session.objects.filter(
        visitor_id__in=list(new),
        started_at__lte=max(each.last for each in found.values()) + PAUSE,
        ended_at__gte=min(each.first for each in found.values()) - PAUSE,
    )
    spans = near.values_list("visitor_id", "started_at", "ended_at", "events")
    for visitor, started_at, ended_at, count in spans:
        each = found[visitor]
        if started_at <= each.last + PAUSE and ended_at >= each.first - PAUSE:
            each.reach(started_at, ended_at)
            events[visitor] += count
    return {visitor: each for visitor, each in found.items() if events[visitor] <= LONGEST}


def _read(activities: dict[UUID, _Activity], round_ids: set[int]) -> None:
    """Read every event of each activity: on, until there is half an hour of nothing around it."""
    for _ in range(MOST_STEPS):
        open_ones = {visitor: each for visitor, each in activities.items() if not each.settled}
        if not open_ones:
            return
        for visitor in _endless(open_ones):
            del activities[visitor], open_ones[visitor]
        for visitor, rows in _rows_around(open_ones).items():
            each = open_ones[visitor]
            each.rows, each.settled = rows, True
            each.reach(rows[0].at, rows[-1].at)
        for each in open_ones.values():
            each.settled = each.settled or not each.rows
        _leave_out_waiting(open_ones.values(), round_ids)


def _queries(activities: dict[UUID, _Activity]) -> Iterator[QuerySet[Event]]:
    """Their events and those of half an hour further each way, a query for each hour's start."""
    groups: dict[datetime, list[UUID]] = defaultdict(list)
    for visitor, each in activities.items():
        groups[each.first.replace(minute=0, second=0, microsecond=0)].append(visitor)
    for visitors in groups.values():
        yield Event.objects.filter(
            visitor_id__in=visitors,
            audience=Audience.PEOPLE,
            at__gte=min(activities[visitor].first for visitor in visitors) - PAUSE,
            at__lte=max(activities[visitor].last for visitor in visitors) + PAUSE,
        )


def _endless(activities: dict[UUID, _Activity]) -> list[UUID]:
    """Who has too many events to be read each time."""
    found: list[UUID] = []
    for rows in _queries(activities):
        many: Any = rows.values("visitor_id").annotate(n=Count("pk")).filter(n__gt=LONGEST)
        found += [row["visitor_id"] for row in many]
    return found


def _rows_around(activities: dict[UUID, _Activity]) -> dict[UUID, list[Row]]:
    """Their events, and half an hour further each way, in order."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    for rows in _queries(activities):
        for values in rows.order_by("at", "id").values_list(*_COLUMNS):
            row = Row(*values)
            assert row.visitor_id is not None  # noqa: S101 (for mypy: they were asked for)
            each = activities[row.visitor_id]
            if each.first - PAUSE <= row.at <= each.last + PAUSE:
                found[row.visitor_id].append(row)
    return found


def _leave_out_waiting(activities: Iterable[_Activity], round_ids: set[int]) -> None:
    """Take out events of batches whose turn has not come.

    Asked after the events were read: nobody else deletes batches now, so that whatever was read
    and still waits is in the answer, also what was stored a moment ago.
    """
    read = {row.batch_id for each in activities for row in each.rows} - round_ids
    waiting = set(Batch.objects.filter(pk__in=read).values_list("pk", flat=True)) if read else set()
    if waiting:
        for each in activities:
            each.rows = [row for row in each.rows if row.batch_id not in waiting]


def _save(activities: dict[UUID, _Activity], visits: Sequence[Visit]) -> set[datetime]:
    """Put the visits in the place of the sessions that stood there; when they began."""
    if not activities:
        return set()
    stood = Session.objects.filter(
        visitor_id__in=list(activities),
        started_at__gte=min(each.first for each in activities.values()),
        started_at__lte=max(each.last for each in activities.values()),
    )
    before = {
        pk: started_at
        for pk, visitor, started_at in stood.values_list("pk", "visitor_id", "started_at")
        if activities[visitor].first <= started_at <= activities[visitor].last
    }
    gone = before.keys() - {visit.id for visit in visits}
    Session.objects.filter(pk__in=gone).delete()
    orders = _orders_of(activities, visits)
    Session.objects.bulk_create(
        [_session(visit, orders[visit.id]) for visit in visits],
        batch_size=50,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[
            field.name for field in Session._meta.concrete_fields if not field.primary_key
        ],
    )
    return set(before.values()) | {visit.started_at for visit in visits}


def _orders_of(activities: dict[UUID, _Activity], visits: Sequence[Visit]) -> dict[UUID, int]:
    """How many orders that count belong to each visit: those bound while it lasted."""
    count: dict[UUID, int] = dict.fromkeys((visit.id for visit in visits), 0)
    bound: Any = Sale.objects.filter(
        visitor_id__in=list(activities),
        counts=True,
        bound_at__gte=min(each.first for each in activities.values()),
    )
    by_visitor: dict[UUID, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_visitor[visit.visitor_id].append(visit)
    for visitor, bound_at in bound.values_list("visitor_id", "bound_at"):
        for visit in reversed(by_visitor[visitor]):
            if visit.started_at <= bound_at <= visit.ended_at:
                count[visit.id] += 1
                break
    return count


def _session(visit: Visit, orders: int) -> Session:
    source, medium, campaign = visit.origin
    return Session(
        id=visit.id,
        visitor_id=visit.visitor_id,
        customer_id=visit.customer_id,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
        seconds=int((visit.ended_at - visit.started_at).total_seconds()),
        source=source,
        medium=medium,
        campaign=campaign,
        referrer=visit.referrer,
        landing=visit.views[0].path if visit.views else "",
        last_page=visit.views[-1].path if visit.views else "",
        events=visit.events,
        views=len(visit.views),
        product_views=visit.product_views,
        searches=visit.searches,
        cart_adds=visit.cart_adds,
        checkouts=visit.checkouts,
        orders=orders,
        bounced=visit.bounced,
    )
