"""Every change of an order. Each locks it, asks the state machine, and writes one history row."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from commerce.inventory import selectors as stock
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock, Shortage
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
    left = {pk: line.left_to_ship for pk, line in lines.items()}
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


@transaction.atomic
def release(order_id: UUID, *, now: datetime) -> bool:
    """Cancel an unpaid order whose time ran out; whether it was cancelled.

    An order that was paid meanwhile is left alone: its reservation has no time limit any more.
    Called by payments, once no provider can take money for it.
    """
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        inventory.release(order_id=order_id, reason="no order")
        return False
    until = stock.held_until(order_id)
    if order.status != OrderStatus.PENDING or until is None or until >= now:
        return False
    cancel(order_id, message=selectors.NOT_PAID_IN_TIME)
    return True


@transaction.atomic
def revive(order_id: UUID, *, message: str) -> Order:
    """Bring back an order that ran out, because it was paid after all.

    Its stock is reserved again, or nothing changes. Raises InvalidTransition for one that
    somebody has cancelled, OutOfStock when others have bought what it was for. The codes that
    it was ordered with are not counted again.
    """
    order = _lock(order_id)
    if order.status != OrderStatus.CANCELLED or not selectors.was_released(order):
        _refuse(order, OrderStatus.PROCESSING)
    wanted: Counter[int] = Counter()
    for line in order.lines.all():
        if line.variant_id is None:
            raise OutOfStock([Shortage(0, line.quantity, sku=line.sku, name=line.name)])
        wanted[line.variant_id] += line.quantity
    inventory.reserve(order_id=order.pk, wanted=wanted, expires_at=None)
    order.status = OrderStatus.PROCESSING
    order.save(update_fields=["status"])
    _remember(
        order,
        from_status=OrderStatus.CANCELLED,
        to_status=OrderStatus.PROCESSING,
        message=message,
    )
    announce(ORDER_STATUS_CHANGED, order, before=OrderStatus.CANCELLED)
    invoices.issue(order)
    return order


@transaction.atomic
def set_refunded(order_id: UUID, *, refunded_minor: int, status: PaymentStatus) -> Order:
    """Write how much of an order has gone back; called by payments.

    Once all of it is back the order is refunded: what it still holds is for sale again.
    """
    order = set_payment_status(order_id, status)
    if order.refunded_minor != refunded_minor:
        order.refunded_minor = refunded_minor
        order.save(update_fields=["refunded_minor"])
    if status == PaymentStatus.REFUNDED and OrderStatus.REFUNDED in order.allowed:
        order = _move(order_id, OrderStatus.REFUNDED, message="All of the money went back.")
        inventory.release(order_id=order_id, reason="refunded")
    return order


@transaction.atomic
def take_back(order_id: UUID, *, units: Mapping[UUID, int], restock: bool, reason: str) -> None:
    """Follow a refund of `{order line: quantity}`: what has not left is not shipped any more.

    Of a line those units count first; their stock is for sale again. Units that had been
    shipped go back on the shelf with `restock`. Once nothing is left to ship, the order is
    shipped (unless nothing ever was).
    """
    order = _lock(order_id)
    lines = {line.pk: line for line in order.lines.select_for_update()}
    dropped: Counter[int] = Counter()
    returned: Counter[int] = Counter()
    for pk, quantity in units.items():
        line = lines[pk]
        waiting = min(quantity, line.left_to_ship)
        if waiting:
            line.dropped_quantity += waiting
            line.save(update_fields=["dropped_quantity"])
        if line.variant_id is not None:
            dropped[line.variant_id] += waiting
            returned[line.variant_id] += quantity - waiting
    inventory.release_part(order_id=order_id, quantities=+dropped, reason=reason)
    if restock:
        inventory.restock(order_id=order_id, quantities=+returned, reason=reason)
    shipped_all = all(line.left_to_ship == 0 for line in lines.values())
    if shipped_all and order.fulfilment_status == FulfilmentStatus.PARTIAL:
        Order.objects.filter(pk=order_id).update(fulfilment_status=FulfilmentStatus.FULFILLED)
        _move(order_id, OrderStatus.SHIPPED, message="Nothing is left to ship.")


@transaction.atomic
def set_payment_method(order_id: UUID, method: str) -> Order:
    """Write how an order is going to be paid; called by payments."""
    order = _lock(order_id)
    if order.payment_method != method:
        order.payment_method = method
        order.save(update_fields=["payment_method"])
    return order


def locked(order_id: UUID) -> Order:
    """The order, locked until the caller's transaction ends; for payments."""
    return _lock(order_id)


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
