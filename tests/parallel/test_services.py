"""Two threads at the same rows: neither waits for ever, and neither undoes the other."""

import random
from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from commerce.carts import services as carts
from commerce.carts.models import Cart, CartLine
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.inventory.models import Reservation
from commerce.orders import services as orders
from commerce.orders.errors import InvalidTransition
from commerce.orders.models import Order, OrderStatus
from commerce.payments import services as payments
from commerce.payments.models import Payment
from commerce.pricing.errors import CodeNotValid
from commerce.pricing.models import Code, Redemption
from tests.factories import (
    count_up,
    make_code,
    make_customer,
    make_shipping,
    make_variant,
    open_guest_cart,
    place,
    stock_of,
)
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]


def test_two_orders_with_the_same_variants_in_opposite_order() -> None:
    first, *between, last = [make_variant(f"Thing {n}", stock=1000) for n in range(6)]
    ids = [first.pk, *(v.pk for v in between), last.pk]
    for _ in range(40):
        there, back = Counter(dict.fromkeys(ids, 1)), Counter(dict.fromkeys(reversed(ids), 1))
        done = at_once(
            *(
                lambda wanted=wanted: inventory.reserve(
                    order_id=uuid4(), wanted=wanted, expires_at=None
                )
                for wanted in (there, back, there, back)
            )
        )
        assert done == [None] * 4
    for variant in (first, *between, last):
        assert stock_of(variant) == count_up(variant) == (1000, 160)


def test_reserving_releasing_shipping_and_counting_at_once() -> None:
    variants = [make_variant(f"Thing {n}", stock=6) for n in range(4)]

    def work(seed: int) -> None:
        mine = random.Random(seed)
        for _ in range(15):
            order = uuid4()
            chosen = mine.sample(variants, 3)
            wanted = Counter({v.pk: mine.randint(1, 3) for v in chosen})
            try:
                inventory.reserve(order_id=order, wanted=wanted, expires_at=None)
            except OutOfStock:
                continue
            if mine.random() < 0.4:
                inventory.commit(order_id=order, quantities=wanted)
                inventory.restock(order_id=order, quantities=wanted)
            else:
                inventory.release(order_id=order)

    at_once(*(partial(work, seed) for seed in range(4)))
    assert not Reservation.objects.exists()
    for variant in variants:
        assert stock_of(variant) == count_up(variant) == (6, 0)


def test_the_last_use_of_a_code() -> None:
    make_shipping()
    # One each, so that nobody waits for another's stock.
    variants = [make_variant(f"Thing {n}", stock=100) for n in range(3)]
    for number in range(5):
        code = f"LAST{number}"
        make_code(code, max_uses=1)
        done = at_once(*(lambda v=v, code=code: place({v: 1}, codes=[code]) for v in variants))
        refused = [answer for answer in done if isinstance(answer, CodeNotValid)]
        assert len(refused) == 2
        assert Code.objects.get(code=code).used == 1
        assert Redemption.objects.filter(code__code=code).count() == 1
    assert Order.objects.count() == 5
    assert sum(stock_of(v)[1] for v in variants) == sum(count_up(v)[1] for v in variants) == 5


def test_a_code_once_for_each_customer() -> None:
    """The use is counted first, which locks the code: nobody counts redemptions beside it."""
    make_shipping()
    variants = [make_variant(f"Thing {n}", stock=100) for n in range(3)]
    for number in range(5):
        code = f"ONCE{number}"
        make_code(code, max_uses_per_customer=1)
        done = at_once(*(lambda v=v, code=code: place({v: 1}, codes=[code]) for v in variants))
        assert len([answer for answer in done if isinstance(answer, CodeNotValid)]) == 2
        assert Redemption.objects.filter(code__code=code).count() == 1


def test_an_order_is_paid_or_cancelled_and_never_both() -> None:
    """Money that comes a moment after the time ran out reserves again."""
    make_shipping()
    mug = make_variant("Mug", stock=1000)
    later = timezone.now() + timedelta(days=30)
    ends: Counter[str] = Counter()
    for number in range(30):
        placed = place({mug: 1}, payment_method="bank_transfer")
        calls = [
            lambda pk=placed.payment.pk: payments.receive(pk),
            lambda: payments.release_expired(now=later),
        ]
        at_once(*(calls if number % 2 else reversed(calls)))
        order = Order.objects.get(pk=placed.order.pk)
        held = Reservation.objects.filter(order_id=order.pk).values_list("quantity", "expires_at")
        ends[order.status] += 1
        if order.status == OrderStatus.PROCESSING:
            assert list(held) == [(1, None)]
        else:
            assert order.status == OrderStatus.CANCELLED
            assert not held
        moves = list(order.history.filter(kind="status").values_list("to_status", flat=True))
        assert moves in (
            ["pending", order.status],
            ["pending", OrderStatus.CANCELLED, OrderStatus.PROCESSING],
        )
    assert stock_of(mug) == count_up(mug) == (1000, ends[OrderStatus.PROCESSING])


def test_an_order_is_shipped_or_cancelled_and_never_both() -> None:
    make_shipping()
    mug = make_variant("Mug", stock=100)
    shipped = 0
    for number in range(15):
        order = place({mug: 1}).order
        calls = [lambda pk=order.pk: orders.ship(pk), lambda pk=order.pk: orders.cancel(pk)]
        done = at_once(*(calls if number % 2 else reversed(calls)))
        assert len([one for one in done if isinstance(one, InvalidTransition)]) == 1
        order.refresh_from_db()
        shipped += order.status == OrderStatus.SHIPPED
        assert order.shipments.count() == (order.status == OrderStatus.SHIPPED)
    assert stock_of(mug) == count_up(mug) == (100 - shipped, 0)


def test_settling_at_once_settles_once() -> None:
    make_shipping()
    mug = make_variant("Mug", stock=100)
    for _ in range(10):
        placed = place({mug: 1}, payment_method="bank_transfer")
        pk = placed.payment.pk
        done = at_once(*[lambda pk=pk: payments.receive(pk)] * 4)
        assert Payment.objects.get(pk=pk).received_minor == placed.order.total_minor
        assert {payment.received_minor for payment in done} == {placed.order.total_minor}
        kinds = placed.order.history.values_list("kind", flat=True)
        assert list(kinds) == ["status", "payment", "status"]


def test_two_tabs_add_to_one_cart() -> None:
    mug, vase = make_variant("Mug", stock=100), make_variant("Vase", stock=100)
    cart = open_guest_cart({mug: 1})
    at_once(
        *[lambda: carts.add(cart.pk, variant_id=mug.pk, quantity=1)] * 4,
        *[lambda: carts.add(cart.pk, variant_id=vase.pk, quantity=1)] * 4,
    )
    assert dict(CartLine.objects.values_list("variant__sku", "quantity")) == {
        "MUG": 5,
        "VASE": 4,
    }
    cart.refresh_from_db()
    assert cart.version == 9


def test_two_requests_after_signing_in_merge_the_cart_once() -> None:
    mug = make_variant("Mug", stock=100)
    for _ in range(10):
        ada = make_customer()
        guest = open_guest_cart({mug: 2})
        pk = guest.pk
        done = at_once(
            *[lambda pk=pk, who=ada.pk: carts.merge(guest_cart_id=pk, customer_id=who)] * 4
        )
        assert len({cart.pk for cart in done}) == 1
        [mine] = Cart.objects.filter(customer=ada)
        assert list(mine.lines.values_list("quantity", flat=True)) == [2]
