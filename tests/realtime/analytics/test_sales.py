"""What was sold is what the orders say, and the client only says who it was."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from commerce.orders import services as orders
from commerce.orders.models import HistoryEntry, Order
from core import relay
from realtime.analytics import rollups, sales
from realtime.analytics.periods import day_of
from realtime.models import ProductSalesFigures, Sale, SalesFigures, Session, TrafficFigures
from tests.factories import make_shipping, make_variant, place, sell_without_pages
from tests.realtime.analytics.events import MINUTE, came, raw

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

ME, YOU = uuid4(), uuid4()


@pytest.fixture
def bought() -> Order:
    """Two mugs and a cup, on delivery: accepted at once."""
    sell_without_pages()
    make_shipping()
    return place({make_variant("Mug", stock=9): 2, make_variant("Cup", stock=9): 1}).order


def purchase(visitor: UUID = ME, **data: Any) -> None:
    now = timezone.now()
    came(
        raw(at=now - MINUTE),
        raw("purchase", now, **data),
        visitor=visitor,
        received_at=now,
    )
    rollups.run()


def revenue(grain: str = "day") -> list[tuple[str, int, int, int]]:
    rows = SalesFigures.objects.filter(grain=grain).order_by("start", "currency")
    return [(row.currency, row.orders, row.total_minor, row.refunded_minor) for row in rows]


def with_order() -> list[int]:
    return list(TrafficFigures.objects.filter(grain="day").values_list("with_order", flat=True))


def test_the_outbox_tells_of_an_order(bought: Order) -> None:
    relay.drain()

    assert revenue() == revenue("hour") == [("USD", 1, bought.total_minor, 0)]
    lines = {line.product_id: line for line in bought.lines.all()}
    figures = ProductSalesFigures.objects.filter(grain="day")
    assert {row.product_id: (row.orders, row.quantity, row.total_minor) for row in figures} == {
        product: (1, line.quantity, line.total_minor) for product, line in lines.items()
    }
    sale = Sale.objects.get()
    assert (sale.counts, sale.visitor_id, sale.bound_at) == (True, None, None)


def test_told_again_it_counts_once(bought: Order) -> None:
    for _ in range(3):
        sales.take_in([bought.pk])

    assert revenue() == [("USD", 1, bought.total_minor, 0)]


@pytest.mark.parametrize("first", ["event", "outbox"])
def test_a_purchase_makes_its_session_a_conversion(bought: Order, first: str) -> None:
    if first == "outbox":
        relay.drain()
    purchase(order_id=str(bought.pk), total="1000000.00")
    relay.drain()

    assert Session.objects.get().orders == 1
    assert with_order() == [1]
    assert revenue() == [("USD", 1, bought.total_minor, 0)]
    assert Sale.objects.get().visitor_id == ME


def test_by_its_number_and_by_the_first_who_says_so(bought: Order) -> None:
    purchase(order_number=bought.number.lower())
    purchase(order_number=bought.number)
    purchase(YOU, order_id=str(bought.pk))

    assert dict(Session.objects.values_list("visitor_id", "orders")) == {ME: 1, YOU: 0}
    assert with_order() == [1]


def test_what_is_not_there_counts_nothing(bought: Order) -> None:
    purchase(order_id=str(uuid4()))
    purchase(order_number="NOTTHERE")
    purchase(order_id=str(uuid4()), order_number=bought.number)

    assert Sale.objects.count() == 0
    assert with_order() == [0]


def test_a_cancelled_order_leaves(bought: Order) -> None:
    purchase(order_id=str(bought.pk))
    orders.cancel(bought.pk)
    relay.drain()

    assert revenue() == revenue("hour") == []
    assert ProductSalesFigures.objects.count() == 0
    assert (Session.objects.get().orders, with_order()) == (0, [0])


def test_an_order_that_waits_for_its_money_counts_when_it_came(bought: Order) -> None:
    waiting = place({bought.lines.all()[0].variant: 1}, payment_method="bank_transfer").order
    purchase(order_id=str(waiting.pk))
    relay.drain()
    assert Session.objects.get().orders == 0
    assert revenue() == [("USD", 1, bought.total_minor, 0)]

    orders.accept(waiting.pk)
    relay.drain()
    assert Session.objects.get().orders == 1
    assert revenue() == [("USD", 2, bought.total_minor + waiting.total_minor, 0)]


def test_money_that_went_back_is_taken_from_the_day_of_the_sale(bought: Order) -> None:
    before = timezone.now() - timedelta(days=3)
    HistoryEntry.objects.filter(order=bought).update(at=before)
    relay.drain()
    Order.objects.filter(pk=bought.pk).update(refunded_minor=100)
    sales.take_in([bought.pk])

    assert revenue() == [("USD", 1, bought.total_minor, 100)]
    assert SalesFigures.objects.get(grain="day").start == day_of(before)
