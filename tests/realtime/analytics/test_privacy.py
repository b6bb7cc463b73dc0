"""What was seen of somebody is exported, erased and dropped in time; figures stay."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from commerce.customers import privacy as personal_data
from realtime.analytics import privacy, rollups
from realtime.models import Event, EventId, Sale, SearchFigures, Session, TrafficFigures
from tests.factories import make_customer
from tests.realtime.analytics.events import MINUTE, NOON, came, raw

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

ME, YOU = uuid4(), uuid4()


def figures() -> list[dict[str, Any]]:
    return list(TrafficFigures.objects.order_by("grain", "start").values())


def test_export_and_erasure() -> None:
    ada, other = make_customer(), make_customer("other@example.com")
    came(raw(at=NOON, path="/before/"), visitor=ME)
    came(raw("search", NOON + MINUTE, query="present for Charles"), visitor=ME, customer=ada.pk)
    came(raw(at=NOON + 2 * MINUTE), visitor=YOU, customer=other.pk)
    # The same browser, somebody else's afternoon.
    came(raw(at=NOON + 300 * MINUTE, path="/other/"), visitor=ME, customer=other.pk)
    rollups.run()
    Sale.objects.create(
        pk=uuid4(), currency="USD", total_minor=1, refunded_minor=0, visitor_id=ME, bound_at=NOON
    )
    before = figures()

    exported = personal_data.export(ada)["analytics"]
    assert [each["name"] for each in exported["events"]] == ["page_view", "search"]
    assert exported["events"][1]["data"] == {"query": "present for Charles"}
    assert [each["landing"] for each in exported["sessions"]] == ["/before/"]

    personal_data.erase(ada)

    assert personal_data.export(ada)["analytics"] == {"sessions": [], "events": []}
    assert {event.customer_id for event in Event.objects.all()} == {other.pk}
    assert Session.objects.filter(customer_id=ada.pk).count() == 0
    assert Sale.objects.get().visitor_id not in {ME, None}
    assert Session.objects.filter(visitor_id=ME).get().landing == "/other/"
    assert figures() == before
    came(raw(at=NOON + 3 * MINUTE), visitor=ME)
    rollups.run()
    day = TrafficFigures.objects.get(grain="day")
    assert (day.sessions, day.views) == (4, 4)


def test_what_looks_personal_is_in_no_figure() -> None:
    searched = {"Present": 3, "ada@example.com": 0, "4242–4242–4242–4242": 0, "order 7K3M9QXZ": 2}
    for query, results in searched.items():
        came(raw("search", NOON, query=query, results=results), visitor=ME)
    rollups.run()

    assert set(SearchFigures.objects.values_list("query", "searches")) == {("present", 1)}


def test_what_is_old_goes_and_figures_stay() -> None:
    for days in (5, 1, 0):
        at = NOON - timedelta(days=days)
        came(raw(at=at), visitor=ME, received_at=at + MINUTE)
    rollups.run()
    before = figures()
    limit = NOON - timedelta(days=1)

    assert privacy.drop_events(limit, True) == 1
    assert privacy.drop_sessions(limit, True) == 1
    assert (Event.objects.count(), Session.objects.count()) == (3, 3)
    while privacy.drop_events(limit, False):
        pass
    while privacy.drop_sessions(limit, False):
        pass

    assert Event.objects.count() == Session.objects.count() == EventId.objects.count() == 2
    assert figures() == before
