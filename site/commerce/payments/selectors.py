"""Reads of payments. A queryset starts from whoever asks."""

from uuid import UUID

from django.db.models import Q, QuerySet

from commerce.orders.models import Order
from commerce.payments import refunding
from commerce.payments.models import Payment, Refund
from core.errors import NotFound


def whole() -> QuerySet[Payment]:
    """Payments with all that an answer shows."""
    return Payment.objects.select_related("order")


def of_customer(customer_id: UUID) -> QuerySet[Payment]:
    """The payments of a customer's own orders."""
    return whole().filter(order__customer_id=customer_id)


def visible(
    payment_id: UUID, *, customer_id: UUID | None, is_staff: bool, token: str = ""
) -> Payment:
    """The payment, if its order is the caller's, a guest's with the token, or staff ask.

    Raises NotFound otherwise.
    """
    mine = Q(pk=None)
    if customer_id is not None:
        mine |= Q(order__customer_id=customer_id)
    if token.isprintable() and token:
        mine |= Q(order__token=token)
    if is_staff:
        mine = Q()
    payment = whole().filter(pk=payment_id).filter(mine).first()
    if payment is None:
        raise NotFound("There is no such payment.")
    return payment


def by_reference(reference: str) -> Payment:
    """The payment that a provider calls by this name, the latest. Raises NotFound."""
    found = None
    if reference and reference.isprintable() and len(reference) <= 255:
        found = whole().filter(reference=reference).first()
    if found is None:
        raise NotFound("There is no such payment.")
    return found


def refunds() -> QuerySet[Refund]:
    """Refunds with all that an answer shows."""
    return Refund.objects.select_related("payment__order").prefetch_related("lines")


def units_left(order: Order) -> dict[UUID, int]:
    """How many units of each line a refund may still name; lines without any are left out."""
    back = refunding.units_refunded(order)
    left = {line.pk: line.quantity - back[line.pk] for line in order.lines.all()}
    return {pk: units for pk, units in left.items() if units > 0}
