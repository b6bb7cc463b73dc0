"""The page of one order: what was bought, where it goes, what happened, what can be done."""

from typing import Any

from django.shortcuts import get_object_or_404
from django_countries import countries

from commerce.orders.invoices import NEVER_ACCEPTED
from commerce.orders.models import HistoryEntry, Order, OrderLine, OrderStatus
from content.admin import amounts
from content.admin.columns import TONES
from content.admin.orders.forms import ACTIONS
from content.admin.orders.listing import customer_name, payment_method_name
from content.admin.records import ActionPage


class OrderPage(ActionPage):
    """Shows an order; a POST does one of its ACTIONS, named by `action`."""

    model = Order
    object: Order
    template_name = "shop_admin/order/page.html"
    page_title = "Order"
    list_label = "Orders"
    actions = ACTIONS
    record_name = "order"

    def get_object(self, queryset: Any = None) -> Order:
        """The order with all that the page shows, in a constant number of queries."""
        orders = Order.objects.select_related("customer", "invoice").prefetch_related(
            "lines__adjustments", "shipments__lines", "history__actor", "payments", "adjustments"
        )
        order: Order = get_object_or_404(orders, pk=self.pk)
        return order

    def get_page_title(self) -> str:
        """What the browser's tab says."""
        return f"Order {self.object.number}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows."""
        order = self.object
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "order": order,
            "has_invoice": order.status not in NEVER_ACCEPTED or hasattr(order, "invoice"),
            "customer_name": customer_name(order),
            "tags": _tags(order),
            "lines": [_line(line, order.currency) for line in order.lines.all()],
            "totals": _totals(order),
            "addresses": _addresses(order),
            "shipments": _shipments(order),
            "payments": [
                {
                    "id": payment.pk,
                    "refundable": payment.refundable_minor > 0,
                    "name": payment_method_name(payment.provider),
                    "state": payment.get_state_display(),
                    "tone": TONES.get(payment.state, ""),
                    "amount": amounts.show(payment.amount_minor, payment.currency),
                    "reference": payment.reference,
                    "settled_at": payment.settled_at,
                }
                for payment in order.payments.all()
            ],
            "history": [_entry(entry) for entry in reversed(order.history.all())],
        }


def _tags(order: Order) -> list[dict[str, str]]:
    return [
        {"text": text, "tone": TONES.get(value, "")}
        for value, text in (
            (order.status, order.get_status_display()),
            (order.payment_status, order.get_payment_status_display()),
            (order.fulfilment_status, order.get_fulfilment_status_display()),
        )
    ]


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "name": line.name,
        "sku": line.sku,
        "options": list(line.options.items()),
        "image": line.image,
        "product_id": line.product_id,
        "quantity": line.quantity,
        "shipped": line.shipped_quantity,
        "unit": amounts.show(line.unit_minor, currency),
        "discount": amounts.show(-line.discount_minor, currency) if line.discount_minor else "",
        "discounts": [
            f"{change.reason} ({change.code})" if change.code else change.reason
            for change in line.adjustments.all()
        ],
        "tax": amounts.show(line.tax_minor, currency) if line.tax_minor else "",
        "total": amounts.show(line.total_minor, currency),
    }


def _totals(order: Order) -> list[dict[str, Any]]:
    method = (order.shipping_method or {}).get("name", "")
    rows: list[tuple[str, int, bool]] = [("Subtotal", order.subtotal_minor, True)]
    for each in order.discounts:
        code = f" ({each['code']})" if each.get("code") else ""
        rows.append((f"{each['name']}{code}", -each["amount_minor"], True))
    if order.discount_minor and not order.discounts:
        rows.append(("Discount", -order.discount_minor, True))
    rows.append((f"Shipping: {method}" if method else "Shipping", order.shipping_minor, True))
    rows.append(("Tax, included" if order.tax_included else "Tax", order.tax_minor, False))
    shown: list[dict[str, Any]] = [
        {"label": label, "amount": amounts.show(minor, order.currency)}
        for label, minor, always in rows
        if always or minor
    ]
    shown.append(
        {
            "label": "Total",
            "amount": amounts.show(order.total_minor, order.currency),
            "strong": True,
        }
    )
    if order.refunded_minor:
        refunded = amounts.show(-order.refunded_minor, order.currency)
        shown.append({"label": "Refunded", "amount": refunded})
    return shown


def _addresses(order: Order) -> list[dict[str, Any]]:
    sent, billed = _address(order.shipping_address), _address(order.billing_address)
    if sent == billed:
        return [{"heading": "Shipping and billing address", "lines": sent}]
    return [
        {"heading": "Shipping address", "lines": sent},
        {"heading": "Billing address", "lines": billed},
    ]


def _address(address: dict[str, str]) -> list[str]:
    part = {key: str(value or "") for key, value in (address or {}).items()}.get
    lines = [
        f"{part('first_name', '')} {part('last_name', '')}",
        part("company", ""),
        part("line1", ""),
        part("line2", ""),
        f"{part('postal_code', '')} {part('city', '')}",
        part("region", ""),
        str(countries.name(part("country", "")) or part("country", "")),
        part("phone", "") or part("phone_number", ""),
    ]
    return [line.strip() for line in lines if line and line.strip()]


def _shipments(order: Order) -> list[dict[str, Any]]:
    lines = {line.pk: line for line in order.lines.all()}
    return [
        {
            "at": parcel.shipped_at,
            "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number,
            "lines": [
                f"{row.quantity} × {lines[row.order_line_id].name}"
                for row in parcel.lines.all()
                if row.order_line_id in lines
            ],
        }
        for parcel in order.shipments.all()
    ]


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    titles = {"shipment": "Parcel sent", "note": "Note", "payment": "Payment"}
    title = titles.get(entry.kind, entry.kind.capitalize())
    if entry.kind == "status" and entry.to_status:
        title = str(OrderStatus(entry.to_status).label)
    return {
        "title": title,
        "tone": TONES.get(entry.to_status, ""),
        "message": entry.message,
        "is_internal": not entry.is_public,
        "actor": str(entry.actor) if entry.actor else "",
        "at": entry.at,
    }
