"""Promotions: how often they lowered an order, by how much, and what came in with them.

- A promotion is known by its name and code as they stand in the order, so a renamed one has two
  rows, and one that was deleted stays.
- `uses` are orders placed in the span with it, `orders` those of them that count. `discount` and
  `revenue` (total less refunds) are of the latter. An order with two promotions counts in both,
  in the totals once.
- `shown` and `clicked` are of the offers that told of it, None where nothing tells them.
"""

from collections import Counter
from typing import Any, TypedDict

from django.db.models import BooleanField, F, OuterRef, Subquery

from commerce.orders.models import Order
from core.money import Money
from realtime.models import Sale
from realtime.offers import selectors as offers
from realtime.reports.figures import ChartOf, Column, Part, Report, money_each, shape_of, share
from realtime.reports.spans import Span


class PromotionRow(TypedDict):
    """One promotion, under one code."""

    name: str
    code: str
    shown: int | None
    clicked: int | None
    uses: int
    orders: int
    discount: Money
    revenue: Money
    average_order: Money | None


class PromotionTotals(TypedDict):
    """All orders with a promotion; `share` is theirs of all orders that count and were placed."""

    uses: int
    orders: int
    share: float | None
    discount: Money
    revenue: Money
    average_order: Money | None


def promotions(span: Span, currency: str) -> Part:
    """Every promotion that was used (or shown), most revenue first. Two queries."""
    sale = Sale.objects.filter(pk=OuterRef("pk"), counts=True)
    net = sale.annotate(net=F("total_minor") - F("refunded_minor")).values("net")[:1]
    placed: Any = Order.objects.filter(
        currency=currency, placed_at__gte=span.since, placed_at__lt=span.until
    ).annotate(
        net=Subquery(net), counts=Subquery(sale.values("counts")[:1], output_field=BooleanField())
    )
    sums: dict[tuple[str, str], Counter[str]] = {}
    whole: Counter[str] = Counter()
    for discounts, counts, came in placed.values_list("discounts", "counts", "net").iterator(2000):
        whole["all"] += bool(counts)
        if not discounts:
            continue
        off: Counter[tuple[str, str]] = Counter()
        for each in discounts:
            off[each["name"], each["code"]] += each["amount_minor"]
        whole += _counted(bool(counts), sum(off.values()), came)
        for key, amount in off.items():
            sums[key] = sums.get(key, Counter()) + _counted(bool(counts), amount, came)
    told = offers.by_promotion(span.since, span.until)
    for name in sorted(told.keys() - {word for key in sums for word in key}):
        sums[name, ""] = Counter()
    rows: list[PromotionRow] = []
    for (name, code), each in sums.items():
        seen = told.get(code) or told.get(name)
        rows.append(
            {
                "name": name,
                "code": code,
                "shown": seen["shown"] if seen else None,
                "clicked": seen["clicked"] if seen else None,
                "uses": each["uses"],
                "orders": each["orders"],
                "discount": Money(each["discount"], currency),
                "revenue": Money(each["revenue"], currency),
                "average_order": money_each(each["revenue"], each["orders"], currency),
            }
        )
    rows.sort(key=lambda row: (-row["revenue"].minor, -row["uses"], row["name"], row["code"]))
    totals: PromotionTotals = {
        "uses": whole["uses"],
        "orders": whole["orders"],
        "share": share(whole["orders"], whole["all"]),
        "discount": Money(whole["discount"], currency),
        "revenue": Money(whole["revenue"], currency),
        "average_order": money_each(whole["revenue"], whole["orders"], currency),
    }
    return Part(totals, rows)


def _counted(counts: bool, discount: int, net: int | None) -> Counter[str]:
    if not counts:
        return Counter(uses=1)
    return Counter(uses=1, orders=1, discount=discount, revenue=net or 0)


PROMOTIONS = Report(
    name="promotions",
    title="Promotions",
    lead="What lowered orders, by how much, and what came in with it.",
    make=promotions,
    shape=shape_of("PromotionUse", PromotionTotals, PromotionRow),
    totals=(
        Column("uses", "Uses"),
        Column("orders", "Orders"),
        Column("share", "Of all orders", "share", "neither"),
        Column("discount", "Discount", "money", "neither"),
        Column("revenue", "Revenue", "money"),
        Column("average_order", "Average order", "money"),
    ),
    columns=(
        Column("name", "Promotion", "text"),
        Column("code", "Code", "text"),
        Column("shown", "Shown"),
        Column("clicked", "Clicked"),
        Column("uses", "Uses"),
        Column("orders", "Orders"),
        Column("discount", "Discount", "money", "neither"),
        Column("revenue", "Revenue", "money"),
        Column("average_order", "Average order", "money"),
    ),
    chart=ChartOf("bars", "name", "revenue", "Revenue"),
    nothing="No order was lowered by a promotion on these days.",
)
