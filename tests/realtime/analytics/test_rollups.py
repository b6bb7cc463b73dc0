"""Sessions and figures, from single events."""

import time
from datetime import UTC, datetime, timedelta
from threading import Event as Gate
from threading import Thread
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from realtime.analytics import rollups, selectors
from realtime.analytics.periods import Period, periods_of
from realtime.models import Batch, PageFigures, ProductFigures, RollupLock, Session, TrafficFigures
from tests.factories import make_variant
from tests.realtime.analytics.events import MINUTE, NOON, came, raw

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

ME, YOU = uuid4(), uuid4()


def sessions(visitor: UUID = ME) -> list[tuple[int, int, str, bool]]:
    """Minutes after noon of begin and end, the campaign, whether it bounced."""
    return [
        (
            int((each.started_at - NOON) / MINUTE),
            int((each.ended_at - NOON) / MINUTE),
            each.campaign,
            each.bounced,
        )
        for each in Session.objects.filter(visitor_id=visitor).order_by("started_at", "id")
    ]


def at(minutes: float, name: str = "page_view", **data: Any) -> dict[str, Any]:
    return raw(name, NOON + minutes * MINUTE, **data)


def rolled(*events: dict[str, Any], visitor: UUID | None = ME) -> None:
    came(*events, visitor=visitor)
    rollups.run()


def day() -> TrafficFigures:
    return TrafficFigures.objects.get(grain="day")


def page(path: str, grain: str = "day") -> dict[str, int]:
    row = PageFigures.objects.get(grain=grain, path=path)
    names = ("views", "entrances", "exits", "bounces", "timed", "seconds")
    return {name: amount for name in names if (amount := getattr(row, name))}


def test_half_an_hour_of_nothing_ends_a_session() -> None:
    rolled(at(0), at(30), at(60.1))

    assert sessions() == [(0, 30, "(none)", False), (60, 60, "(none)", True)]
    assert (day().sessions, day().visitors, day().views, day().bounces) == (2, 1, 3, 1)


def test_another_campaign_is_another_session() -> None:
    a, b = {"campaign": "a"}, {"campaign": "b"}
    rolled(at(0, utm=a), at(1), at(2, utm=a), at(3, utm=b), at(4), at(5, "page_leave"))

    assert sessions() == [(0, 2, "a", False), (3, 5, "b", False)]


def test_what_comes_late_joins_two_sessions() -> None:
    rolled(at(0), at(50))
    assert len(sessions()) == 2
    rolled(at(25))

    assert sessions() == [(0, 50, "(none)", False)]
    assert (day().sessions, day().bounces, day().views) == (1, 0, 3)
    assert page("/") == {"views": 3, "entrances": 1, "exits": 1}
    hour = TrafficFigures.objects.get(grain="hour", start=NOON)
    assert (hour.sessions, hour.session_views) == (1, 3)


def test_a_late_campaign_divides_a_session() -> None:
    rolled(at(0), at(20))
    rolled(at(10, utm={"campaign": "a"}))

    assert sessions() == [(0, 0, "(none)", True), (10, 20, "a", False)]


def test_a_first_event_that_comes_last_renames_the_session() -> None:
    rolled(at(10, path="/b/"))
    before = Session.objects.get().pk
    rolled(at(0, path="/a/", referrer="https://a.example/x"))

    [session] = Session.objects.all()
    assert session.pk != before
    assert (session.landing, session.last_page, session.source) == ("/a/", "/b/", "a.example")
    assert page("/b/") == {"views": 1, "exits": 1}
    assert page("/a/") == {"views": 1, "entrances": 1}


def test_leaving_much_later_begins_nothing() -> None:
    rolled(at(0))
    rolled(at(45, "page_leave"), at(46, "heartbeat"))
    assert sessions() == [(0, 0, "(none)", True)]
    assert page("/") == {"views": 1, "entrances": 1, "exits": 1, "bounces": 1}

    rolled(at(20))  # now they go with it
    assert sessions() == [(0, 46, "(none)", False)]


def test_how_long_a_page_was_looked_at() -> None:
    first, second = uuid4(), uuid4()
    rolled(
        at(0, id=first, path="/a/"),
        at(1, id=second, path="/b/"),
        at(2, "heartbeat", view=str(first)),
        at(3, "heartbeat", path="/b/"),
        at(4, "page_leave", view=str(second), seconds=70),
        at(5, "heartbeat", view=str(second), seconds=60),
        at(6, path="/c/"),
    )

    assert page("/a/") == {"views": 1, "entrances": 1, "timed": 1, "seconds": 120}
    assert page("/b/") == {"views": 1, "timed": 1, "seconds": 70}
    assert page("/c/") == {"views": 1, "exits": 1}


def test_nobody_looks_at_a_page_for_hours() -> None:
    rolled(at(0), at(29, "heartbeat"), at(58, "page_leave", seconds=80_000))

    assert page("/")["seconds"] == 1800


def test_events_of_each_sort() -> None:
    variant = make_variant("Mug")
    rolled(
        at(0, "product_view", product_id=7),
        at(1, "cart_add", product_id=7, quantity=3),
        at(2, "cart_remove", product_id=7),
        at(3, "cart_add", variant_id=variant.pk),
        at(4, "cart_add", variant_id=variant.pk + 1000),
        at(5, "checkout_start"),
        at(6, "purchase", order_number="NOTTHERE"),
    )

    def products(pk: int) -> tuple[int, int, int, int]:
        row = ProductFigures.objects.get(grain="day", product_id=pk)
        return row.views, row.cart_adds, row.units_added, row.cart_removes

    assert products(7) == (1, 1, 3, 1)
    assert products(variant.product_id) == (0, 1, 1, 0)
    [session] = Session.objects.all()
    assert (session.product_views, session.cart_adds, session.checkouts) == (1, 3, 1)
    assert (session.orders, session.views, session.bounced, session.seconds) == (0, 0, False, 360)
    figures = day()
    assert (figures.with_product, figures.with_cart, figures.with_checkout) == (1, 1, 1)
    assert figures.with_order == 0


def test_who_is_nobody_is_counted_and_has_no_session() -> None:
    rolled(at(0), at(1, "page_leave"), at(2, "search", query="Mug"), visitor=None)
    came(at(3), audience="bot", visitor=ME)
    came(at(4), at(5, "heartbeat"), audience="staff", visitor=ME)
    rollups.run()

    figures = day()
    assert (figures.views, figures.anonymous_views, figures.sessions) == (1, 1, 0)
    assert (figures.bot_events, figures.staff_events) == (1, 2)
    assert Session.objects.count() == 0


def test_visitors_of_two_hours_are_not_added() -> None:
    rolled(at(0), at(65))
    rolled(at(70), visitor=YOU)

    hours = TrafficFigures.objects.filter(grain="hour").order_by("start")
    assert [(hour.visitors, hour.sessions) for hour in hours] == [(1, 1), (2, 2)]
    assert (day().visitors, day().sessions) == (2, 3)
    until = NOON + timedelta(days=2)
    assert selectors.visitors_between(NOON - timedelta(days=2), until) == 2


def test_a_session_over_midnight_belongs_to_where_it_began(settings: Any) -> None:
    midnight = NOON + 12 * 60 * MINUTE
    came(
        raw(at=midnight - MINUTE),
        raw(at=midnight + MINUTE),
        visitor=ME,
        received_at=midnight + 5 * MINUTE,
    )
    rollups.run()

    days = TrafficFigures.objects.filter(grain="day").order_by("start")
    assert [(each.views, each.sessions, each.session_views) for each in days] == [
        (1, 1, 2),
        (1, 0, 0),
    ]


def test_days_are_the_shop_s_own(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.get_default_timezone.cache_clear()
    try:
        berlin = ZoneInfo("Europe/Berlin")
        # The day when clocks go forward has 23 hours.
        hour, day = periods_of(datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC))
        assert hour == Period("hour", datetime(2026, 3, 29, 21, tzinfo=UTC))
        assert day.start == datetime(2026, 3, 29, tzinfo=berlin)
        assert day.end - day.start.astimezone(UTC) == timedelta(hours=23)
        assert periods_of(datetime(2026, 3, 29, 22, tzinfo=UTC))[1].start == day.end
    finally:
        timezone.get_default_timezone.cache_clear()


def test_a_round_that_fails_has_not_been() -> None:
    def fail(round: rollups.Round) -> None:
        assert TrafficFigures.objects.get(grain="day").sessions == 1
        raise RuntimeError("power cut")

    came(at(0), visitor=ME)
    rollups.subscribe("fails", fail)
    try:
        with pytest.raises(RuntimeError):
            rollups.run()
    finally:
        rollups.unsubscribe("fails")
    assert Batch.objects.count() == 1
    assert TrafficFigures.objects.count() == Session.objects.count() == 0
    Batch.objects.update(put_off_until=timezone.now())

    assert rollups.run() == 1
    assert rollups.run() == 0
    assert (day().views, day().sessions) == (1, 1)
    assert RollupLock.objects.get().rolled_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_count_an_event_once() -> None:
    RollupLock.objects.get_or_create(pk=1)  # the one that makes it would hold up the other
    came(raw(), visitor=uuid4())
    inside, counted = Gate(), []

    def second() -> None:
        inside.wait(20)
        counted.append(rollups.run())
        connection.close()

    def hold_on(_: rollups.Round) -> None:
        inside.set()
        time.sleep(0.3)  # the other one has time to begin

    worker = Thread(target=second)
    worker.start()
    rollups.subscribe("test", hold_on)
    try:
        assert rollups.run() == 1
    finally:
        rollups.unsubscribe("test")
        worker.join()
    assert counted == [0]
    assert [row.views for row in TrafficFigures.objects.all()] == [1, 1]


def test_subscribers_get_each_event_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "ROUND", 2)
    rounds: list[rollups.Round] = []
    rollups.subscribe("hears", rounds.append)
    try:
        for minute in range(3):
            came(at(2 * minute), at(2 * minute + 1), visitor=ME)
        rollups.run()
    finally:
        rollups.unsubscribe("hears")

    minutes = [[int((row.at - NOON) / MINUTE) for row in each.events] for each in rounds]
    assert minutes == [[0, 1], [2, 3], [4, 5]]
    assert [[len(visit.views) for visit in each.visits] for each in rounds] == [[2], [4], [6]]


def test_who_never_pauses_is_no_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "LONGEST", 5)
    rolled(*(at(minute) for minute in range(5)))
    rolled(at(5))  # seen to be at its end only then
    rolled(at(6), at(7))
    rolled(*(at(minute, "heartbeat") for minute in range(8)), visitor=YOU)

    assert day().views == 8
    assert [each[:2] for each in sessions()] == [(0, 4)]


def test_queries_do_not_grow_with_visitors(django_assert_max_num_queries: Any) -> None:
    rolled(at(0), visitor=uuid4())
    for count in (1, 40):
        for _ in range(count):
            came(at(1), at(2, "product_view", product_id=3), visitor=uuid4())
        with django_assert_max_num_queries(45):
            rollups.run()


def test_who_is_there_at_this_moment() -> None:
    now = timezone.now()
    came(
        raw("product_view", now - MINUTE, product_id=1),
        raw(at=now - MINUTE, path="/mug/"),
        visitor=ME,
        received_at=now,
    )
    came(raw(at=now - 40 * MINUTE), visitor=YOU, received_at=now)

    assert selectors.visitors_now() == 1
    assert selectors.pages_now() == [("/mug/", 1)]


def test_one_event_that_cannot_be_counted_holds_up_no_other(caplog):
    """It waits for an hour, and is counted once whatever is wrong is mended."""

    def refuse(finished: rollups.Round) -> None:
        if any(row.data.get("path") == "/bad" for row in finished.events):
            raise ValueError("nobody has thought of this")

    came(at(0, path="/a"), visitor=ME)
    came(at(1, path="/bad"), visitor=YOU)
    came(at(2, path="/b"), visitor=ME)
    rollups.subscribe("test", refuse)
    try:
        with pytest.raises(ValueError, match="thought of"):
            rollups.run()
    finally:
        rollups.unsubscribe("test")
    assert sessions() == [(0, 2, "(none)", False)]
    assert sessions(YOU) == []
    assert Batch.objects.count() == 1
    assert "A round of events failed" in caplog.text
    rolled(at(3))
    assert sessions() == [(0, 3, "(none)", False)]
    assert Batch.objects.count() == 1

    Batch.objects.update(put_off_until=timezone.now() - MINUTE)
    assert rollups.run() == 1

    assert sessions(YOU) == [(1, 1, "(none)", True)]
    assert not Batch.objects.exists()
    views = PageFigures.objects.filter(grain="day").order_by("path")
    assert list(views.values_list("path", "views")) == [("/", 1), ("/a", 1), ("/b", 1), ("/bad", 1)]


def test_a_database_that_is_away_puts_nothing_off(monkeypatch):
    came(at(0), visitor=ME)

    def gone(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(rollups, "_events_of", gone)
    with pytest.raises(OperationalError):
        rollups.run()
    assert list(Batch.objects.values_list("put_off_until", flat=True)) == [None]
