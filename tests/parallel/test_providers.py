"""Money that comes over a bad network: real shops, the providers' fakes, and one settlement."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from commerce.catalogue.models import Variant
from commerce.inventory.models import Reservation
from commerce.orders.models import Order
from commerce.payments import services as payments
from commerce.payments.models import Attempt, InboundEvent, Payment, Refund
from commerce.shipping.models import Method
from core import relay
from core.models import OutboxDelivery, OutboxEvent
from tests.commerce.customers.traces import traces_of
from tests.factories import (
    order_form,
    stock_of,
)
from tests.fakes.paystack import FakePaystack
from tests.fakes.provider import FakeProvider, running
from tests.fakes.stripe import FakeStripe
from tests.live import LiveShop
from tests.parallel.shops import selling
from tests.threads import at_once

STOCK = 1000
SMALL_SHOP = selling(Mug=STOCK)
FOLLOWS_WITHIN = 60.0  # seconds
KINDS: dict[str, type[FakeProvider]] = {"stripe": FakeStripe, "paystack": FakePaystack}
START = {"stripe": "POST /v1/checkout/sessions", "paystack": "POST /transaction/initialize"}
ASK = {"stripe": "GET /v1/checkout/sessions/*", "paystack": "GET /transaction/verify/*"}
# The SDK asks once more by itself.
TRIES = {"stripe": 2, "paystack": 1}


@dataclass
class Street:
    """A shop and its provider."""

    shop: LiveShop
    fake: Any
    provider: str

    def buy(self) -> dict[str, Any]:
        """Order one mug over HTTP; what the checkout answers."""
        with self.shop.orm():
            mug = Variant.objects.get()
            form = order_form(Method.objects.get(), payment_method=self.provider)
        with httpx.Client(base_url=self.shop.url, timeout=60) as client:
            client.post("/api/cart/items/", json={"variant_id": mug.pk, "quantity": 1})
            answer = client.post(
                "/api/checkout/",
                json=form,
                headers={"X-Cart-Token": client.cookies["cart_token"]},
            )
        assert answer.status_code == 201, answer.text
        placed: dict[str, Any] = answer.json()
        return placed

    def reference(self, placed: dict[str, Any]) -> str:
        with self.shop.orm():
            return Payment.objects.get(pk=placed["payment"]["id"]).reference

    def verify(self, reference: str) -> str:
        """What the return page is told."""
        answer = httpx.get(
            f"{self.shop.url}/api/payments/verify/", params={"reference": reference}, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["status"])

    def settle_down(self) -> None:
        """Wait until everything that was announced has been followed."""
        deadline = time.monotonic() + FOLLOWS_WITHIN
        with self.shop.orm():
            while (
                OutboxEvent.objects.filter(fanned_out_at=None).exists()
                or OutboxDelivery.objects.filter(state=OutboxDelivery.State.DUE).exists()
            ):
                assert time.monotonic() < deadline, self.shop.log_end()
                time.sleep(0.1)

    def assert_each_paid_once(self, count: int) -> None:
        """So many orders, each with one settlement, and the stock held for each of them."""
        with self.shop.orm():
            assert Order.objects.count() == count
            for order in Order.objects.all():
                assert (order.status, order.payment_status) == ("processing", "paid")
                moves = list(
                    order.history.filter(kind="status").values_list("to_status", flat=True)
                )
                assert moves.count("processing") == 1
            settled = OutboxEvent.objects.filter(name="payments.settled")
            assert len({row.payload["payment_id"] for row in settled}) == len(settled) == count
            states = Payment.objects.values_list("state", "session_open")
            assert list(states) == [("paid", False)] * count
            assert stock_of(Variant.objects.get()) == (STOCK, count)
            assert list(Reservation.objects.values_list("expires_at", flat=True)) == [None] * count


# What happens at the same instant is up to the database; the rest is up to the provider.
ON_BOTH_ENGINES = pytest.mark.parametrize(
    "street", [pytest.param("stripe", marks=pytest.mark.engines), "paystack"], indirect=True
)


@pytest.fixture(params=["stripe", "paystack"])
def street(
    request: pytest.FixtureRequest, start_shop: Callable[..., LiveShop], settings: Settings
) -> Iterator[Street]:
    """A running shop whose provider sends webhooks to it; this process speaks to it as well."""
    name: str = request.param
    with running(KINDS[name]) as fake:
        keys = {
            f"{name.upper()}_SECRET_KEY": fake.secret_key,  # type: ignore[attr-defined]
            f"{name.upper()}_API_BASE": fake.url,
            "STRIPE_WEBHOOK_SECRET": getattr(fake, "webhook_secret", ""),
        }
        for key, value in keys.items():
            setattr(settings, key, value)
        shop = start_shop(SMALL_SHOP, PAYMENT_TIMEOUT_SECONDS="20", **keys)
        fake.webhook_url = f"{shop.url}/api/webhooks/{name}/"
        fake.holds = True
        yield Street(shop, fake, name)


@ON_BOTH_ENGINES
def test_one_event_a_hundred_times_at_once(street: Street) -> None:
    street.fake.pay(street.reference(street.buy()))
    kind = "checkout.session.completed" if street.provider == "stripe" else "charge.success"
    (event,) = street.fake.of_kind(kind)

    rounds = [at_once(*[lambda: street.fake.deliver(event)[0]] * 20) for _ in range(5)]
    assert {status for each in rounds for status in each} == {200}
    street.settle_down()
    street.assert_each_paid_once(1)
    with street.shop.orm():
        assert list(InboundEvent.objects.values_list("state", "times")) == [("handled", 100)]


@ON_BOTH_ENGINES
def test_webhook_and_return_page_at_the_same_instant(street: Street) -> None:
    for _ in range(50):
        reference = street.reference(street.buy())
        street.fake.pay(reference)
        event = street.fake.events[-1]
        (status,), said = at_once(
            lambda event=event: street.fake.deliver(event),
            lambda reference=reference: street.verify(reference),
        )
        assert (status, said) == (200, "paid")
    street.settle_down()
    street.assert_each_paid_once(50)


@pytest.mark.beside
def test_events_in_every_order(street: Street) -> None:
    """Of a card that is declined first, or of a refund whose news comes before the money's."""
    first = street.reference(street.buy())
    street.fake.fail(first)
    street.fake.pay(first)
    street.fake.deliver_pending()
    count = 1
    for order in itertools.permutations(range(3 if street.provider == "stripe" else 1)):
        count += 1
        reference = street.reference(street.buy())
        street.fake.fail(reference)
        street.fake.pay(reference)
        news = [e for e in street.fake.pending if e.get("type") != "charge.succeeded"]
        street.fake.pending = []
        for index in order:
            assert street.fake.deliver(news[index], times=2) == [200, 200]
    street.settle_down()
    street.assert_each_paid_once(count)


@pytest.mark.beside
def test_no_webhook_ever(street: Street) -> None:
    for way in ("pay", "pay_later"):
        reference = street.reference(street.buy())
        getattr(street.fake, way)(reference)
        if way == "pay_later":
            street.shop.manage("reconcile_payments")
            with street.shop.orm():
                assert Payment.objects.get(reference=reference).state == "processing"
            street.fake.clear(reference)
    street.shop.manage("reconcile_payments")
    street.assert_each_paid_once(2)
    with street.shop.orm():
        assert not InboundEvent.objects.exists()


@pytest.mark.beside
def test_answers_that_get_lost_after_the_work(street: Street) -> None:
    """Of the start, of the asking, of the closing, and of the refund."""
    tries, fake = TRIES[street.provider], street.fake
    fake.lose_answer(START[street.provider], times=tries)
    placed = street.buy()
    assert not placed["payment"].get("redirect_url")
    again = httpx.post(
        f"{street.shop.url}/api/pay/",
        json={"order_id": placed["order"]["id"], "token": placed["order"]["token"]},
        timeout=60,
    )
    assert again.status_code == 201, again.text
    reference = street.reference(placed)
    fake.pay(reference)
    fake.lose_answer(ASK[street.provider], times=tries)
    assert street.verify(reference) != "paid"
    assert street.verify(reference) == "paid"
    assert not fake.faults
    street.settle_down()
    street.assert_each_paid_once(1)

    fake.lose_answer("POST */refund*" if tries == 2 else "POST /refund", times=tries)
    with street.shop.orm():
        refund = payments.request_refund(Order.objects.get().pk, amount_minor=500)
    deadline = time.monotonic() + FOLLOWS_WITHIN
    while fake.faults or not _has_reference(street, refund):
        assert time.monotonic() < deadline, street.shop.log_end()
        with street.shop.orm():
            relay.hurry(
                OutboxDelivery.objects.filter(state=OutboxDelivery.State.DUE).values_list(
                    "pk", flat=True
                )
            )
        time.sleep(0.2)
    if street.provider == "paystack":
        for state in ("processing", "processed"):
            fake.move_refund(next(iter(fake.refunds)), state)
        street.shop.manage("reconcile_payments")
    fake.deliver_pending()
    street.settle_down()
    with street.shop.orm():
        assert list(Refund.objects.values_list("state", "amount_minor")) == [("succeeded", 500)]
        assert Order.objects.get().refunded_minor == 500
    sent = [o for o in getattr(fake, "objects", {}).values() if o["object"] == "refund"]
    assert len(sent or fake.refunds) == 1


@pytest.mark.beside
def test_closing_that_gets_lost_frees_nothing_too_early(street: Street) -> None:
    placed = street.buy()
    closing = {"stripe": "POST */expire", "paystack": ASK["paystack"]}[street.provider]
    street.fake.lose_answer(closing, times=TRIES[street.provider])
    with street.shop.orm():
        later = Payment.objects.get().created_at.replace(year=2100)
        assert payments.release_expired(now=later) == 0
        assert Order.objects.get().status == "pending"
        assert stock_of(Variant.objects.get()) == (STOCK, 1)
        assert payments.release_expired(now=later.replace(year=2101)) == 1
        assert Order.objects.get().status == "cancelled"
        assert stock_of(Variant.objects.get()) == (STOCK, 0)
        operations = Attempt.objects.filter(payment=placed["payment"]["id"])
        assert list(operations.order_by("pk").values_list("operation", "state"))[:3] == [
            ("start", "done"),
            ("expire", "unknown" if street.provider == "stripe" else "unavailable"),
            ("expire", "done"),
        ]


def _has_reference(street: Street, refund: Refund) -> bool:
    with street.shop.orm():
        return bool(Refund.objects.get(pk=refund.pk).reference)


@pytest.mark.beside
def test_refunds_follow_their_events(street: Street) -> None:
    """The provider's news about a refund is enough: nobody waits for the poller."""
    fake = street.fake
    fake.refund_outcome = "pending"
    fake.pay(street.reference(street.buy()))
    fake.holds = False
    fake.deliver_pending()
    street.settle_down()
    with street.shop.orm():
        payments.request_refund(Order.objects.get().pk, amount_minor=700)
    street.settle_down()
    with street.shop.orm():
        assert Refund.objects.get().state == "pending"
        sent = Refund.objects.get().reference
    if street.provider == "stripe":
        fake.finish_refund(sent)
    else:
        fake.move_refund(sent, "processing")
        fake.move_refund(sent, "processed")
    street.settle_down()
    with street.shop.orm():
        assert Refund.objects.get().state == "succeeded"
        order = Order.objects.get()
        assert (order.payment_status, order.refunded_minor) == ("partially_refunded", 700)
    assert {status for _, status in fake.deliveries} == {200}


@pytest.mark.beside
def test_no_key_card_or_signature_is_logged_or_stored(street: Street) -> None:
    shop, fake = street.shop, street.fake
    shop.stop()
    shop.environment["LOG_LEVEL"] = "DEBUG"
    shop.start()
    reference = street.reference(street.buy())
    fake.pay(reference)
    event = fake.events[-1]
    body, headers = fake.signed(event)
    answer = httpx.post(fake.webhook_url, content=body + b" ", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert httpx.post(fake.webhook_url, content=body, headers=headers).status_code == 200
    assert street.verify(reference) == "paid"
    with shop.orm():
        payments.request_refund(Order.objects.get().pk, amount_minor=100)
    fake.answer("*", status=500, times=2)
    street.settle_down()
    shop.stop()

    signature = next(v for k, v in headers.items() if "ignature" in k).split("v1=")[-1]
    secrets = [fake.secret_key, signature, "AUTH_uh8bcl3zbn", "SIG_yEXu", "_secret_"]
    secrets += [quoted.format(card) for card in ("4081", "4242") for quoted in ("'{}'", '"{}"')]
    secrets += [getattr(fake, "webhook_secret", fake.secret_key)]
    text = shop.log.read_text(errors="replace")
    assert reference in text
    assert [secret for secret in secrets if secret in text] == []
    with shop.orm():
        assert traces_of(secrets) == []
        assert "payments_payment.reference" in {at.split(":")[0] for at in traces_of([reference])}
