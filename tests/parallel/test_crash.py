"""A shop that is killed right after an order's commit, and started again."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from commerce.catalogue.models import Variant
from commerce.orders.models import Order
from commerce.shipping.models import Method
from core.models import OutboxDelivery, OutboxEvent
from tests.factories import (
    make_variant,
    order_form,
    stock_of,
)
from tests.live import LiveShop
from tests.parallel.shops import selling

pytestmark = [pytest.mark.engines, pytest.mark.beside]

FOLLOWS_WITHIN = 60.0  # seconds
SMALL_SHOP = selling(Mug=5)


def test_the_mail_and_the_card_follow_a_crash(
    start_shop: Callable[..., LiveShop], tmp_path: Path
) -> None:
    mails = tmp_path / "mails"
    mails.mkdir()
    # No worker: whatever is to follow the commit is still to come when the power goes.
    shop = start_shop(SMALL_SHOP, EMAIL_URL=f"filemail:///{mails}", EMBEDDED_WORKER="0")
    with shop.orm():
        mug = Variant.objects.get()
        form = order_form(Method.objects.get())
    with httpx.Client(base_url=shop.url, timeout=30) as client:
        client.post("/api/cart/items/", json={"variant_id": mug.pk, "quantity": 5})
        token = client.cookies["cart_token"]
        headers = {"Idempotency-Key": "before-the-crash", "X-Cart-Token": token}
        placed = client.post("/api/checkout/", json=form, headers=headers)
    shop.kill()
    assert placed.status_code == 201, placed.text
    assert list(mails.iterdir()) == []

    shop.environment["EMBEDDED_WORKER"] = "1"
    shop.start()
    deadline = time.monotonic() + FOLLOWS_WITHIN
    while time.monotonic() < deadline:
        with shop.orm():
            waiting = OutboxEvent.objects.filter(fanned_out_at=None).exists()
            waiting |= OutboxDelivery.objects.filter(state=OutboxDelivery.State.DUE).exists()
        if not waiting:
            break
        time.sleep(0.2)

    [mail] = mails.iterdir()
    number = placed.json()["order"]["number"]
    assert number in mail.read_text()
    with shop.orm():
        # The card is made anew by the event that says the product sold out.
        done = OutboxDelivery.objects.filter(state=OutboxDelivery.State.DONE)
        assert done.filter(event__name="inventory.availability_changed").exists()
        assert not OutboxDelivery.objects.exclude(state=OutboxDelivery.State.DONE).exists()
        assert stock_of(mug) == (5, 5)
    again = httpx.post(f"{shop.url}/api/checkout/", json=form, headers=headers, timeout=30)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == placed.json()
    with shop.orm():
        assert Order.objects.count() == 1


def test_a_crash_in_the_middle_leaves_whole_orders_only(
    start_shop: Callable[..., LiveShop], tmp_path: Path
) -> None:
    """Killed while orders are being placed: each is there with everything, or not at all."""
    from concurrent.futures import ThreadPoolExecutor

    from commerce.inventory.models import Reservation
    from commerce.payments.models import Payment
    from tests.factories import count_up

    shop = start_shop(SMALL_SHOP, EMBEDDED_WORKER="0", RATE_ANONYMOUS="1000000/hour")
    with shop.orm():
        busy = make_variant("Busy", stock=1000)
        form = order_form(Method.objects.get())

    def buy(_: int) -> None:
        try:
            with httpx.Client(base_url=shop.url, timeout=30) as client:
                client.post("/api/cart/items/", json={"variant_id": busy.pk, "quantity": 2})
                client.post("/api/checkout/", json=form)
        except httpx.HTTPError:
            pass  # the power is gone

    with ThreadPoolExecutor(8) as pool:
        running = pool.map(buy, range(200))
        deadline = time.monotonic() + FOLLOWS_WITHIN
        while time.monotonic() < deadline:
            with shop.orm():
                if Order.objects.count() >= 5:
                    break
        shop.kill()
        list(running)

    with shop.orm():
        orders = list(Order.objects.prefetch_related("lines", "history", "payments"))
        assert len(orders) >= 5
        for order in orders:
            assert [line.quantity for line in order.lines.all()] == [2]
            assert len(order.history.all()) == len(order.payments.all()) == 1
            assert OutboxEvent.objects.filter(key=f"order:{order.pk}").count() == 1
        assert Payment.objects.count() == Reservation.objects.count() == len(orders)
        assert stock_of(busy) == count_up(busy) == (1000, 2 * len(orders))
