"""Beside a product's text: what its record says about price and stock, live."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from wagtail.admin.panels import Panel

from commerce.catalogue import selectors as catalogue
from commerce.catalogue.models import Variant
from content.admin import amounts


class StockPanel(Panel):
    """The variants of the page's product with live prices and stock, to read.

    They are no part of the page: neither a draft nor a revision moves them.
    """

    class BoundPanel(Panel.BoundPanel):
        template_name = "shop_admin/stock_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """The rows, and the way to change them for who may."""
            context: dict[str, Any] = super().get_context_data(parent_context)
            product_id = getattr(self.instance, "product_id", None)
            may_open = self.request is not None and self.request.user.has_perm(
                "catalogue.view_product"
            )
            variants = catalogue.variants_of([product_id]) if product_id else []
            return context | {
                "product_id": product_id,
                "currencies": settings.CURRENCIES,
                "rows": [_row(variant) for variant in variants],
                "url": (
                    reverse("shop_products:inspect", args=[product_id])
                    if product_id and may_open
                    else ""
                ),
            }


def _row(variant: Variant) -> dict[str, Any]:
    prices = {price.currency: price for price in variant.prices.all()}
    shown = []
    for currency in settings.CURRENCIES:
        price = prices.get(currency)
        compare = price.compare_at_minor if price else None
        shown.append(
            {
                "currency": currency,
                "amount": amounts.show(price.amount_minor, currency) if price else "",
                "compare": amounts.show(compare, currency) if compare else "",
            }
        )
    stock = getattr(variant, "stock", None)
    available = stock.on_hand - stock.reserved if stock else 0
    low = stock is not None and available <= stock.low_stock_threshold
    return {
        "title": variant.title,
        "sku": variant.sku,
        "prices": shown,
        "on_hand": stock.on_hand if stock else 0,
        "reserved": stock.reserved if stock else 0,
        "available": available,
        "tone": "out" if available <= 0 else "low" if low else "",
    }
