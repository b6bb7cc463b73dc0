"""Events are stored once, at a time that no clock can move far, and told of."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from realtime.analytics import ingest, partitions
from realtime.models import Batch, Event, EventId
from tests.realtime.analytics.events import MINUTE, NOON, came, raw
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def test_all_that_is_kept() -> None:
    visitor, customer = uuid4(), uuid4()
    view = raw("product_view", product_id=7, path="/mug/", shown_in="search")

    came(view, visitor=visitor, customer=customer, received_at=NOON + MINUTE)

    [event] = Event.objects.values()
    [batch] = Batch.objects.values()
    assert event == {
        "id": event["id"],
        "at": NOON,
        "received_at": NOON + MINUTE,
        "batch_id": batch["id"],
        "name": "product_view",
        "audience": "people",
        "visitor_id": visitor,
        "customer_id": customer,
        "product_id": 7,
        "data": {"path": "/mug/", "shown_in": "search"},
    }
    assert str(event["id"]) == view["id"]
    assert (batch["size"], batch["first_at"], batch["last_at"]) == (1, NOON, NOON)
    assert EventId.objects.values_list("pk", "received_on").get() == (event["id"], NOON.date())


def test_sending_again_does_no_harm() -> None:
    views = [raw(), raw()]
    came(*views)

    assert came(*views) == []
    assert [str(event.id) for event in came(views[0], raw(), views[1])] != []
    assert came(views[0], views[0]) == []
    assert Event.objects.count() == EventId.objects.count() == 3
    assert sum(Batch.objects.values_list("size", flat=True)) == 3


def test_sending_again_on_another_day_is_found_as_well() -> None:
    """An old event is moved to another day then, which is another partition."""
    view = raw(at=NOON)
    came(view, received_at=NOON + MINUTE)

    assert came(view, received_at=NOON + timedelta(days=5)) == []
    assert list(Event.objects.values_list("at", flat=True)) == [NOON]


@pytest.mark.django_db(transaction=True)
def test_two_who_store_the_same_events_keep_each_once() -> None:
    """A client that has heard nothing sends again, by another way and in another order."""
    batches = [[raw() for _ in range(200)] for _ in range(15)]

    def forth() -> int:
        return sum(len(came(*batch)) for batch in batches)

    def back() -> int:
        return sum(len(came(*reversed(batch))) for batch in batches)

    assert sum(at_once(forth, back)) == 3000
    assert Event.objects.count() == EventId.objects.count() == 3000


def test_one_id_twice_in_a_batch_is_one_event() -> None:
    first = raw(path="/first/")
    came(first, raw(id=first["id"], path="/second/"))

    assert [event.data for event in Event.objects.all()] == [{"path": "/first/"}]


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        (NOON - timedelta(hours=23), NOON - timedelta(hours=23)),
        (NOON - timedelta(days=400), NOON - timedelta(days=1)),
        (NOON + MINUTE, NOON),
        (NOON + timedelta(days=4000), NOON),
    ],
)
def test_a_clock_moves_nothing_by_more_than_a_day(said: datetime, counted: datetime) -> None:
    came(raw(at=said), received_at=NOON)

    assert Event.objects.get().at == counted


def test_what_is_moved_keeps_its_order() -> None:
    late = NOON + timedelta(hours=2)
    came(*(raw(at=late + n * MINUTE, path=f"/{n}/") for n in range(4)), received_at=NOON)

    paths = [event.data["path"] for event in Event.objects.order_by("at")]
    assert paths == ["/0/", "/1/", "/2/", "/3/"]


def test_nobody_is_found_by_an_order() -> None:
    came(raw("purchase", order_number="AB12CD34"), visitor=None)

    assert Event.objects.get().data == {}


def test_subscribers_are_told_of_what_is_new(django_capture_on_commit_callbacks: Any) -> None:
    heard: list[list[str]] = []

    def fail(events: list[ingest.StoredEvent]) -> None:
        raise RuntimeError("not here")

    ingest.subscribe("fails", fail)
    ingest.subscribe("hears", lambda events: heard.append([str(each.id) for each in events]))
    try:
        old, new = raw(), raw()
        with django_capture_on_commit_callbacks(execute=True):
            came(old)
            came(old, new)
            came(old)
    finally:
        ingest.unsubscribe("fails")
        ingest.unsubscribe("hears")

    assert heard == [[old["id"]], [new["id"]]]


def test_a_day_without_a_partition_is_made() -> None:
    came(raw(at=NOON), received_at=NOON)
    came(raw(at=NOON - timedelta(hours=20)), received_at=NOON)

    assert Event.objects.count() == 2
    if connection.vendor == "postgresql":
        days = partitions.existing()
        assert {NOON.date(), NOON.date() - timedelta(days=1)} <= set(days)


def test_old_days_go() -> None:
    for days in range(4):
        at = NOON - timedelta(days=days)
        came(raw(at=at), raw(at=at), received_at=at)
    before = NOON - timedelta(days=1)

    assert partitions.drop(before, dry_run=True) == 4
    assert Event.objects.count() == 8
    while partitions.drop(before):
        pass
    left = {at.date() for at in Event.objects.values_list("at", flat=True)}
    assert left == {NOON.date(), NOON.date() - timedelta(days=1)}


def test_coming_days_are_made_once() -> None:
    days = partitions.coming(NOON.date())

    made = partitions.make(days)
    assert partitions.make(days) == 0
    assert made == (len(days) if connection.vendor == "postgresql" else 0)


def test_a_batch_is_one_or_few_queries(django_assert_max_num_queries: Any) -> None:
    came(raw())  # the day's partition
    few = 3 if connection.vendor == "postgresql" else 7
    for size in (1, 50):
        with django_assert_max_num_queries(few):
            came(*(raw() for _ in range(size)))
