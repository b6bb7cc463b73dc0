"""Reads of orders. A queryset starts from whoever asks."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from commerce.orders.models import HistoryEntry, Order, OrderLine, OrderStatus, Shipment
from core.errors import NotFound

# What the history of an order says that ran out.
NOT_PAID_IN_TIME = "Not paid in time."


def whole() -> QuerySet[Order]:
    """Orders with all that an answer shows, in a constant number of queries."""
    return Order.objects.prefetch_related("lines", "shipments__lines", "history")


def of_customer(customer_id: UUID) -> QuerySet[Order]:
    """The customer's own orders."""
    return whole().filter(customer_id=customer_id)


def named(id_or_number: str) -> Q:
    """A filter for an order's id or number."""
    try:
        return Q(pk=UUID(id_or_number))
    except ValueError:
        # Nothing else can be a number, and PostgreSQL refuses a null byte.
        return Q(number=id_or_number.upper()[:16]) if id_or_number.isalnum() else Q(pk=None)


def of_guest(number: str, token: str) -> Q:
    """A filter for the order that a guest names by its number and token."""
    if not (number.isalnum() and token.isascii() and token.isprintable() and token):
        return Q(pk=None)
    return Q(number=number.upper()[:16], token=token[:64])


def of_token(token: str) -> Order | None:
    """The order that a guest's token opens."""
    if not (token.isascii() and token.isprintable() and 0 < len(token) <= 64):
        return None
    return Order.objects.filter(token=token).first()


def visible(
    id_or_number: str, *, customer_id: UUID | None, is_staff: bool, token: str = ""
) -> Order:
    """The order, if it is the caller's: its customer, its guest with the token, or staff.

    Raises NotFound otherwise: the same answer for not there and not yours.
    """
    mine = Q(pk=None)
    if customer_id is not None:
        mine |= Q(customer_id=customer_id)
    if token.isprintable() and token:
        mine |= Q(token=token)
    if is_staff:
        mine = Q()
    order = whole().filter(named(id_or_number)).filter(mine).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def was_released(order: Order) -> bool:
    """Whether a cancelled order was cancelled by its time limit, and by nobody."""
    last = HistoryEntry.objects.filter(order=order, to_status=OrderStatus.CANCELLED).last()
    return bool(last and last.actor_id is None and last.message == NOT_PAID_IN_TIME)


def has_bought(*, customer_id: UUID | None, email: str) -> bool:
    """Whether somebody has an order that was shipped or completed."""
    theirs = Q(pk=None)
    if customer_id is not None:
        theirs |= Q(customer_id=customer_id)
    if email:
        theirs |= Q(email__iexact=email)
    arrived = [OrderStatus.SHIPPED, OrderStatus.COMPLETED]
    return Order.objects.filter(theirs, status__in=arrived).exists()


def received_lines(customer_id: UUID) -> QuerySet[OrderLine]:
    """The lines that a customer has received.

    Those of completed orders; and since nobody has to complete an order, those of shipped ones
    whose last parcel left REVIEW_AFTER_SHIPPING_DAYS ago.
    """
    since = timezone.now() - timedelta(days=settings.REVIEW_AFTER_SHIPPING_DAYS)
    on_the_way = Shipment.objects.filter(order=OuterRef("order"), shipped_at__gt=since)
    delivered = Q(
        order__status=OrderStatus.SHIPPED, shipped_quantity=F("quantity") - F("dropped_quantity")
    )
    return OrderLine.objects.filter(
        Q(order__status=OrderStatus.COMPLETED) | (delivered & ~Exists(on_the_way)),
        order__customer_id=customer_id,
    )
