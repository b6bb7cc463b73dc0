"""Products: from a view over the cart to an order.

- `views` and `cart_adds` are events of people (docs/analytics.md), also of those who did not
  consent; `orders` are orders that count with the product in them, `units` and `revenue` what
  their lines come to, before refunds.
- `cart_rate` is carts to views, `order_rate` orders to views. A cart can be filled from a list,
  so a rate may be above 1.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypedDict

from commerce.catalogue.models import Product
from core.money import Money
from realtime.analytics import selectors
from realtime.reports.figures import ChartOf, Column, Part, Report, shape_of, share
from realtime.reports.spans import Span


class ProductRow(TypedDict):
    """One product; `name` is empty where it is gone."""

    product_id: int
    name: str
    views: int
    cart_adds: int
    orders: int
    units: int
    revenue: Money
    cart_rate: float | None
    order_rate: float | None


class ProductTotals(TypedDict):
    """All of them. An order with two products counts in both, so `orders` are order lines here."""

    views: int
    cart_adds: int
    units: int
    revenue: Money
    cart_rate: float | None


def names_of(product_ids: Iterable[int]) -> dict[int, str]:
    """What products are called. One query."""
    found = Product.objects.filter(pk__in=list(product_ids))
    return dict(found.values_list("pk", "name"))


def products(span: Span, currency: str) -> Part:
    """Every product that was viewed, put into a cart or sold, most revenue first. Three queries."""
    sums: defaultdict[int, dict[str, Any]] = defaultdict(
        lambda: dict.fromkeys(("views", "cart_adds", "orders", "units", "minor"), 0)
    )
    for row in selectors.products(span.since, span.until):
        sums[row["product_id"]] |= {"views": row["views_sum"], "cart_adds": row["cart_adds_sum"]}
    for row in selectors.product_sales(span.since, span.until).filter(currency=currency):
        sums[row["product_id"]] |= {
            "orders": row["orders_sum"],
            "units": row["quantity_sum"],
            "minor": row["total_minor_sum"],
        }
    names = _names(sums)
    rows: list[ProductRow] = [
        {
            "product_id": product,
            "name": names.get(product, ""),
            "views": each["views"],
            "cart_adds": each["cart_adds"],
            "orders": each["orders"],
            "units": each["units"],
            "revenue": Money(each["minor"], currency),
            "cart_rate": share(each["cart_adds"], each["views"]),
            "order_rate": share(each["orders"], each["views"]),
        }
        for product, each in sums.items()
        if any(each.values())
    ]
    rows.sort(key=lambda row: (-row["revenue"].minor, -row["views"], row["product_id"]))
    views = sum(row["views"] for row in rows)
    carts = sum(row["cart_adds"] for row in rows)
    totals: ProductTotals = {
        "views": views,
        "cart_adds": carts,
        "units": sum(row["units"] for row in rows),
        "revenue": Money(sum(row["revenue"].minor for row in rows), currency),
        "cart_rate": share(carts, views),
    }
    return Part(totals, rows)


def _names(sums: dict[int, Any]) -> dict[int, str]:
    """By one query, however many: a database takes only so many parameters."""
    if len(sums) <= 500:
        return names_of(sums)
    return dict(Product.objects.values_list("pk", "name"))


PRODUCTS = Report(
    name="products",
    title="Products",
    lead="What is looked at, what gets into carts, and what is ordered.",
    make=products,
    shape=shape_of("Product", ProductTotals, ProductRow),
    totals=(
        Column("views", "Product views"),
        Column("cart_adds", "Put into carts"),
        Column("cart_rate", "Carts to views", "share"),
        Column("units", "Units ordered"),
        Column("revenue", "Revenue", "money"),
    ),
    columns=(
        Column("name", "Product", "text"),
        Column("views", "Views"),
        Column("cart_adds", "Carts"),
        Column("orders", "Orders"),
        Column("units", "Units"),
        Column("revenue", "Revenue", "money"),
        Column("cart_rate", "Carts to views", "share"),
        Column("order_rate", "Orders to views", "share"),
    ),
    chart=ChartOf("bars", "name", "revenue", "Revenue"),
    nothing="No product was viewed or ordered on these days.",
)
