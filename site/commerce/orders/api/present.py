"""Orders as JSON."""

from typing import cast

from commerce.carts.api.present import present_thumbnail
from commerce.customers.api.addresses import AddressShape
from commerce.orders.api.shapes import (
    HistoryShape,
    InvoiceShape,
    OrderItemShape,
    OrderShape,
    OrderShippingShape,
    ShipmentShape,
)
from commerce.orders.models import HistoryEntry, Invoice, Order, OrderLine, Shipment
from core.money import Money, MoneyShape
from core.rendering import utc_text


def present_order(order: Order, *, for_staff: bool = False, with_token: bool = False) -> OrderShape:
    """The whole order; notes that are not public are for staff."""

    def money(minor: int) -> MoneyShape:
        return Money(minor, order.currency).json()

    answer: OrderShape = {
        "id": str(order.pk),
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfilment_status": order.fulfilment_status,
        "payment_method": order.payment_method,
        "email": order.email,
        "currency": order.currency,
        "items": [_item(line, order.currency) for line in order.lines.all()],
        "shipping_address": cast(AddressShape, order.shipping_address),
        "billing_address": cast(AddressShape, order.billing_address),
        "shipping_method": cast(OrderShippingShape | None, order.shipping_method),
        "discounts": [
            {
                "name": row["name"],
                "code": row["code"] or None,
                "amount": money(row["amount_minor"]),
            }
            for row in order.discounts
        ],
        "subtotal": money(order.subtotal_minor),
        "shipping": money(order.shipping_minor),
        "tax": money(order.tax_minor),
        "tax_included": order.tax_included,
        "total": money(order.total_minor),
        "refunded": money(order.refunded_minor),
        "shipments": [_shipment(shipment) for shipment in order.shipments.all()],
        "history": [_entry(entry) for entry in order.history.all() if entry.is_public or for_staff],
        "note": order.note,
        "placed_at": utc_text(order.placed_at),
    }
    if with_token:
        answer["token"] = order.token
    return answer


def present_invoice(invoice: Invoice) -> InvoiceShape:
    """The invoice as it was written."""
    return cast(InvoiceShape, invoice.document)


def _item(line: OrderLine, currency: str) -> OrderItemShape:
    return {
        "id": str(line.pk),
        "product_id": line.product_id,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "name": line.name,
        "options": line.options,
        "image": present_thumbnail(line.image),
        "quantity": line.quantity,
        "shipped_quantity": line.shipped_quantity,
        "unit_price": Money(line.unit_minor, currency).json(),
        "discount": Money(line.discount_minor, currency).json(),
        "tax": Money(line.tax_minor, currency).json(),
        "line_total": Money(line.total_minor, currency).json(),
    }


def _shipment(shipment: Shipment) -> ShipmentShape:
    return {
        "id": str(shipment.pk),
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "shipped_at": utc_text(shipment.shipped_at),
        "items": [
            {"item_id": str(line.order_line_id), "quantity": line.quantity}
            for line in shipment.lines.all()
        ],
    }


def _entry(entry: HistoryEntry) -> HistoryShape:
    return {
        "kind": entry.kind,
        "from_status": entry.from_status,
        "to_status": entry.to_status,
        "message": entry.message,
        "at": utc_text(entry.at),
    }
