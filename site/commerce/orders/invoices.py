"""Invoices: written in the transaction that accepts an order, and never changed after it."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commerce.orders.models import Invoice, Order, OrderStatus
from core.errors import NotFound
from core.money import Money, MoneyShape
from core.rendering import utc_text

NEVER_ACCEPTED = frozenset({OrderStatus.PENDING, OrderStatus.CANCELLED})


@transaction.atomic(savepoint=False)
def issue(order: Order) -> Invoice:
    """The invoice of an order that has just been accepted; the same one again for a second call.

    It takes the order's number. An order that is called off later keeps its invoice.
    """
    now = timezone.now()
    invoice, _ = Invoice.objects.get_or_create(
        order=order,
        defaults={
            "number": order.number,
            "issued_at": now,
            "document": _document(order) | {"issued_at": utc_text(now)},
        },
    )
    return invoice


def invoice_of(order: Order) -> Invoice:
    """The invoice of an order. Raises NotFound for one that was never accepted.

    An order from before there were invoices gets its own now.
    """
    invoice = Invoice.objects.filter(order=order).first()
    if invoice is None and order.status not in NEVER_ACCEPTED:
        invoice = issue(order)
    if invoice is None:
        raise NotFound("This order has no invoice yet.")
    return invoice


def _document(order: Order) -> dict[str, Any]:
    """A copy of all that an invoice states; amounts as the API writes them."""

    def money(minor: int) -> MoneyShape:
        return Money(minor, order.currency).json()

    return {
        "number": order.number,
        "order_number": order.number,
        "ordered_at": utc_text(order.placed_at),
        "seller": {"name": settings.SHOP_NAME, "url": settings.STOREFRONT_URL},
        "billing_address": dict(order.billing_address),
        "delivered_to": {
            "country": order.shipping_address.get("country", ""),
            "region": order.shipping_address.get("region", ""),
        },
        "currency": order.currency,
        "payment_method": order.payment_method,
        "items": [
            {
                "sku": line.sku,
                "name": line.name,
                "options": dict(line.options),
                "quantity": line.quantity,
                "unit_price": money(line.unit_minor),
                "discount": money(line.discount_minor),
                "tax": money(line.tax_minor),
                "line_total": money(line.total_minor),
            }
            for line in order.lines.all()
        ],
        "discounts": [
            {"name": row["name"], "amount": money(row["amount_minor"])} for row in order.discounts
        ],
        "subtotal": money(order.subtotal_minor),
        "shipping": money(order.shipping_minor),
        "tax": money(order.tax_minor),
        "tax_included": order.tax_included,
        "total": money(order.total_minor),
    }
