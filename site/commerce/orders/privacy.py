"""What orders know of people. The books stay: numbers, lines, amounts, tax, country, invoices."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.customers import privacy
from commerce.customers.api.addresses import AddressShape
from commerce.customers.models import User
from commerce.inventory import services as inventory
from commerce.orders import invoices, selectors
from commerce.orders.api.present import present_order
from commerce.orders.errors import OrdersOpen
from commerce.orders.models import HistoryEntry, Invoice, Order, OrderStatus, Shipment
from core.ids import secret_token

OPEN = (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED)
# Their messages are labels of this code's own; every other message may hold what people wrote.
KINDS_WITHOUT_TEXT = ("payment",)
BATCH = 200


def register() -> None:
    """Take part in exports, erasures and retention."""
    privacy.register("orders", export=export, erase=erase, erase_guest=erase_guest)
    privacy.register_retention("guest orders", "RETENTION_GUEST_ORDER_YEARS", forget_old_guests)
    privacy.register_retention("invoices", "RETENTION_INVOICE_YEARS", delete_old_invoices)


def of_person(user: User) -> QuerySet[Order]:
    """The orders of an account, and those that its own address has placed as a guest."""
    mine = Q(customer_id=user.pk)
    for address in privacy.addresses_of(user):
        mine |= Q(customer=None, email__iexact=address)
    return selectors.whole().filter(mine).order_by("placed_at", "id")


def export(user: User) -> list[dict[str, Any]]:
    """Every order whole, with all of its history and its invoice."""
    found = []
    for order in of_person(user).select_related("invoice"):
        invoice = getattr(order, "invoice", None)
        shown = dict(present_order(order, for_staff=True))
        found.append(shown | {"invoice": invoice.document if invoice else None})
    return found


def erase(user: User) -> None:
    """Blank who it was in the account's orders. Raises OrdersOpen while one has not ended."""
    _forget(Order.objects.filter(customer_id=user.pk))


def erase_guest(address: str) -> None:
    """The same for what was ordered with a mail address and without an account."""
    _forget(Order.objects.filter(customer=None, email__iexact=address))


def forget_old_guests(before: datetime, dry_run: bool) -> int:
    """Blank who it was in a batch of guests' ended orders placed before `before`; how many."""
    old = Order.objects.filter(customer=None, placed_at__lt=before).exclude(email="")
    old = old.exclude(status__in=OPEN)
    if dry_run:
        return old.count()
    batch = list(old.order_by("placed_at").values_list("pk", flat=True)[:BATCH])
    anonymise(batch)
    return len(batch)


def delete_old_invoices(before: datetime, dry_run: bool) -> int:
    """Delete a batch of invoices issued before `before`; how many."""
    old = Invoice.objects.filter(issued_at__lt=before)
    if dry_run:
        return old.count()
    batch = list(old.order_by("issued_at").values_list("pk", flat=True)[:BATCH])
    Invoice.objects.filter(pk__in=batch).delete()
    return len(batch)


@transaction.atomic
def anonymise(order_ids: Collection[UUID]) -> None:
    """Blank in orders whatever may name their shopper; an order without invoice gets it first.

    What stays of an address is its country, by which the tax was reckoned.
    """
    orders = list(Order.objects.select_for_update().filter(pk__in=order_ids).order_by("pk"))
    for order in orders:
        if order.status not in invoices.NEVER_ACCEPTED:
            invoices.issue(order)
        order.email = order.note = order.idempotency_key = ""
        order.token = secret_token()  # the link in the mails leads nowhere now
        order.shipping_address = _country_of(order.shipping_address)
        order.billing_address = _country_of(order.billing_address)
    Order.objects.bulk_update(
        orders,
        ["email", "note", "idempotency_key", "token", "shipping_address", "billing_address"],
        batch_size=100,
    )
    entries = HistoryEntry.objects.filter(order_id__in=order_ids).exclude(message="")
    entries.exclude(kind__in=KINDS_WITHOUT_TEXT).update(message="")
    Shipment.objects.filter(order_id__in=order_ids).update(carrier="", tracking_number="")
    inventory.forget_reasons(order_ids)


def _forget(orders: QuerySet[Order]) -> None:
    unfinished = orders.filter(status__in=OPEN).order_by("placed_at")
    if numbers := list(unfinished.values_list("number", flat=True)[:20]):
        raise OrdersOpen(numbers)
    for batch in _batches(orders):
        anonymise(batch)


def _batches(orders: QuerySet[Order]) -> Iterator[list[UUID]]:
    ids = list(orders.values_list("pk", flat=True))
    for begin in range(0, len(ids), BATCH):
        yield ids[begin : begin + BATCH]


def _country_of(address: dict[str, str]) -> dict[str, str]:
    empty = dict.fromkeys(AddressShape.__annotations__, "")
    return empty | {"country": address.get("country", "")}
