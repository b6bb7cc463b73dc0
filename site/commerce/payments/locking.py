"""The one order in which rows are locked: the order, its payments by id, then its stock.

A new payment is written with its order locked, so whoever has the order's lock sees them all.
"""

from uuid import UUID

from django.utils import timezone

from commerce.orders import services as orders
from commerce.payments.events import announce_trouble
from commerce.payments.models import Payment


def locked(payment_id: UUID) -> tuple[Payment, list[Payment]]:
    """A payment and the other payments of its order, locked until the transaction ends."""
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    rows = locked_of(order_id)
    mine = next(row for row in rows if row.pk == payment_id)
    return mine, [row for row in rows if row.pk != payment_id]


def locked_of(order_id: UUID) -> list[Payment]:
    """The payments of an order, locked with it until the transaction ends, oldest first."""
    orders.locked(order_id)
    return list(Payment.objects.select_for_update().filter(order_id=order_id).order_by("pk"))


def tell_staff(payment: Payment, kind: str, message: str) -> None:
    """Note trouble on the payment and its order, and announce it, in the caller's transaction."""
    payment.problem, payment.looked_at = message, None
    payment.save(update_fields=["problem", "looked_at"])
    orders.add_note(payment.order_id, message=message)
    announce_trouble(payment_id=payment.pk, order_id=payment.order_id, kind=kind, message=message)


def check_soon(payment: Payment) -> None:
    """Have the poller look at its next round."""
    payment.checks, payment.next_check_at = 0, timezone.now()
    payment.save(update_fields=["checks", "next_check_at"])
