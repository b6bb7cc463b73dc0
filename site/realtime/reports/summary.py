"""The summary: visits, orders and revenue at a glance, with the funnel and the best products.

- `orders` and `revenue` are of orders that count, on the day they were accepted, less all that
  was refunded of them since.
- `conversion` is the share of sessions with an order, so it leaves out orders of shoppers who did
  not consent to be counted; `orders` has them.
"""

from collections import Counter
from datetime import date
from typing import TypedDict

from django.utils import timezone

from core.money import Money
from realtime.analytics import selectors
from realtime.models import Grain
from realtime.reports import carts
from realtime.reports.figures import ChartOf, Column, Part, Report, money_each, shape_of, share
from realtime.reports.funnel import FunnelRow, steps
from realtime.reports.products import ProductRow, products
from realtime.reports.spans import Span

BEST = 5


class SummaryTotals(TypedDict):
    """A whole span."""

    revenue: Money
    orders: int
    average_order: Money | None
    visitors: int
    sessions: int
    conversion: float | None
    abandoned_carts: int
    abandoned_worth: Money


class SummaryRow(TypedDict):
    """One day."""

    day: date
    visitors: int
    sessions: int
    orders: int
    revenue: Money


def summary(span: Span, currency: str) -> Part:
    """Day by day, with days without anything. Ten queries."""
    zone = timezone.get_default_timezone()
    traffic = selectors.traffic_by_day(span.since, span.until)
    orders: Counter[date] = Counter()
    revenue: Counter[date] = Counter()
    for sold in selectors.sales(Grain.DAY, span.since, span.until).filter(currency=currency):
        day = sold.start.astimezone(zone).date()
        orders[day] += sold.orders
        revenue[day] += sold.total_minor - sold.refunded_minor
    rows: list[SummaryRow] = [
        {
            "day": day,
            "visitors": traffic[day].visitors if day in traffic else 0,
            "sessions": traffic[day].sessions if day in traffic else 0,
            "orders": orders[day],
            "revenue": Money(revenue[day], currency),
        }
        for day in span.each_day()
    ]
    sums = selectors.totals(span.since, span.until)
    left = carts.abandoned(span, currency).totals
    count, minor = sum(orders.values()), sum(revenue.values())
    totals: SummaryTotals = {
        "revenue": Money(minor, currency),
        "orders": count,
        "average_order": money_each(minor, count, currency),
        "visitors": sums["visitors"],
        "sessions": sums["sessions"],
        "conversion": share(sums["with_order"], sums["sessions"]),
        "abandoned_carts": left["abandoned"],
        "abandoned_worth": left["worth"],
    }
    best = products(span, currency).rows[:BEST]
    return Part(totals, rows, {"funnel": steps(sums), "top_products": best})


SUMMARY = Report(
    name="summary",
    title="Summary",
    lead="Visits, orders and revenue at a glance.",
    make=summary,
    shape=shape_of(
        "Summary",
        SummaryTotals,
        SummaryRow,
        funnel=list[FunnelRow],
        top_products=list[ProductRow],
    ),
    totals=(
        Column("revenue", "Revenue", "money"),
        Column("orders", "Orders"),
        Column("average_order", "Average order", "money"),
        Column("visitors", "Visitors"),
        Column("sessions", "Sessions"),
        Column("conversion", "Conversion", "share"),
        Column("abandoned_carts", "Abandoned carts", more_is="worse"),
        Column("abandoned_worth", "Their worth", "money", "worse"),
    ),
    columns=(
        Column("day", "Day", "day"),
        Column("visitors", "Visitors"),
        Column("sessions", "Sessions"),
        Column("orders", "Orders"),
        Column("revenue", "Revenue", "money"),
    ),
    chart=ChartOf("line", "day", "revenue", "Revenue"),
    nothing="Nothing was visited or ordered on these days.",
)
