"""What payments do when something happens elsewhere. Each is safe to repeat."""

from uuid import UUID

from django.db import transaction

from commerce.orders import services as orders
from commerce.orders.models import OrderStatus, PaymentStatus
from commerce.payments import inbox, outcomes, refunding, sessions, staff
from commerce.payments.errors import WrongPaymentState
from commerce.payments.locking import check_soon, locked_of
from commerce.payments.models import CaptureMode, Payment, PaymentState
from commerce.payments.providers.offline import CashOnDelivery
from core.events import Event


def follow_order(event: Event) -> None:
    """Cash is in hand when an order is completed; a cancelled order owes and keeps nothing."""
    order_id, status = UUID(event.payload["order_id"]), event.payload["status"]
    if status == OrderStatus.COMPLETED:
        for payment in Payment.objects.filter(
            order_id=order_id, provider=CashOnDelivery.id, state=PaymentState.ACCEPTED
        ):
            staff.receive(payment.pk)
    elif status == OrderStatus.CANCELLED:
        _let_go(order_id)
        for payment in Payment.objects.filter(order_id=order_id, session_open=True):
            sessions.close(payment.pk)
        for payment in Payment.objects.filter(order_id=order_id, state=PaymentState.AUTHORIZED):
            staff.void(payment.pk)


@transaction.atomic
def _let_go(order_id: UUID) -> None:
    payments = locked_of(order_id)
    order = orders.locked(order_id)
    if order.status != OrderStatus.CANCELLED:
        return  # brought back by late money since
    for payment in payments:
        if payment.state in {PaymentState.OPEN, PaymentState.PROCESSING, PaymentState.ACCEPTED}:
            outcomes.cancel(payment)
            check_soon(payment)
        elif payment.state == PaymentState.PAID:
            outcomes.give_back(payment, "late_refunded", "The order was cancelled.")
    has_money = any(each.state in outcomes.HAS_MONEY for each in payments)
    if not has_money and order.payment_status == PaymentStatus.UNPAID:
        orders.set_payment_status(order_id, PaymentStatus.VOIDED)


def take_money_for_parcel(event: Event) -> None:
    """With the first parcel of an order its authorised money is taken.

    Should this delivery die for good, the poller takes it.
    """
    for payment in Payment.objects.filter(
        order_id=UUID(event.payload["order_id"]),
        state=PaymentState.AUTHORIZED,
        capture_mode=CaptureMode.MANUAL,
    ):
        check_soon(payment)
        staff.capture_for_parcel(payment.pk)


def send_refund(event: Event) -> None:
    """A refund was written down."""
    refunding.send(UUID(event.payload["refund_id"]))


def let_authorised_go(event: Event) -> None:
    """Money was authorised that nobody wants."""
    try:
        staff.void(UUID(event.payload["payment_id"]))
    except WrongPaymentState:
        return  # it was captured meanwhile


def handle_inbound(event: Event) -> None:
    """A provider's event was stored."""
    inbox.handle(UUID(event.payload["inbound_id"]))
