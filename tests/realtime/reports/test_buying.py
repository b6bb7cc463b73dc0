"""Repeat customers, lifetime value, promotions, abandoned carts and stock of a few orders."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind, StockMovement
from commerce.orders import services as orders
from commerce.orders.models import Order
from core.money import Money
from realtime.analytics import sales
from realtime.models import AbandonedCart
from realtime.reports.every import REPORTS
from realtime.reports.figures import answer
from realtime.reports.spans import Span
from tests.factories import (
    make_code,
    make_customer,
    make_shipping,
    make_variant,
    place,
    sell_without_pages,
)
from tests.realtime.reports.history import sold

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

DAY = timedelta(days=1)
JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 10, 12, tzinfo=UTC) for month in (1, 2, 3))
QUARTER = Span(date(2026, 1, 1), date(2026, 3, 31))


def made(name: str, span: Span = QUARTER, **more: Any) -> dict[str, Any]:
    return answer(REPORTS[name], span, currency="USD", **more)


@pytest.fixture
def mug():
    sell_without_pages()
    make_shipping()
    return make_variant("Mug", price={"USD": 1000}, stock=50)


@pytest.fixture
def orders_of_a_quarter(mug) -> dict[str, Order]:
    """Ada comes back after a day and in March, a guest (in other letters) in February; one
    came only in March, one order was called off, one was in another currency's time."""
    ada = make_customer("ada@example.com")
    made = {
        "first": sold(JANUARY, {mug: 1}, customer=ada),
        "day after": sold(JANUARY + DAY, {mug: 1}, customer=ada),
        "guest": sold(JANUARY, {mug: 1}, email="Guest@example.com"),
        "guest again": sold(FEBRUARY, {mug: 2}, email="guest@example.com"),
        "march": sold(MARCH, {mug: 1}, customer=ada, refunded=1000),
        "new": sold(MARCH, {mug: 1}, email="new@example.com"),
        "called off": sold(MARCH, {mug: 1}, email="gone@example.com"),
    }
    orders.cancel(made["called off"].pk)
    sales.take_in([made["called off"].pk])
    return made


def test_cohorts(orders_of_a_quarter: dict[str, Order]) -> None:
    report = made("cohorts")
    later = [None] * 10
    assert report["rows"] == [
        {"month": date(2026, 1, 1), "buyers": 2, "repeat_buyers": 2, "repeat_rate": 1.0,
         "again": [0.5, 0.5, *later]},
        {"month": date(2026, 3, 1), "buyers": 1, "repeat_buyers": 0, "repeat_rate": 0.0,
         "again": [None, None, *later]},
    ]  # fmt: skip
    assert report["totals"] == {
        "buyers": 3,
        "new_buyers": 3,
        "returning_buyers": 0,
        "returning_rate": 0.0,
        "orders": 6,
        "repeat_orders": 3,
    }
    march = made("cohorts", Span(date(2026, 3, 1), date(2026, 3, 31)))
    assert march["totals"]["returning_buyers"] == 1
    assert march["totals"]["new_buyers"] == 1


def test_lifetime_value(orders_of_a_quarter: dict[str, Order]) -> None:
    one = orders_of_a_quarter["first"].total_minor
    two = orders_of_a_quarter["guest again"].total_minor
    report = made("lifetime-value", compare="previous")
    january, march = report["rows"]
    assert january == {
        "month": date(2026, 1, 1),
        "buyers": 2,
        "orders": 5,
        "revenue": Money(4 * one + two - 1000, "USD"),
        "orders_each": 2.5,
        "value": Money(round((4 * one + two - 1000) / 2), "USD"),
        "value_30": Money(round(3 * one / 2), "USD"),  # 10 February is the 31st day
        "value_90": None,
        "value_365": None,
    }
    assert (march["buyers"], march["value_30"]) == (1, None)
    assert report["totals"]["buyers"] == 3
    assert report["before"]["totals"]["buyers"] == 0
    assert answer(REPORTS["lifetime-value"], QUARTER, currency="EUR")["rows"] == []


def test_promotions(mug) -> None:
    code = make_code("SPRING")
    first = sold(MARCH, {mug: 2}, codes=["SPRING"], email="one@example.com")
    off = sold(MARCH, {mug: 1}, codes=["SPRING"], email="two@example.com")
    sold(MARCH, {mug: 1}, email="three@example.com")
    orders.cancel(off.pk)
    sales.take_in([off.pk])
    name = code.promotion.name
    row = {
        "name": name,
        "code": "SPRING",
        "shown": None,
        "clicked": None,
        "uses": 2,
        "orders": 1,
        "discount": Money(200, "USD"),
        "revenue": Money(first.total_minor, "USD"),
        "average_order": Money(first.total_minor, "USD"),
    }
    report = made("promotions")
    assert report["rows"] == [row]
    assert report["totals"] == {
        "uses": 2,
        "orders": 1,
        "share": 0.5,
        "discount": Money(200, "USD"),
        "revenue": Money(first.total_minor, "USD"),
        "average_order": Money(first.total_minor, "USD"),
    }


def test_abandoned_carts(mug) -> None:
    def left(at: datetime, worth: int, **fields: Any) -> None:
        row = {"currency": "USD", "units": 1, "is_known": False} | fields
        AbandonedCart.objects.create(cart_id=uuid4(), at=at, worth_minor=worth, **row)

    mailed, other = sold(MARCH, {mug: 1}), sold(MARCH, {mug: 2})
    left(MARCH, 3000)
    left(MARCH, 1000, is_known=True, mailed_at=MARCH, order_id=mailed.pk, ordered_at=MARCH + DAY)
    left(MARCH, 2000, order_id=other.pk, ordered_at=MARCH + DAY)
    left(MARCH, 900, currency="EUR")
    left(MARCH + 9 * DAY, 5000)
    report = made("abandoned-carts", Span(MARCH.date(), MARCH.date() + DAY))
    nothing = {
        **dict.fromkeys(("abandoned", "known", "mailed", "recovered", "returned"), 0),
        **dict.fromkeys(("worth", "recovered_revenue", "returned_revenue"), Money(0, "USD")),
        "rate": None,
    }
    found = {
        "abandoned": 3,
        "worth": Money(6000, "USD"),
        "known": 1,
        "mailed": 1,
        "recovered": 1,
        "recovered_revenue": Money(mailed.total_minor, "USD"),
        "returned": 1,
        "returned_revenue": Money(other.total_minor, "USD"),
        "rate": 0.6667,
    }
    assert report["rows"] == [
        {"day": MARCH.date(), **found},
        {"day": MARCH.date() + DAY, **nothing},
    ]
    assert report["totals"] == found


def test_stock_turnover(mug) -> None:
    still = make_variant("Vase", stock=7)
    StockMovement.objects.update(at=JANUARY - DAY)
    inventory.adjust(variant_id=mug.pk, delta=10, kind=MovementKind.RECEIVED)
    StockMovement.objects.filter(at__gt=timezone.now() - DAY).update(at=FEBRUARY)
    order = place({mug: 20}).order
    orders.ship(order.pk)
    StockMovement.objects.filter(kind=MovementKind.COMMITTED).update(at=MARCH)
    inventory.adjust(variant_id=mug.pk, delta=3, kind=MovementKind.RETURNED)  # after the span
    report = made("stock-turnover", Span(JANUARY.date(), MARCH.date()))
    assert report["rows"] == [
        {"variant_id": mug.pk, "sku": mug.sku, "name": "Mug", "at_start": 50, "received": 10,
         "shipped": 20, "returned": 0, "at_end": 40, "turnover": 0.44, "days_left": 120},
        {"variant_id": still.pk, "sku": still.sku, "name": "Vase", "at_start": 7, "received": 0,
         "shipped": 0, "returned": 0, "at_end": 7, "turnover": 0.0, "days_left": None},
    ]  # fmt: skip
    assert report["totals"] == {
        "shipped": 20,
        "returned": 0,
        "at_start": 57,
        "at_end": 47,
        "turnover": 0.38,
        "idle": 1,
    }


@pytest.mark.parametrize("name", REPORTS)
def test_the_number_of_queries_does_not_grow(name: str, mug, django_assert_max_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def many(number: int) -> None:
        for each in range(number):
            variant = make_variant(f"Cup {each}", price={"USD": 500}, stock=9)
            sold(MARCH + each * DAY, {variant: 1}, email=f"buyer{each}@example.com")

    many(1)
    with CaptureQueriesContext(connection) as few:
        made(name, compare="previous")
    many(4)
    with CaptureQueriesContext(connection) as more:
        made(name, compare="previous")
    assert len(few) == len(more) <= 24
