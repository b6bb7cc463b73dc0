"""Many buyers at once, over HTTP, against a running shop."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from commerce.catalogue.models import Variant
from commerce.inventory.models import Reservation
from commerce.orders.models import Order
from commerce.payments.models import Payment
from commerce.shipping.models import Method
from core.models import IdempotencyRecord
from tests.factories import (
    count_up,
    order_form,
    stock_of,
)
from tests.live import LiveShop
from tests.parallel.shops import filled_cart, selling
from tests.threads import at_once

pytestmark = pytest.mark.engines

BUYERS = 50
UNITS = 5
ROUNDS = 3


SCARCE_SHOP = selling(**{f"Scarce {number}": UNITS for number in range(ROUNDS)}, Plenty=1000)


@pytest.fixture
def shop(start_shop: Callable[..., LiveShop]) -> LiveShop:
    return start_shop(SCARCE_SHOP, RATE_ANONYMOUS="1000000/hour")


def form_of(shop: LiveShop) -> dict[str, Any]:
    with shop.orm():
        return order_form(Method.objects.get())


def test_fifty_buyers_for_five_units(shop: LiveShop) -> None:
    form = form_of(shop)
    for number in range(ROUNDS):
        with shop.orm():
            scarce = Variant.objects.get(sku=f"SCARCE-{number}")
        clients = [filled_cart(shop, scarce.pk) for _ in range(BUYERS)]
        answers = at_once(
            *[partial(client.post, "/api/checkout/", json=form) for client in clients]
        )
        for client in clients:
            client.close()

        codes = Counter((a.status_code, a.json().get("code")) for a in answers)
        assert codes == {(201, None): UNITS, (409, "out_of_stock"): BUYERS - UNITS}, codes
        for answer in answers:
            if answer.status_code == 409:
                [short] = answer.json()["shortages"]
                assert (short["sku"], short["wanted"]) == (scarce.sku, 1)
                assert short["available"] == 0
        with shop.orm():
            assert stock_of(scarce) == count_up(scarce) == (UNITS, UNITS)
            placed = {a.json()["order"]["id"] for a in answers if a.status_code == 201}
            held = Reservation.objects.filter(variant=scarce)
            assert {str(row.order_id) for row in held} == placed
            assert set(held.values_list("quantity", "expires_at")) == {(1, None)}
    log = shop.log.read_text()
    assert "Traceback" not in log
    assert "database is locked" not in log


def test_the_same_key_in_parallel_makes_one_order(shop: LiveShop) -> None:
    form = form_of(shop)
    with shop.orm():
        plenty = Variant.objects.get(sku="PLENTY")
    for number in range(ROUNDS):
        client = filled_cart(shop, plenty.pk, 2)
        headers = {
            "Idempotency-Key": f"key-{number}",
            "X-Cart-Token": client.cookies["cart_token"],
        }
        client.close()

        def order() -> httpx.Response:
            return httpx.post(f"{shop.url}/api/checkout/", json=form, headers=headers, timeout=60)  # noqa: B023

        answers = at_once(*[order] * 12)
        bodies = {a.text for a in answers if a.status_code == 201}
        assert len(bodies) == 1
        assert {(a.status_code, a.json().get("code")) for a in answers} <= {
            (201, None),
            (409, "idempotency_in_progress"),
        }
        assert order().text == bodies.pop()
    with shop.orm():
        assert Order.objects.count() == Payment.objects.count() == ROUNDS
        assert IdempotencyRecord.objects.count() == ROUNDS
        assert stock_of(plenty) == (1000, 2 * ROUNDS)
    assert "Traceback" not in shop.log.read_text()


def test_a_cart_ordered_twice_at_once_without_a_key_is_one_order(shop: LiveShop) -> None:
    form = form_of(shop)
    with shop.orm():
        plenty = Variant.objects.get(sku="PLENTY")
    client = filled_cart(shop, plenty.pk)
    headers = {"X-Cart-Token": client.cookies["cart_token"]}
    client.close()
    answers = at_once(
        *[lambda: httpx.post(f"{shop.url}/api/checkout/", json=form, headers=headers, timeout=60)]
        * 10
    )
    codes = Counter(a.status_code for a in answers)
    assert codes[201] == 1
    assert set(codes) <= {201, 404, 409}
    with shop.orm():
        assert Order.objects.count() == 1
        assert stock_of(plenty) == (1000, 1)
