"""Every change of an order. Each locks it, asks the state machine, and writes one history row."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from commerce.inventory import services as inventory
from commerce.orders import invoices, selectors
from commerce.orders.errors import InvalidTransition, NothingToShip
from commerce.orders.events import (
    ORDER_SHIPPED,
    ORDER_STATUS_CHANGED,
    RETURN_STEPS_WANTED,
    announce,
)
from commerce.orders.models import (
    FulfilmentStatus,
    HistoryEntry,
    Order,
    OrderStatus,
    PaymentStatus,
    Shipment,
    ShipmentLine,
)
from commerce.pricing import services as pricing
from core.errors import NotFound


@transaction.atomic
def accept(order_id: UUID, *, message: str = "", actor_id: UUID | None = None) -> Order:
    """A pending order is paid, or will be on delivery: it is processed and keeps its stock."""
    order = _move(order_id, OrderStatus.PROCESSING, message=message, actor_id=actor_id)
    inventory.confirm(order_id=order.pk)
    invoices.issue(order)
    return order


@transaction.atomic
def cancel(order_id: UUID, *, message: str = "", actor_id: UUID | None = None) -> Order:
    """End an order that has not been shipped; its stock and its codes go back."""
    order = _lock(order_id)
    if order.fulfilment_status != FulfilmentStatus.UNFULFILLED:
        _refuse(order, OrderStatus.CANCELLED)
    order = _move(order_id, OrderStatus.CANCELLED, message=message, actor_id=actor_id)
    inventory.release(order_id=order.pk, reason=message or "cancelled")
    pricing.give_back_codes(order_id=order.pk)
    return order


@transaction.atomic
def ship(
    order_id: UUID,
    *,
    carrier: str = "",
    tracking_number: str = "",
    quantities: Mapping[UUID, int] | None = None,
    actor_id: UUID | None = None,
) -> Order:
    """Send a parcel with `{order line: quantity}`, by default with all that is left.

    The order is shipped once its last unit is on its way. Raises InvalidTransition,
    NothingToShip, OutOfStock (a backorder whose goods have not arrived).
    """
    order = _lock(order_id)
    if order.status != OrderStatus.PROCESSING:
        _refuse(order, OrderStatus.SHIPPED)
    lines = {line.pk: line for line in order.lines.select_for_update()}
    left = {pk: line.quantity - line.shipped_quantity for pk, line in lines.items()}
    wanted = dict(quantities) if quantities else {pk: n for pk, n in left.items() if n}
    if not wanted or any(n < 1 or n > left.get(pk, 0) for pk, n in wanted.items()):
        raise NothingToShip("Name lines of this order, and not more than is left to ship.")
    shipment = Shipment.objects.create(
        order=order, carrier=carrier, tracking_number=tracking_number
    )
    taken: Counter[int] = Counter()
    for pk, quantity in wanted.items():
        line = lines[pk]
        line.shipped_quantity += quantity
        line.save(update_fields=["shipped_quantity"])
        ShipmentLine.objects.create(shipment=shipment, order_line=line, quantity=quantity)
        if line.variant_id is not None:
            taken[line.variant_id] += quantity
    inventory.commit(order_id=order.pk, quantities=taken)
    parcel = " ".join(filter(None, [carrier, tracking_number]))
    if sum(left.values()) == sum(wanted.values()):
        Order.objects.filter(pk=order.pk).update(fulfilment_status=FulfilmentStatus.FULFILLED)
        order = _move(order_id, OrderStatus.SHIPPED, message=parcel, actor_id=actor_id)
    else:
        order.fulfilment_status = FulfilmentStatus.PARTIAL
        order.save(update_fields=["fulfilment_status"])
        _remember(order, kind="shipment", message=parcel, actor_id=actor_id)
    announce(ORDER_SHIPPED, order, shipment_id=str(shipment.pk))
    return order


@transaction.atomic
def complete(order_id: UUID, *, message: str = "", actor_id: UUID | None = None) -> Order:
    """The shopper has it; what was due on delivery is paid."""
    return _move(order_id, OrderStatus.COMPLETED, message=message, actor_id=actor_id)


@transaction.atomic
def set_payment_status(order_id: UUID, status: PaymentStatus) -> Order:
    """Write how much of an order is paid; called by payments."""
    order = _lock(order_id)
    if order.payment_status != status:
        order.payment_status = status
        order.save(update_fields=["payment_status"])
        _remember(order, kind="payment", message=PaymentStatus(status).label)
    return order


@transaction.atomic
def add_note(
    order_id: UUID, *, message: str, is_public: bool = False, actor_id: UUID | None = None
) -> HistoryEntry:
    """Write something down; the shopper reads it only if it is public."""
    order = _lock(order_id)
    return _remember(order, kind="note", message=message, is_public=is_public, actor_id=actor_id)


@transaction.atomic
def send_return_steps(order_id: UUID, *, actor_id: UUID | None = None) -> HistoryEntry:
    """Have the shopper told how to send something back; it stands in the order's history."""
    order = _lock(order_id)
    announce(RETURN_STEPS_WANTED, order)
    return _remember(
        order, kind="note", message="Sent the steps of a return by mail.", actor_id=actor_id
    )


@transaction.atomic
def claim(customer_id: UUID, *, number: str, token: str) -> Order:
    """A guest's order becomes the customer's who has its number and token. Safe to repeat.

    Raises NotFound for any other, also where it is another customer's.
    """
    order = Order.objects.select_for_update().filter(selectors.of_guest(number, token)).first()
    if order is None or order.customer_id not in {None, customer_id}:
        raise NotFound("There is no such order.")
    if order.customer_id is None:
        _give(order, customer_id)
    return order


@transaction.atomic
def claim_by_email(customer_id: UUID, email: str) -> int:
    """All guests' orders of an address that the customer has CONFIRMED become theirs; how many."""
    if not email:
        return 0
    rows = Order.objects.select_for_update().filter(customer=None, email__iexact=email)
    orders = list(rows.order_by("pk"))
    for order in orders:
        _give(order, customer_id)
    return len(orders)


def _give(order: Order, customer_id: UUID) -> None:
    order.customer_id = customer_id
    order.save(update_fields=["customer"])
    _remember(order, kind="note", message="Added to the customer's account.", is_public=False)


@transaction.atomic
def update_status(
    order_id: UUID, *, status: OrderStatus, message: str = "", actor_id: UUID | None = None
) -> Order:
    """Bring an order to a status with all that belongs to it. Raises InvalidTransition.

    `refunded` is never set by hand: it follows from the money that went back.
    """
    common: dict[str, Any] = {"message": message, "actor_id": actor_id}
    if status == OrderStatus.PROCESSING:
        return accept(order_id, **common)
    if status == OrderStatus.CANCELLED:
        return cancel(order_id, **common)
    if status == OrderStatus.SHIPPED:
        return ship(order_id, actor_id=actor_id)
    if status == OrderStatus.COMPLETED:
        return complete(order_id, **common)
    return _refuse(_lock(order_id), status)


def release_expired(*, now: datetime) -> int:
    """Cancel the unpaid orders whose time ran out; how many.

    An order that was paid meanwhile is left alone: its reservation has no time limit any more.
    """
    count = 0
    for order_id in inventory.expired_orders(now=now):
        with transaction.atomic():
            order = Order.objects.select_for_update().filter(pk=order_id).first()
            if order is None:
                inventory.release(order_id=order_id, reason="no order")
            elif order.status == OrderStatus.PENDING:
                cancel(order_id, message="Not paid in time.")
                count += 1
    return count


def by_hand(order: Order) -> list[OrderStatus]:
    """The transitions that staff may make now."""
    allowed: list[OrderStatus] = [s for s in order.allowed if s != OrderStatus.REFUNDED]
    if order.fulfilment_status != FulfilmentStatus.UNFULFILLED:
        allowed = [s for s in allowed if s != OrderStatus.CANCELLED]
    return allowed


def _lock(order_id: UUID) -> Order:
    return Order.objects.select_for_update().get(pk=order_id)


def _refuse(order: Order, wanted: OrderStatus) -> Order:
    raise InvalidTransition(
        present=order.status, wanted=wanted, allowed=[str(status) for status in by_hand(order)]
    )


def _move(
    order_id: UUID, to: OrderStatus, *, message: str = "", actor_id: UUID | None = None
) -> Order:
    order = _lock(order_id)
    if to not in order.allowed:
        _refuse(order, to)
    before, order.status = order.status, to
    order.save(update_fields=["status"])
    _remember(order, from_status=before, to_status=to, message=message, actor_id=actor_id)
    announce(ORDER_STATUS_CHANGED, order, before=before)
    return order


def _remember(order: Order, *, kind: str = "status", **fields: Any) -> HistoryEntry:
    return HistoryEntry.objects.create(order=order, kind=kind, **fields)
