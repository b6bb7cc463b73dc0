"""The state machine: every pair of statuses, what goes with each, and who may."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from commerce.catalogue.models import Variant
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.inventory.models import Reservation
from commerce.orders import services
from commerce.orders.errors import InvalidTransition, NothingToShip
from commerce.orders.models import (
    TRANSITIONS,
    FulfilmentStatus,
    HistoryEntry,
    Order,
    OrderStatus,
    PaymentStatus,
    Shipment,
)
from commerce.payments import services as payments
from commerce.payments.models import Payment
from commerce.payments.tasks import release_expired_reservations
from commerce.pricing.models import Code, Redemption
from core import relay
from core.models import OutboxEvent
from tests.factories import (
    count_up,
    make_code,
    make_customer,
    make_shipping,
    make_variant,
    place,
    stock_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

PENDING, PROCESSING, SHIPPED, COMPLETED, CANCELLED, REFUNDED = OrderStatus
ALLOWED = {
    (PENDING, PROCESSING),
    (PENDING, CANCELLED),
    (PROCESSING, SHIPPED),
    (PROCESSING, CANCELLED),
    (PROCESSING, REFUNDED),
    (SHIPPED, COMPLETED),
    (SHIPPED, REFUNDED),
    (COMPLETED, REFUNDED),
}


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=5)


def order_that_is(status: OrderStatus, mug: Variant) -> Order:
    """An order on its way through the services to that status."""
    if status == PENDING:
        return place({mug: 2}, payment_method="bank_transfer").order
    order = place({mug: 2}).order
    if status == CANCELLED:
        return services.cancel(order.pk)
    if status in (SHIPPED, COMPLETED):
        order = services.ship(order.pk)
    if status == COMPLETED:
        order = services.complete(order.pk)
    if status == REFUNDED:  # follows from the money that went back, which is not here yet
        Order.objects.filter(pk=order.pk).update(status=REFUNDED)
    return Order.objects.get(pk=order.pk)


def told(order: Order) -> list[tuple[str, str, str]]:
    rows = HistoryEntry.objects.filter(order=order)
    return list(rows.values_list("kind", "from_status", "to_status"))


def whole_state(mug: Variant) -> list[Any]:
    return [
        list(Order.objects.values()),
        list(HistoryEntry.objects.values()),
        list(Reservation.objects.values()),
        list(Shipment.objects.values()),
        list(Payment.objects.values()),
        OutboxEvent.objects.count(),
        stock_of(mug),
        count_up(mug),
    ]


def test_the_table_is_the_one_that_was_agreed() -> None:
    assert {(a, b) for a, following in TRANSITIONS.items() for b in following} == ALLOWED
    assert set(TRANSITIONS) == set(OrderStatus)


@pytest.mark.parametrize("wanted", OrderStatus)
@pytest.mark.parametrize("present", OrderStatus)
def test_every_pair(mug: Variant, present: OrderStatus, wanted: OrderStatus) -> None:
    order = order_that_is(present, mug)
    assert order.status == present
    before, history = whole_state(mug), told(order)
    # Nobody sets `refunded` by hand.
    if (present, wanted) in ALLOWED and wanted != REFUNDED:
        services.update_status(order.pk, status=wanted, message="Because")
        order.refresh_from_db()
        assert order.status == wanted
        assert told(order) == [*history, ("status", present, wanted)]
        last = OutboxEvent.objects.filter(name="orders.status_changed").latest("id")
        assert last.payload == {
            "order_id": str(order.pk),
            "number": order.number,
            "status": wanted,
            "before": present,
        }
        return
    with pytest.raises(InvalidTransition) as caught:
        services.update_status(order.pk, status=wanted)
    following = sorted(b for a, b in ALLOWED if a == present and b != REFUNDED)
    assert caught.value.extra["status_now"] == present
    assert sorted(caught.value.extra["allowed"]) == following  # type: ignore[call-overload]
    assert whole_state(mug) == before


def test_cancelling_gives_stock_and_codes_back(mug: Variant) -> None:
    make_code("SPRING", max_uses=1)
    order = place({mug: 2}, codes=["SPRING"]).order
    assert (stock_of(mug), Code.objects.get().used) == ((5, 2), 1)
    services.cancel(order.pk, message="Changed my mind")

    assert stock_of(mug) == count_up(mug) == (5, 0)
    assert not Reservation.objects.exists()
    assert not Redemption.objects.exists()
    assert Code.objects.get().used == 0
    with pytest.raises(InvalidTransition):
        services.cancel(order.pk)
    assert stock_of(mug) == count_up(mug) == (5, 0)
    relay.drain()
    assert Payment.objects.get().state == "cancelled"
    assert Order.objects.get().payment_status == PaymentStatus.VOIDED


def test_accepting_keeps_the_stock_for_good(mug: Variant) -> None:
    order = order_that_is(PENDING, mug)
    services.accept(order.pk, message="They are good for it")
    assert list(Reservation.objects.values_list("quantity", "expires_at")) == [(2, None)]
    assert payments.release_expired(now=timezone.now() + timedelta(days=365)) == 0


# ── Shipping ────────────────────────────────────────────────────────────────────────────
def test_shipping_all_takes_it_off_the_shelf(mug: Variant) -> None:
    order = place({mug: 2}).order
    order = services.ship(order.pk, carrier="UPS", tracking_number="1Z999")
    assert (order.status, order.fulfilment_status) == ("shipped", "fulfilled")
    assert stock_of(mug) == count_up(mug) == (3, 0)
    assert not Reservation.objects.exists()
    assert order.lines.get().shipped_quantity == 2
    shipment = Shipment.objects.get()
    assert (shipment.carrier, shipment.tracking_number) == ("UPS", "1Z999")
    assert list(shipment.lines.values_list("order_line_id", "quantity")) == [
        (order.lines.get().pk, 2)
    ]


def test_an_order_goes_in_parts(mug: Variant) -> None:
    vase = make_variant("Vase", stock=3)
    order = place({mug: 2, vase: 1}).order
    first, second = order.lines.order_by("position")

    order = services.ship(order.pk, quantities={first.pk: 1})
    assert (order.status, order.fulfilment_status) == ("processing", "partial")
    assert (stock_of(mug), stock_of(vase)) == ((4, 1), (3, 1))
    # What is on its way cannot be called off.
    with pytest.raises(InvalidTransition) as caught:
        services.cancel(order.pk)
    assert caught.value.extra["allowed"] == ["shipped"]
    assert services.by_hand(order) == [SHIPPED]
    for too_much in ({first.pk: 2}, {second.pk: 2}, {uuid4(): 1}, {first.pk: 0}, {first.pk: -1}):
        with pytest.raises(NothingToShip):
            services.ship(order.pk, quantities=too_much)
    assert Shipment.objects.count() == 1
    assert (stock_of(mug), stock_of(vase)) == ((4, 1), (3, 1))

    order = services.ship(order.pk)
    assert (order.status, order.fulfilment_status) == ("shipped", "fulfilled")
    assert (stock_of(mug), stock_of(vase)) == ((3, 0), (2, 0))
    assert count_up(mug) == (3, 0)
    assert [kind for kind, _, _ in told(order)] == ["status", "shipment", "status"]
    with pytest.raises(InvalidTransition):
        services.ship(order.pk)


def test_a_backorder_waits_for_its_goods() -> None:
    make_shipping()
    bed = make_variant("Bed", stock=0, backorder_limit=2)
    order = place({bed: 2}).order
    with pytest.raises(OutOfStock):
        services.ship(order.pk)
    order.refresh_from_db()
    assert (order.status, order.fulfilment_status) == ("processing", "unfulfilled")
    assert not Shipment.objects.exists()
    assert order.lines.get().shipped_quantity == 0
    inventory.set_on_hand(variant_id=bed.pk, on_hand=2)
    assert services.ship(order.pk).status == "shipped"
    assert stock_of(bed) == count_up(bed) == (0, 0)


def test_completing_collects_what_was_due_on_delivery(mug: Variant) -> None:
    order = order_that_is(COMPLETED, mug)
    assert (order.payment_status, Payment.objects.get().state) == ("unpaid", "accepted")
    relay.drain()
    order.refresh_from_db()
    payment = Payment.objects.get()
    assert (order.status, order.payment_status) == ("completed", "paid")
    assert (payment.state, payment.received_minor) == ("paid", order.total_minor)
    assert payment.settled_at is not None


# ── Time limits ─────────────────────────────────────────────────────────────────────────
def test_an_unpaid_order_runs_out(mug: Variant) -> None:
    make_code("SPRING", max_uses=1)
    late = place({mug: 2}, payment_method="bank_transfer", codes=["SPRING"]).order
    limit = timezone.now() + timedelta(days=settings.BANK_TRANSFER_DAYS)
    assert payments.release_expired(now=limit - timedelta(minutes=1)) == 0
    assert stock_of(mug) == (5, 2)

    assert payments.release_expired(now=limit + timedelta(minutes=1)) == 1
    assert payments.release_expired(now=limit + timedelta(minutes=1)) == 0
    late.refresh_from_db()
    assert late.status == CANCELLED
    assert told(late) == [("status", "", "pending"), ("status", "pending", "cancelled")]
    assert late.history.latest("id").message == "Not paid in time."
    assert stock_of(mug) == count_up(mug) == (5, 0)
    assert Code.objects.get().used == 0
    relay.drain()
    late.refresh_from_db()
    assert (late.payment_status, Payment.objects.get().state) == ("voided", "expired")


def test_a_reservation_without_an_order_is_given_back(mug: Variant) -> None:
    past = timezone.now() - timedelta(minutes=1)
    inventory.reserve(order_id=uuid4(), wanted=Counter({mug.pk: 2}), expires_at=past)
    assert release_expired_reservations() == 0
    assert stock_of(mug) == count_up(mug) == (5, 0)


def test_settling_in_time_accepts_the_order(mug: Variant) -> None:
    placed = place({mug: 2}, payment_method="bank_transfer")
    payment = payments.receive(placed.payment.pk)
    again = payments.receive(placed.payment.pk)
    order = Order.objects.get()
    assert (order.status, order.payment_status) == ("processing", "paid")
    assert payment.received_minor == again.received_minor == order.total_minor
    assert [kind for kind, _, _ in told(order)] == ["status", "payment", "status"]
    assert payments.release_expired(now=timezone.now() + timedelta(days=365)) == 0
    assert stock_of(mug) == (5, 2)


def test_notes_are_for_the_shop_unless_they_are_public(mug: Variant) -> None:
    order = place({mug: 1}, customer=make_customer()).order
    services.add_note(order.pk, message="A difficult one")
    services.add_note(order.pk, message="On its way tomorrow", is_public=True)
    assert list(HistoryEntry.objects.values_list("message", "is_public")) == [
        ("Order placed.", True),
        ("A difficult one", False),
        ("On its way tomorrow", True),
    ]


def test_a_payment_status_is_written_down_once(mug: Variant) -> None:
    order = place({mug: 1}).order
    services.set_payment_status(order.pk, PaymentStatus.PAID)
    services.set_payment_status(order.pk, PaymentStatus.PAID)
    assert [kind for kind, _, _ in told(order)] == ["status", "payment"]


def test_the_confirmation_is_sent_once_however_often_it_is_drained(mug: Variant) -> None:
    order = place({mug: 1}).order
    relay.drain()
    services.ship(order.pk)
    relay.drain()
    assert [message.subject for message in mail.outbox].count(
        f"Your order {order.number} at {settings.SHOP_NAME}"
    ) == 1


def test_statuses_of_a_fresh_order(mug: Variant) -> None:
    order = place({mug: 1}).order
    assert order.fulfilment_status == FulfilmentStatus.UNFULFILLED
    assert order.allowed == [SHIPPED, CANCELLED, REFUNDED]
    assert services.by_hand(order) == [SHIPPED, CANCELLED]


def test_the_steps_of_a_return_are_announced_and_written_down(mug: Variant) -> None:
    order = place({mug: 1}).order
    services.send_return_steps(order.pk)
    told_of = OutboxEvent.objects.filter(name="orders.return_steps_wanted")
    assert list(told_of.values_list("key", "payload")) == [
        (
            f"order:{order.pk}",
            {"order_id": str(order.pk), "number": order.number, "status": "processing"},
        )
    ]
    assert told(order)[-1] == ("note", "", "")
