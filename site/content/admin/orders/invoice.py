"""An order's invoice, to be printed."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django_countries import countries

from commerce.orders import invoices
from commerce.orders.models import Order
from content.admin import amounts
from core.errors import NotFound
from core.money import Money, MoneyShape

PERMISSION = "orders.view_invoice"


def invoice_page(request: HttpRequest, pk: Any) -> HttpResponse:
    """A page without the admin around it. Raises Http404 for an order that has none yet."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    try:
        invoice = invoices.invoice_of(get_object_or_404(Order, pk=pk))
    except NotFound as error:
        raise Http404(error.detail) from None
    document = invoice.document
    rows = [
        ("Subtotal", document["subtotal"]),
        *((row["name"], _negative(row["amount"])) for row in document["discounts"]),
        ("Shipping", document["shipping"]),
        ("Tax, included" if document["tax_included"] else "Tax", document["tax"]),
    ]
    context = {
        "invoice": document,
        "issued_at": parse_datetime(document["issued_at"]),
        "ordered_at": parse_datetime(document["ordered_at"]),
        "address": _lines(document["billing_address"]),
        # A template would take `document.items` for the dict's method.
        "lines": [
            {
                **line,
                "options_text": " / ".join(line["options"].values()),
                "unit": _shown(line["unit_price"]),
                "total": _shown(line["line_total"]),
            }
            for line in document["items"]
        ],
        "totals": [(label, _shown(amount)) for label, amount in rows],
        "total": _shown(document["total"]),
    }
    return render(request, "shop_admin/order/invoice.html", context)


def _shown(amount: MoneyShape) -> str:
    money = Money.parse(amount["amount"], amount["currency"])
    return amounts.show(money.minor, money.currency)


def _negative(amount: MoneyShape) -> MoneyShape:
    return (-Money.parse(amount["amount"], amount["currency"])).json()


def _lines(address: dict[str, str]) -> list[str]:
    part = address.get
    lines = [
        f"{part('first_name', '')} {part('last_name', '')}", part("company", ""),
        part("line1", ""), part("line2", ""), f"{part('postal_code', '')} {part('city', '')}",
        part("region", ""), str(countries.name(part("country", "")) or part("country", "")),
    ]  # fmt: skip
    return [line.strip() for line in lines if line.strip()]
