"""A day of events from a file gives exactly the figures that were made up with it."""

import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from commerce.orders.models import Order
from realtime.analytics import rollups, selectors
from realtime.analytics.periods import Period
from realtime.models import Batch, SalesFigures
from tests.factories import make_shipping, make_variant, place, sell_without_pages
from tests.realtime.analytics import day

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def wanted() -> dict[str, Any]:
    """The figures; the orders that the day's visitors place are there."""
    sell_without_pages()
    make_shipping()
    order = place({make_variant("Mug", stock=5): 1}).order
    found = day.expected()
    day.make_orders(order, found["orders"])
    return found


def as_figures(wanted: dict[str, Any]) -> dict[str, Any]:
    tables = ("day", "hours", "pages", "products", "searches", "sources")
    return {name: wanted[name] for name in tables}


def test_in_order(wanted: dict[str, Any]) -> None:
    for batch in day.in_batches(day.events(), 100):
        assert day.send(batch) == len(batch)
        rollups.run()

    assert day.figures() == as_figures(wanted)
    assert Batch.objects.count() == 0


def test_in_any_order_and_sent_again(wanted: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(rollups, "ROUND", 150)
    rows = day.events()
    chance = random.Random(3)
    chance.shuffle(rows)
    for number, batch in enumerate(day.in_batches(rows)):
        day.send(batch)
        assert day.send(batch[::2]) == 0
        if number % 12 == 0:
            rollups.run()
    rollups.run()

    assert day.stored() == len(rows)
    assert day.figures() == as_figures(wanted)


def test_sales_are_the_orders_own(wanted: dict[str, Any]) -> None:
    day.send(day.events())
    rollups.run()

    counted = [order for order in wanted["orders"] if order["counts"]]
    mug = Order.objects.get(number=counted[0]["number"])
    assert 0 < len(counted) < len(wanted["orders"])
    [sales] = SalesFigures.objects.filter(grain="day", start=day.START)
    assert sales.orders == len(counted)
    assert sales.total_minor == len(counted) * mug.total_minor > 0
    assert sales.refunded_minor == 0
    hours = SalesFigures.objects.filter(grain="hour").values_list("start", "orders")
    assert Counter(dict(hours)) == Counter(
        datetime.fromisoformat(order["at"]).replace(minute=0, second=0) for order in counted
    )


def test_selectors_add_up(wanted: dict[str, Any]) -> None:
    day.send(day.events())
    rollups.run()
    until = Period("day", day.START).end

    totals = selectors.totals(day.START, until)
    assert dict(totals) == {name: wanted["day"].get(name, 0) for name in totals}
    found = {row["path"]: row["views_sum"] for row in selectors.pages(day.START, until)}
    assert found == {path: row["views"] for path, row in wanted["pages"].items()}
    [none] = selectors.searches(day.START, until, without_results=True)
    assert none == {"query": "teapot"} | {
        f"{name}_sum": amount for name, amount in wanted["searches"]["teapot"].items()
    }
