"""What is owed: opened with the order, settled once."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commerce.orders import services as orders
from commerce.orders.models import Order, OrderStatus, PaymentStatus
from commerce.payments.errors import MethodNotOffered
from commerce.payments.events import PAYMENT_SETTLED, announce
from commerce.payments.models import Payment, PaymentState
from commerce.payments.providers.offline import BankTransfer, CashOnDelivery, Started
from core.events import Event

Provider = CashOnDelivery | BankTransfer
PROVIDERS: dict[str, Provider] = {p.id: p for p in (CashOnDelivery(), BankTransfer())}


def offered() -> list[Provider]:
    """The payment methods of this shop, in the order of its settings."""
    return [PROVIDERS[name] for name in settings.PAYMENT_METHODS if name in PROVIDERS]


def provider(method: str) -> Provider:
    """The provider of a method. Raises MethodNotOffered."""
    for each in offered():
        if each.id == method:
            return each
    raise MethodNotOffered


@transaction.atomic(savepoint=False)
def open_payment(order: Order) -> tuple[Payment, Started]:
    """Write down what is owed for a new order and begin with it."""
    chosen = provider(order.payment_method)
    payment = Payment(
        order=order,
        provider=chosen.id,
        amount_minor=order.total_minor,
        currency=order.currency,
    )
    started = chosen.start(payment)
    payment.state, payment.reference = started.state, started.reference
    payment.save(force_insert=True)
    return payment, started


def opened_for(order: Order) -> tuple[Payment, Started]:
    """The first payment of an order, with what its shopper was told."""
    payment = Payment.objects.select_related("order").filter(order=order).earliest("created_at")
    return payment, PROVIDERS[payment.provider].start(payment)


@transaction.atomic
def settle(payment_id: UUID, *, received_minor: int | None = None) -> Payment:
    """End a payment with the money that came, the whole amount by default.

    Re-reads under a lock and returns quietly if it has ended already.
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state not in {PaymentState.OPEN, PaymentState.ACCEPTED}:
        return payment
    payment.received_minor = payment.amount_minor if received_minor is None else received_minor
    payment.state = PaymentState.PAID
    payment.settled_at = timezone.now()
    payment.save(update_fields=["received_minor", "state", "settled_at"])
    order = orders.set_payment_status(payment.order_id, PaymentStatus.PAID)
    if order.status == OrderStatus.PENDING:
        orders.accept(order.pk, message="Payment received.")
    announce(
        PAYMENT_SETTLED,
        payment_id=payment.pk,
        order_id=order.pk,
        amount_minor=payment.received_minor,
        currency=payment.currency,
    )
    return payment


def follow_order(event: Event) -> None:
    """Cash is in hand when an order is completed; nothing is owed when it is cancelled."""
    order_id, status = event.payload["order_id"], event.payload["status"]
    due = Payment.objects.filter(
        order_id=order_id, state__in=[PaymentState.OPEN, PaymentState.ACCEPTED]
    )
    if status == OrderStatus.COMPLETED:
        for payment in due.filter(provider=CashOnDelivery.id):
            settle(payment.pk)
    elif status == OrderStatus.CANCELLED:
        with transaction.atomic():
            if due.update(state=PaymentState.CANCELLED, settled_at=timezone.now()):
                orders.set_payment_status(UUID(order_id), PaymentStatus.VOIDED)
