"""Power cuts while Stripe or Paystack is spoken to: paid once, refunded once, begun once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import stripe
from django.utils import timezone
from pytest_django import Settings

from commerce.catalogue.models import Variant
from commerce.payments import inbox, services
from commerce.payments.models import InboundEvent, Payment
from core import relay
from core.models import OutboxEvent
from tests.commerce.payments.outsides import PaystackSide, StripeSide
from tests.factories import count_up, place, stock_of
from tests.fakes.paystack import FakePaystack
from tests.fakes.provider import running
from tests.fakes.stripe import FakeStripe
from tests.parallel.shops import stocked_mug
from tests.parallel.test_settling import assert_paid_once, every_step, forget

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.beside,
    pytest.mark.usefixtures("payments_alone"),
]


# SQLite after a power cut is what test_settling.py shows.
@pytest.fixture(params=["stripe", "paystack"])
def outside(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StripeSide | PaystackSide]:
    """A provider on loopback that this process and its children speak to."""
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda self, retries: 0)
    if request.param == "stripe":
        with running(FakeStripe) as fake:
            settings.STRIPE_API_BASE = fake.url
            settings.STRIPE_SECRET_KEY = fake.secret_key
            settings.STRIPE_WEBHOOK_SECRET = fake.webhook_secret
            yield StripeSide(fake)
    else:
        with running(FakePaystack) as fake:
            settings.PAYSTACK_API_BASE = fake.url
            settings.PAYSTACK_SECRET_KEY = fake.secret_key
            fake.refund_outcome = "processed"
            yield PaystackSide(fake)


@pytest.fixture
def mug() -> Variant:
    return stocked_mug()


def test_settling_cut_at_every_step(outside: StripeSide | PaystackSide, mug: Variant) -> None:
    now: dict[str, Any] = {}

    def prepare() -> Callable[[], object]:
        now["payment"] = payment = place({mug: 1}, payment_method=outside.provider).payment
        outside.webhooks()
        outside.pay(payment)
        body, headers = now["sent"] = outside.webhooks()[-1]

        def hear() -> None:
            inbox.take_in(outside.provider, body, headers)
            inbox.handle(InboundEvent.objects.latest("id").pk)

        return hear

    for step in every_step(prepare):
        if step % 3 == 0:
            inbox.take_in(outside.provider, *now["sent"])
        elif step % 3 == 1:
            services.reconcile(now=timezone.now() + timedelta(minutes=2))
        else:
            services.settle(now["payment"].pk)
        relay.drain()
        assert_paid_once(now["payment"].order_id)
        assert stock_of(mug) == count_up(mug) == (1000, step + 1)


def test_refunding_cut_at_every_step(outside: StripeSide | PaystackSide, mug: Variant) -> None:
    now: dict[str, Any] = {}

    def refund() -> None:
        made = services.request_refund(
            now["payment"].order_id, amount_minor=500, idempotency_key="the-same"
        )
        services.send_refund(made.pk)

    def prepare() -> Callable[[], object]:
        now["payment"] = payment = place({mug: 1}, payment_method=outside.provider).payment
        outside.pay(payment)
        services.settle(payment.pk)
        forget()
        return refund

    for step in every_step(prepare):
        if step % 2:
            relay.drain()
            services.reconcile(now=timezone.now() + timedelta(minutes=2))
        refund()
        relay.drain()
        payment = Payment.objects.get(pk=now["payment"].pk)
        assert outside.refunds(payment) == [500]
        assert (payment.refunded_minor, payment.order.refunded_minor) == (500, 500)
        assert [each.state for each in payment.refunds.all()] == ["succeeded"]
        told = OutboxEvent.objects.filter(name="payments.refunded", key=f"order:{payment.order_id}")
        assert told.count() == 1


def test_starting_cut_at_every_step(outside: StripeSide | PaystackSide, mug: Variant) -> None:
    now: dict[str, Any] = {}

    def prepare() -> Callable[[], object]:
        now["payment"] = payment = place({mug: 1}, payment_method=outside.provider).payment
        outside.decline(payment)
        services.settle(payment.pk)
        now["before"] = outside.sessions()
        return partial(services.start_payment, payment.order_id)

    for _ in every_step(prepare):
        order = now["payment"].order
        begun = services.start_payment(order.pk)
        assert begun.started.redirect_url
        assert Payment.objects.filter(order=order).count() == 2
        assert outside.sessions() == now["before"] + 1
        outside.pay(begun.payment)
        assert services.settle(begun.payment.pk).state == "paid"
