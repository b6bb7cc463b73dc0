"""Money that nobody but staff see come: cash and transfers; and who is offered which way to pay."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone

from commerce.catalogue.models import Variant
from commerce.inventory.models import Reservation
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments import following, services
from commerce.payments.errors import MethodNotOffered, NothingToRefund, WrongPaymentState
from commerce.payments.models import Payment, PaymentState
from core import events, relay
from core.errors import ValidationFailed
from core.models import OutboxEvent
from tests.commerce.payments.kit import events_named, troubles
from tests.factories import (
    make_customer,
    make_promotion,
    make_shipping,
    make_variant,
    place,
    stock_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=5)


@pytest.fixture
def transfer(mug: Variant) -> Payment:
    """An order by bank transfer: 17.99 are due."""
    return place({mug: 1}, payment_method="bank_transfer").payment


def names(purchase: services.Purchase | None = None) -> list[str]:
    return [each.id for each in services.offered(purchase)]


# ── Who is offered what ─────────────────────────────────────────────────────────────────
def test_the_methods_are_those_of_the_settings_in_their_order() -> None:
    assert names() == ["cod", "bank_transfer"]
    with override_settings(PAYMENT_METHODS=["bank_transfer", "unknown", "demo"]):
        assert names() == ["bank_transfer"]
        with pytest.raises(MethodNotOffered):
            services.method("cod")
        with override_settings(PAYMENTS_DEMO=True):
            assert names() == ["bank_transfer", "demo"]
    with override_settings(STRIPE_SECRET_KEY="sk_test_x", PAYSTACK_SECRET_KEY="sk_test_y"):
        assert names() == ["stripe", "paystack", "cod", "bank_transfer"]


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"COD_COUNTRIES": ["US", "CA"]}, True),
        ({"COD_COUNTRIES": ["DE"]}, False),
        ({"COD_MAX_TOTALS": {"USD": "20.00"}}, True),
        ({"COD_MAX_TOTALS": {"USD": "19.99"}}, False),
        ({"COD_MAX_TOTALS": {"EUR": "1.00"}}, True),
        ({"COD_NOT_FIRST_ORDER": True}, False),
    ],
)
def test_cash_has_its_rules(rule: dict[str, Any], fits: bool) -> None:
    purchase = services.Purchase("USD", 2000, "US", email="new@example.com")
    with override_settings(**rule):
        assert ("cod" in names(purchase)) is fits


def test_cash_for_who_has_bought_before(mug: Variant) -> None:
    ada = make_customer()
    orders.ship(place({mug: 1}, customer=ada).order.pk)
    with override_settings(COD_NOT_FIRST_ORDER=True):
        assert "cod" in names(services.Purchase("USD", 1, "US", ada.pk))
        assert "cod" in names(services.Purchase("USD", 1, "US", email=ada.email.upper()))
        with pytest.raises(MethodNotOffered):
            place({mug: 1}, email="new@example.com")
        assert stock_of(mug) == (4, 0)


def test_what_costs_nothing_is_paid(mug: Variant) -> None:
    make_promotion("Free", percent="100")
    make_promotion("And sent")
    placed = place({mug: 1}, payment_method="bank_transfer")
    assert (placed.order.total_minor, placed.payment.state) == (0, "paid")
    order = Order.objects.get()
    assert (order.status, order.payment_status) == ("processing", "paid")
    assert placed.order.status == "processing"


# ── Receiving ───────────────────────────────────────────────────────────────────────────
def test_a_transfer_names_its_order(transfer: Payment) -> None:
    assert transfer.reference == transfer.order.number
    with override_settings(BANK_TRANSFER_INSTRUCTIONS="IBAN X."):
        told = services.start_payment(transfer.order_id).started.instructions
    assert told == f"IBAN X. Reference: {transfer.order.number}."


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("de", "Auf Konto X. Verwendungszweck: {}."),
        ("de-at", "Auf Konto X. Verwendungszweck: {}."),
        ("en", "To account X. Reference: {}."),
        ("fr", "To account X. Reference: {}."),
    ],
)
def test_a_transfer_is_explained_in_the_order_s_language(
    transfer: Payment, locale: str, told: str
) -> None:
    Order.objects.update(locale=locale)
    texts = '{"en": "To account X.", "de": "Auf Konto X."}'
    with override_settings(BANK_TRANSFER_INSTRUCTIONS=texts):
        begun = services.start_payment(transfer.order_id)
        assert begun.started.instructions == told.format(transfer.order.number)
        [method] = [
            each
            for each in services.offered(services.Purchase("USD", 1, "US", locale=locale))
            if each.id == "bank_transfer"
        ]
        assert told.startswith(method.instructions)


def test_all_that_is_due_comes_once(transfer: Payment) -> None:
    services.receive(transfer.pk)
    before = list(Payment.objects.values()), OutboxEvent.objects.count()
    services.receive(transfer.pk)
    assert (list(Payment.objects.values()), OutboxEvent.objects.count()) == before
    assert Order.objects.get().payment_status == "paid"


def test_parts_add_up_and_what_is_over_is_noted(transfer: Payment) -> None:
    services.receive(transfer.pk, amount_minor=1000, key="form-1")
    payment = services.receive(transfer.pk, amount_minor=1000, key="form-1")
    assert (payment.state, payment.received_minor) == ("open", 1000)
    assert payment.order.status == "pending"
    payment = services.receive(transfer.pk, amount_minor=1000, key="form-2")
    assert (payment.state, payment.received_minor) == ("paid", 2000)
    assert Order.objects.get().status == "processing"
    assert troubles() == ["overpaid"]
    services.receive(transfer.pk, amount_minor=1, key="form-3")
    assert Payment.objects.get().received_minor == 2001
    assert len(events_named("payments.settled")) == 1


@pytest.mark.parametrize("amount", [0, -5, 10**16])
def test_nonsense_is_refused(transfer: Payment, amount: int) -> None:
    with pytest.raises(ValidationFailed):
        services.receive(transfer.pk, amount_minor=amount)
    assert Payment.objects.get().received_minor == 0


def test_a_part_keeps_the_order_for_staff_to_decide(transfer: Payment, mug: Variant) -> None:
    services.receive(transfer.pk, amount_minor=1000)
    assert services.release_expired(now=timezone.now() + timedelta(days=30)) == 0
    assert (Payment.objects.get().state, Order.objects.get().status) == ("review", "pending")
    assert troubles() == ["partly_paid"]
    assert stock_of(mug) == (5, 1)
    services.accept_difference(transfer.pk)
    assert Order.objects.get().status == "processing"
    with pytest.raises(WrongPaymentState):
        services.accept_difference(transfer.pk)


def test_a_late_transfer_is_money_for_staff_to_send_back(transfer: Payment, mug: Variant) -> None:
    services.release_expired(now=timezone.now() + timedelta(days=30))
    place({mug: 5})
    services.receive(transfer.pk)
    order = Order.objects.get(pk=transfer.order_id)
    assert order.status == "cancelled"
    assert troubles() == ["by_hand"]
    refund = services.request_refund(order.pk, reason="Sent back")
    services.send_refund(refund.pk)
    order.refresh_from_db()
    assert (order.payment_status, order.refunded_minor) == ("refunded", order.total_minor)


def test_handling_an_event_twice_does_no_harm(transfer: Payment) -> None:
    orders.cancel(transfer.order_id)
    row = OutboxEvent.objects.filter(name="orders.status_changed").latest("id")
    event = events.Event(row.pk, row.name, row.key, row.payload, row.recorded_at)
    relay.drain()
    before = list(Payment.objects.values_list("state", "settled_at"))
    following.follow_order(event)
    assert list(Payment.objects.values_list("state", "settled_at")) == before
    assert Payment.objects.get().state == PaymentState.CANCELLED


def test_from_transfer_to_cash(transfer: Payment) -> None:
    begun = services.start_payment(transfer.order_id, provider="cod")
    assert (begun.payment.state, begun.payment.attempt) == ("accepted", 2)
    order = Order.objects.get()
    assert (order.status, order.payment_method) == ("processing", "cod")
    assert Reservation.objects.get().expires_at is None


def test_the_database_keeps_amounts_in_bounds(transfer: Payment) -> None:
    for change in (
        {"amount_minor": -1},
        {"received_minor": -1},
        {"refunded_minor": 1},
        {"refunded_minor": -1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(
            order=transfer.order, provider="cod", attempt=2, amount_minor=1, currency="USD"
        )


# ── Refunds by the rule ─────────────────────────────────────────────────────────────────
def test_units_of_a_line_share_what_it_came_to(mug: Variant) -> None:
    make_promotion("Third off", fixed={"USD": 1000})
    placed = place({mug: 3}, payment_method="bank_transfer")  # 38.97 less 10.00
    services.receive(placed.payment.pk)
    line = placed.order.lines.get()
    parts = []
    for _ in range(3):
        refund = services.request_refund(placed.order.pk, lines={line.pk: 1})
        parts.append(refund.amount_minor)
    assert parts == [965, 966, 966]
    assert sum(parts) == line.total_minor == 2897
    with pytest.raises(ValidationFailed):
        services.request_refund(placed.order.pk, lines={line.pk: 1})
    with pytest.raises(NothingToRefund):
        services.request_refund(placed.order.pk, amount_minor=501)


def test_what_had_left_goes_back_on_the_shelf_if_staff_say_so(mug: Variant) -> None:
    placed = place({mug: 3}, payment_method="bank_transfer")
    services.receive(placed.payment.pk)
    line = placed.order.lines.get()
    orders.ship(placed.order.pk, quantities={line.pk: 2})
    assert stock_of(mug) == (3, 1)
    services.request_refund(placed.order.pk, lines={line.pk: 2}, restock=True)
    assert stock_of(mug) == (4, 0)  # one had not left, the other came back
    order = Order.objects.get()
    assert (order.status, order.fulfilment_status) == ("shipped", "fulfilled")
    services.request_refund(placed.order.pk, lines={line.pk: 1})
    assert stock_of(mug) == (4, 0)
