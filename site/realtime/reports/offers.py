"""Live offers: shown, clicked, used, and what they brought beyond the control group.

docs/offers.md says what each figure counts. Times first, then shoppers, each of whom counts once.
"""

from collections import Counter
from typing import TypedDict

from core.money import Money
from realtime.offers import selectors
from realtime.reports.figures import ChartOf, Column, Part, Report, shape_of, share
from realtime.reports.spans import Span


class OfferTotals(TypedDict):
    """All offers of a span."""

    shown: int
    clicked: int
    used: int
    revenue: Money


class OfferRow(OfferTotals):
    """One offer. `uplift` is `conversion` less that of who was held out, in parts of one."""

    name: str
    promotion: str
    shoppers: int
    conversion: float | None
    held: int
    held_conversion: float | None
    uplift: float | None


def offers(span: Span, currency: str) -> Part:
    """Every offer that was made or held back, most shown first. Three queries."""
    rows: list[OfferRow] = []
    sums: Counter[str] = Counter()
    for each in selectors.report(span.since, span.until):
        revenue = each.revenue.get(currency, 0)
        sums.update(shown=each.shown, clicked=each.clicked, used=each.used, revenue=revenue)
        rows.append(
            {
                "name": each.name,
                "promotion": each.promotion,
                "shown": each.shown,
                "clicked": each.clicked,
                "used": each.used,
                "revenue": Money(revenue, currency),
                "shoppers": each.shoppers,
                "conversion": share(each.converted, each.shoppers),
                "held": each.held,
                "held_conversion": share(each.held_converted, each.held),
                "uplift": None if each.uplift is None else round(each.uplift, 4),
            }
        )
    totals: OfferTotals = {
        "shown": sums["shown"],
        "clicked": sums["clicked"],
        "used": sums["used"],
        "revenue": Money(sums["revenue"], currency),
    }
    return Part(totals, rows)


_TIMES = (
    Column("shown", "Shown", more_is="neither"),
    Column("clicked", "Clicked"),
    Column("used", "Used"),
    Column("revenue", "Revenue", "money"),
)
OFFERS = Report(
    name="offers",
    title="Live offers",
    lead="What shoppers were offered while they shopped, and what it changed.",
    make=offers,
    shape=shape_of("Offers", OfferTotals, OfferRow),
    totals=_TIMES,
    columns=(
        Column("name", "Offer", "text"),
        Column("promotion", "Promotion", "text"),
        *_TIMES,
        Column("shoppers", "Shoppers"),
        Column("conversion", "Ordered", "share"),
        Column("held", "Held out"),
        Column("held_conversion", "Of these ordered", "share"),
        Column("uplift", "Uplift", "share"),
    ),
    chart=ChartOf("bars", "name", "used", "Used"),
    nothing="Nothing was offered on these days.",
)
