"""The ways that every provider has to stand, whatever it speaks.

    class TestDemo(AuthorizingCases):
        @pytest.fixture
        def outside(self, …) -> Outside: ...

`Outside` is the provider's own side: what a shopper does there and what it sends.
"""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Protocol

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.inventory.models import Reservation
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments import services
from commerce.payments.errors import NothingToRefund, OrderNotPayable
from commerce.payments.models import (
    Attempt,
    AttemptState,
    InboundEvent,
    Payment,
    PaymentState,
    Refund,
)
from commerce.payments.providers.base import ProviderError
from core import relay
from core.models import OutboxEvent
from tests.factories import (
    another_client,
    count_up,
    make_shipping,
    make_staff,
    make_variant,
    place,
    stock_of,
)


class Outside(Protocol):
    """The provider's side of things."""

    provider: str
    # Whether a session can be closed for good, so that nobody can pay for it any more.
    closes: bool

    def pay(self, payment: Payment) -> None:
        """The shopper pays (authorises) what is asked."""

    def decline(self, payment: Payment) -> None:
        """The shopper's payment fails for good."""

    def force_paid(self, payment: Payment, *, amount_minor: int = 0, currency: str = "") -> None:
        """Money comes nevertheless: late, or of another amount or currency."""

    def webhooks(self) -> list[tuple[bytes, Mapping[str, str]]]:
        """What was sent since it was last asked for: body and headers."""

    def strange_webhook(self) -> tuple[bytes, Mapping[str, str]]:
        """A well signed event about a payment that is none of this shop's."""

    def losing_answer(self, operation: str) -> AbstractContextManager[None]:
        """The next `start`, `refund` or `capture` does its work, and nobody hears of it."""

    def sessions(self) -> int:
        """How many sessions there are."""

    def refunds(self, payment: Payment) -> list[int]:
        """The amounts that went back, in minor units."""


def events_named(name: str) -> list[dict[str, Any]]:
    return list(
        OutboxEvent.objects.filter(name=name).order_by("pk").values_list("payload", flat=True)
    )


def troubles() -> list[str]:
    return [payload["kind"] for payload in events_named("payments.trouble")]


def webhook(
    provider: str, body: bytes, headers: Mapping[str, str], client: APIClient | None = None
) -> Any:
    """Send a webhook as the provider would."""
    return (client or APIClient()).generic(
        "POST",
        f"/api/webhooks/{provider}/",
        body,
        content_type="application/json",
        headers=dict(headers),
    )


class ProviderCases:
    """Inherit and give `outside`."""

    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def mug(self) -> Variant:
        make_shipping()
        return make_variant("Mug", stock=5)

    @pytest.fixture
    def payment(self, outside: Outside, mug: Variant) -> Payment:
        """An order for two mugs, begun at the provider."""
        placed = place({mug: 2}, payment_method=outside.provider)
        assert placed.started.redirect_url or placed.started.client_secret
        return placed.payment

    def deliver(self, outside: Outside) -> list[int]:
        """Every webhook that waits, and what follows; the answers' statuses."""
        sent = outside.webhooks()
        statuses = [webhook(outside.provider, *each).status_code for each in sent]
        relay.drain()
        return statuses

    def assert_paid_once(self, payment: Payment, mug: Variant, *, units: int = 2) -> None:
        payment = Payment.objects.get(pk=payment.pk)
        order = Order.objects.get(pk=payment.order_id)
        assert (payment.state, payment.received_minor) == ("paid", order.total_minor)
        assert (order.status, order.payment_status) == ("processing", "paid")
        assert not payment.session_open
        moves = order.history.filter(kind="status").values_list("to_status", flat=True)
        assert list(moves).count("processing") == 1
        assert len(events_named("payments.settled")) == 1
        assert stock_of(mug) == count_up(mug) == (5, units)
        held = Reservation.objects.filter(order_id=order.pk)
        assert list(held.values_list("quantity", "expires_at")) == [(units, None)]

    # ── Paying ──────────────────────────────────────────────────────────────────────────
    def test_begun_with_the_order(self, payment: Payment) -> None:
        payment.refresh_from_db()
        assert (payment.state, payment.attempt, payment.session_open) == ("open", 1, True)
        assert payment.reference
        assert payment.order.status == "pending"
        assert [a.state for a in Attempt.objects.filter(operation="start")] == ["done"]

    def test_paid_by_webhook(self, outside: Outside, payment: Payment, mug: Variant) -> None:
        outside.pay(payment)
        sent = outside.webhooks()
        assert sent
        for each in sent * 3:
            assert webhook(outside.provider, *each).status_code == 200
            relay.drain()
        self.assert_paid_once(payment, mug)
        assert set(InboundEvent.objects.values_list("times", flat=True)) == {3}
        assert set(InboundEvent.objects.values_list("state", flat=True)) <= {"handled", "ignored"}

    def test_paid_by_return_page(self, outside: Outside, payment: Payment, mug: Variant) -> None:
        payment.refresh_from_db()
        outside.pay(payment)
        for name in ("session_id", "reference"):
            answer = APIClient().get("/api/payments/verify/", {name: payment.reference})
            assert answer.json() == {"status": "paid", "order_number": payment.order.number}
        self.assert_paid_once(payment, mug)
        self.deliver(outside)
        self.assert_paid_once(payment, mug)

    def test_paid_by_poller(self, outside: Outside, payment: Payment, mug: Variant) -> None:
        outside.pay(payment)
        assert services.reconcile(now=timezone.now()) == 0
        assert services.reconcile(now=timezone.now() + timedelta(minutes=2)) == 1
        self.assert_paid_once(payment, mug)
        assert services.reconcile(now=timezone.now() + timedelta(days=3)) == 0
        assert list(services.differences(since=timezone.now() - timedelta(days=1))) == []

    def test_declined_then_tried_again(
        self, outside: Outside, payment: Payment, mug: Variant
    ) -> None:
        outside.decline(payment)
        self.deliver(outside)
        services.settle(payment.pk)
        payment.refresh_from_db()
        if payment.state == PaymentState.OPEN:
            # A declined card does not end this provider's session: another one may follow.
            outside.pay(payment)
            services.settle(payment.pk)
            self.assert_paid_once(payment, mug)
            return
        assert payment.state == "failed"
        assert len(events_named("payments.failed")) == 1
        assert Order.objects.get().status == "pending"

        again = services.start_payment(payment.order_id).payment
        assert (again.attempt, again.pk == payment.pk) == (2, False)
        outside.pay(again)
        self.deliver(outside)
        services.settle(again.pk)
        self.assert_paid_once(again, mug)

    def test_an_open_session_is_used_again(self, outside: Outside, payment: Payment) -> None:
        first = services.start_payment(payment.order_id)
        second = services.start_payment(payment.order_id)
        assert first.started.redirect_url == second.started.redirect_url
        assert (Payment.objects.count(), outside.sessions()) == (1, 1)

    def test_another_method_closes_the_session(
        self, outside: Outside, payment: Payment, mug: Variant
    ) -> None:
        begun = services.start_payment(payment.order_id, provider="bank_transfer")
        payment.refresh_from_db()
        assert payment.state == "expired"
        assert payment.session_open is not outside.closes
        assert (begun.payment.provider, begun.payment.state) == ("bank_transfer", "open")
        assert Order.objects.get().payment_method == "bank_transfer"
        assert Reservation.objects.get().expires_at > timezone.now() + timedelta(days=6)

    def test_paid_while_another_method_is_chosen(
        self, outside: Outside, payment: Payment, mug: Variant
    ) -> None:
        outside.pay(payment)
        begun = services.start_payment(payment.order_id, provider="bank_transfer")
        assert (begun.payment.pk, begun.payment.state) == (payment.pk, "paid")
        self.assert_paid_once(payment, mug)

    def test_start_times_out_after_the_work(self, outside: Outside, mug: Variant) -> None:
        with outside.losing_answer("start"):
            placed = place({mug: 2}, payment_method=outside.provider)
        payment = Payment.objects.get()
        assert (placed.started.redirect_url, payment.state) == ("", "open")
        assert payment.session_open
        assert Attempt.objects.get().state == AttemptState.UNKNOWN
        begun = services.start_payment(placed.order.pk)
        assert begun.started.redirect_url or begun.started.client_secret
        assert (Payment.objects.count(), outside.sessions()) == (1, 1)
        outside.pay(begun.payment)
        self.deliver(outside)
        services.settle(payment.pk)
        self.assert_paid_once(begun.payment, mug)

    # ── Not paid in time, or too late ───────────────────────────────────────────────────
    def in_an_hour(self) -> int:
        return services.release_expired(now=timezone.now() + timedelta(hours=1))

    def test_abandoned(self, outside: Outside, payment: Payment, mug: Variant) -> None:
        assert services.release_expired(now=timezone.now()) == 0
        assert self.in_an_hour() == 1
        payment.refresh_from_db()
        assert (payment.state, payment.order.status) == ("expired", "cancelled")
        assert stock_of(mug) == count_up(mug) == (5, 0)
        with pytest.raises(OrderNotPayable):
            services.start_payment(payment.order_id)
        relay.drain()
        assert Order.objects.get().payment_status == "voided"

    def test_paid_at_the_last_moment(
        self, outside: Outside, payment: Payment, mug: Variant
    ) -> None:
        """The clock asks first: what was paid is not released, though nobody has told so."""
        outside.pay(payment)
        assert self.in_an_hour() == 0
        self.assert_paid_once(payment, mug)

    def test_nothing_is_released_while_the_provider_does_not_answer(
        self, outside: Outside, payment: Payment, mug: Variant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(*_: object, **__: object) -> None:
            raise ProviderError("It is down.", kind="unavailable")

        with monkeypatch.context() as patch:
            patch.setattr(type(services.PROVIDERS[outside.provider]), "expire", down)
            assert self.in_an_hour() == 0
        assert stock_of(mug) == (5, 2)
        assert Order.objects.get().status == "pending"
        assert services.release_expired(now=timezone.now() + timedelta(hours=2)) == 1

    def test_late_money_reserves_again(
        self, outside: Outside, payment: Payment, mug: Variant
    ) -> None:
        self.in_an_hour()
        outside.force_paid(payment)
        services.settle(payment.pk)
        relay.drain()
        self.assert_paid_once(payment, mug)
        assert troubles() == ["late_revived"]

    def test_late_money_for_sold_goods_goes_back(
        self, outside: Outside, payment: Payment, mug: Variant
    ) -> None:
        self.in_an_hour()
        place({mug: 4})
        outside.force_paid(payment)
        services.settle(payment.pk)
        relay.drain()
        services.settle(payment.pk)
        relay.drain()
        payment.refresh_from_db()
        assert (payment.state, payment.order.status) == ("paid", "cancelled")
        assert payment.refunded_minor == payment.received_minor == payment.amount_minor
        assert outside.refunds(payment) == [payment.amount_minor]
        assert payment.order.payment_status == "refunded"
        assert troubles() == ["late_refunded"]
        assert events_named("payments.settled") == []
        assert stock_of(mug) == count_up(mug) == (5, 4)

    def test_an_order_called_off_is_not_brought_back(
        self, outside: Outside, payment: Payment, mug: Variant
    ) -> None:
        orders.cancel(payment.order_id, message="Never mind.")
        relay.drain()
        payment.refresh_from_db()
        assert payment.state == "cancelled"
        assert payment.session_open is not outside.closes
        outside.force_paid(payment)
        services.settle(payment.pk)
        relay.drain()
        assert outside.refunds(payment) == [payment.amount_minor]
        assert Order.objects.get().status == "cancelled"
        assert stock_of(mug) == (5, 0)

    def test_paid_on_two_sessions(self, outside: Outside, payment: Payment, mug: Variant) -> None:
        services.start_payment(payment.order_id, provider="bank_transfer")
        second = Payment.objects.get(attempt=2)
        services.receive(second.pk)
        outside.force_paid(payment)
        services.settle(payment.pk)
        relay.drain()
        assert outside.refunds(payment) == [payment.amount_minor]
        order = Order.objects.get()
        assert (order.status, order.payment_status, order.refunded_minor) == (
            "processing",
            "paid",
            0,
        )
        assert troubles() == ["paid_twice"]

    # ── What does not fit ───────────────────────────────────────────────────────────────
    @pytest.mark.parametrize("wrong", [{"amount_minor": 5}, {"currency": "EUR"}])
    def test_what_differs_is_put_aside(
        self, outside: Outside, payment: Payment, mug: Variant, wrong: dict[str, Any]
    ) -> None:
        outside.force_paid(payment, **wrong)
        for _ in range(2):
            services.settle(payment.pk)
        payment.refresh_from_db()
        assert (payment.state, payment.order.status) == ("review", "pending")
        assert payment.order.payment_status == "unpaid"
        assert troubles() == ["mismatch"]
        assert self.in_an_hour() == 0
        assert stock_of(mug) == (5, 2)

    def test_unsigned_webhooks_store_nothing(self, outside: Outside, payment: Payment) -> None:
        outside.pay(payment)
        [(body, headers), *_] = outside.webhooks()
        bad = {name: re.sub(r"[0-9a-f]{8}$", "0" * 8, text) for name, text in headers.items()}
        for sent in ((body, {}), (body, bad), (body.replace(b'"', b"' ", 1), headers)):
            answer = webhook(outside.provider, *sent)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
        big = webhook(outside.provider, b"x" * (2 * 1024 * 1024 + 1), headers)
        assert (big.status_code, big.json()["code"]) == (413, "body_too_large")
        assert not InboundEvent.objects.exists()
        payment.refresh_from_db()
        assert payment.state == "open"

    def test_events_about_others_are_ignored(self, outside: Outside, payment: Payment) -> None:
        assert webhook(outside.provider, *outside.strange_webhook()).status_code == 200
        relay.drain()
        row = InboundEvent.objects.get()
        assert (row.state, row.error) == ("ignored", "It is about no payment here.")
        services.replay(row.pk)
        relay.drain()
        row.refresh_from_db()
        assert row.state == "ignored"

    # ── Refunds ─────────────────────────────────────────────────────────────────────────
    @pytest.fixture
    def paid(self, outside: Outside, payment: Payment) -> Payment:
        outside.pay(payment)
        services.settle(payment.pk)
        outside.webhooks()
        payment.refresh_from_db()
        return payment

    def refund_over_http(self, payment: Payment, key: str = "", **form: Any) -> Any:
        client = another_client(make_staff("payments.refund_payment", "orders.view_order"))
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/api/orders/{payment.order.number}/refunds/"
        return client.post(path, {"reason": "Broken", **form}, headers=headers)

    def test_refunds_add_up_to_the_whole(
        self, outside: Outside, paid: Payment, mug: Variant
    ) -> None:
        line = paid.order.lines.get()
        first = self.refund_over_http(paid, lines=[{"id": str(line.pk), "quantity": 1}])
        assert first.status_code == 201, first.content
        assert first.json()["lines"][0]["amount"] == {"amount": "12.99", "currency": "USD"}
        self.deliver(outside)
        services.reconcile(now=timezone.now() + timedelta(minutes=2))
        order = Order.objects.get()
        assert (order.payment_status, order.refunded_minor) == ("partially_refunded", 1299)
        assert stock_of(mug) == count_up(mug) == (5, 1)  # it had not left yet

        too_much = self.refund_over_http(paid, amount="19.00")
        assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_too_much")
        assert too_much.json()["refundable"] == {"amount": "17.99", "currency": "USD"}

        rest = self.refund_over_http(paid)
        assert rest.json()["amount"] == {"amount": "17.99", "currency": "USD"}
        self.deliver(outside)
        services.reconcile(now=timezone.now() + timedelta(minutes=4))
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("refunded", "refunded")
        assert order.refunded_minor == order.total_minor
        assert outside.refunds(paid) == [1299, 1799]
        assert stock_of(mug) == count_up(mug) == (5, 0)
        assert [p["amount_minor"] for p in events_named("payments.refunded")] == [1299, 1799]
        with pytest.raises(NothingToRefund):
            services.request_refund(order.pk)

    def test_a_refund_that_times_out_is_sent_once(self, outside: Outside, paid: Payment) -> None:
        with outside.losing_answer("refund"):
            answer = self.refund_over_http(paid, key="once", amount="5.00")
        assert (answer.status_code, answer.json()["status"]) == (201, "pending")
        again = self.refund_over_http(paid, key="once", amount="5.00")
        relay.drain()
        services.reconcile(now=timezone.now() + timedelta(minutes=2))
        self.deliver(outside)
        assert Refund.objects.count() == 1 or again.status_code == 422
        assert outside.refunds(paid)[0] == 500
        assert len(outside.refunds(paid)) == Refund.objects.count()
        assert set(Refund.objects.values_list("state", flat=True)) <= {"succeeded", "processing"}

    def test_nothing_secret_is_stored(self, outside: Outside, paid: Payment) -> None:
        self.refund_over_http(paid, amount="1.00")
        kept = repr(list(Attempt.objects.values())) + repr(list(InboundEvent.objects.values()))
        for word in ("client_secret", "whsec_", "sk_test", "authorization_code", "last4"):
            assert word not in kept
        assert "example.com" not in kept


class AuthorizingCases(ProviderCases):
    """As ProviderCases, for a provider that can authorise now and capture later."""

    @pytest.fixture
    def authorized(self, outside: Outside, mug: Variant, settings: Any) -> Payment:
        settings.PAYMENT_CAPTURE = "manual"
        payment = place({mug: 2}, payment_method=outside.provider).payment
        payment.refresh_from_db()
        outside.pay(payment)
        services.settle(payment.pk)
        payment.refresh_from_db()
        assert (payment.state, payment.received_minor) == ("authorized", 0)
        assert (payment.order.status, payment.order.payment_status) == (
            "processing",
            "authorized",
        )
        return payment

    def test_captured_with_the_first_parcel(
        self, outside: Outside, authorized: Payment, mug: Variant
    ) -> None:
        orders.ship(authorized.order_id)
        relay.drain()
        authorized.refresh_from_db()
        assert (authorized.state, authorized.received_minor) == ("paid", authorized.amount_minor)
        assert authorized.order.payment_status == "paid"
        assert len(events_named("payments.settled")) == 1

    def test_a_capture_that_times_out_is_found(self, outside: Outside, authorized: Payment) -> None:
        with outside.losing_answer("capture"), pytest.raises(ProviderError):
            services.capture(authorized.pk)
        services.settle(authorized.pk)
        services.capture(authorized.pk)
        authorized.refresh_from_db()
        assert (authorized.state, authorized.received_minor) == ("paid", authorized.amount_minor)
        assert Attempt.objects.filter(operation="capture").count() == 1

    def test_let_go_when_the_order_is_cancelled(
        self, outside: Outside, authorized: Payment, mug: Variant
    ) -> None:
        orders.cancel(authorized.order_id)
        relay.drain()
        authorized.refresh_from_db()
        assert (authorized.state, authorized.order.payment_status) == ("cancelled", "voided")
        assert stock_of(mug) == (5, 0)
        assert troubles() == []
