"""The poller's patience, and the command with its report."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from commerce.catalogue.models import Variant
from commerce.inventory import services as inventory
from commerce.orders import services as orders
from commerce.payments import refunding, services
from commerce.payments.errors import NothingToRefund, OrderNotPayable
from commerce.payments.models import Attempt, AttemptState, DemoSession, Payment
from commerce.payments.providers.base import ProviderError
from core.models import OutboxEvent
from tests.commerce.payments.demo_side import DemoSide
from tests.commerce.payments.kit import troubles
from tests.factories import make_shipping, make_variant, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def outside(demo_side: DemoSide) -> DemoSide:
    return demo_side


@pytest.fixture
def payment(outside: DemoSide) -> Payment:
    make_shipping()
    mug: Variant = make_variant("Mug", stock=5)
    return place({mug: 1}, payment_method="demo").payment


def test_an_open_payment_is_asked_about_ever_more_seldom(payment: Payment) -> None:
    now = begun = timezone.now()
    asked = []
    for _ in range(240):
        now += timedelta(minutes=1)
        if services.reconcile(now=now):
            asked.append(round((now - begun).total_seconds() / 60))
    assert asked[:6] == [1, 2, 4, 8, 16, 32]
    assert len(asked) < 14
    assert Attempt.objects.filter(operation="look_up").count() == len(asked)


def test_the_command_asks_about_all_at_once(outside: DemoSide, payment: Payment) -> None:
    outside.pay(payment)
    out = StringIO()
    call_command("reconcile_payments", stdout=out)
    assert out.getvalue() == "1 looked at\n"
    payment.refresh_from_db()
    assert payment.state == "paid"
    assert payment.next_check_at < timezone.now() + timedelta(hours=1)


def test_the_report_lists_what_differs_and_changes_nothing(
    outside: DemoSide, payment: Payment
) -> None:
    out = StringIO()
    call_command("reconcile_payments", "--report", stdout=out)
    assert out.getvalue() == "0 difference(s)\n"
    outside.pay(payment)
    services.settle(payment.pk)
    DemoSession.objects.update(
        captured_minor=5, refunds=[{"id": "x", "key": "y", "amount_minor": 3}]
    )
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("reconcile_payments", "--report", stdout=out)
    lines = [line.partition(payment.reference)[2] for line in out.getvalue().splitlines()]
    if not payment.reference:
        payment.refresh_from_db()
        lines = [line.partition(payment.reference)[2] for line in out.getvalue().splitlines()]
    assert lines == [
        "  received: here 17.99 USD, there 0.05 USD",
        "  refunded: here 0.00 USD, there 0.03 USD",
        "",
    ]
    payment.refresh_from_db()
    assert payment.refunded_minor == 0


def test_what_was_refunded_at_the_provider_is_noted(outside: DemoSide, payment: Payment) -> None:
    outside.pay(payment)
    services.settle(payment.pk)
    DemoSession.objects.update(refunds=[{"id": "x", "key": "y", "amount_minor": 300}])
    for _ in range(2):
        services.settle(payment.pk)
    payment.refresh_from_db()
    assert (payment.refunded_minor, payment.order.refunded_minor) == (300, 300)
    assert [refund.origin for refund in payment.refunds.all()] == ["provider"]
    assert payment.order.payment_status == "partially_refunded"


def test_no_session_is_used_again_once_the_time_is_over(payment: Payment) -> None:
    """Not even before the clock has come by."""
    inventory.prolong(order_id=payment.order_id, expires_at=timezone.now())
    with pytest.raises(OrderNotPayable):
        services.start_payment(payment.order_id)


def test_what_was_read_before_does_not_let_more_go_back(
    outside: DemoSide, payment: Payment
) -> None:
    outside.pay(payment)
    stale = services.settle(payment.pk)
    services.request_refund(payment.order_id, amount_minor=1000)
    assert stale.refundable_minor == 1799
    with pytest.raises(NothingToRefund):
        refunding.write(stale, amount_minor=800, reason="", origin="shop")


@pytest.fixture
def sent_and_not_taken(outside: DemoSide, payment: Payment) -> Payment:
    """Authorised, its parcel has left, and the delivery that takes the money has died."""
    Payment.objects.update(capture_mode="manual")
    DemoSession.objects.update(capture="manual")
    outside.pay(payment)
    assert services.settle(payment.pk).state == "authorized"
    orders.ship(payment.order_id)
    OutboxEvent.objects.all().delete()
    return payment


def test_money_of_sent_goods_is_taken_by_the_poller(
    outside: DemoSide, sent_and_not_taken: Payment
) -> None:
    services.reconcile(now=timezone.now() + timedelta(hours=7))
    payment = Payment.objects.get()
    assert (payment.state, payment.received_minor) == ("paid", payment.amount_minor)
    assert Attempt.objects.filter(operation="capture").count() == 1


def test_money_of_goods_that_are_here_is_not_taken(outside: DemoSide, payment: Payment) -> None:
    Payment.objects.update(capture_mode="manual")
    DemoSession.objects.update(capture="manual")
    outside.pay(payment)
    services.settle(payment.pk)
    services.reconcile(now=timezone.now() + timedelta(hours=7))
    assert Payment.objects.get().state == "authorized"


def test_a_capture_that_is_refused_is_told_once(
    sent_and_not_taken: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ProviderError("Too late.", kind="refused")

    monkeypatch.setattr(type(services.PROVIDERS["demo"]), "capture", refuse)
    for hours in (7, 14, 21):
        services.reconcile(now=timezone.now() + timedelta(hours=hours))
    tries = Attempt.objects.filter(operation="capture")
    assert [each.state for each in tries] == [AttemptState.REFUSED]
    assert troubles() == ["capture_failed"]
