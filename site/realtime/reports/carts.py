"""Abandoned carts: what was left standing, what it was worth, and what came back.

A cart belongs to the day on which it had lain untouched for ABANDONED_CART_HOURS; docs/offers.md
says what each figure counts. Rows outlive their carts, so that old days stay as they were.
"""

from collections import Counter
from datetime import date
from typing import TypedDict

from core.money import Money
from realtime.carts import selectors
from realtime.reports.figures import ChartOf, Column, Part, Report, shape_of, share
from realtime.reports.spans import Span


class AbandonedTotals(TypedDict):
    """All of a span. `rate` is the share that was ordered after all, by mail or without."""

    abandoned: int
    worth: Money
    known: int
    mailed: int
    recovered: int
    recovered_revenue: Money
    returned: int
    returned_revenue: Money
    rate: float | None


class AbandonedRow(AbandonedTotals):
    """One day."""

    day: date


def abandoned(span: Span, currency: str) -> Part:
    """Day by day, with the days on which nothing was left. One query."""
    by_day = {
        found.day: Counter(
            abandoned=found.carts,
            worth=found.worth_minor,
            known=found.known,
            mailed=found.mailed,
            recovered=found.recovered,
            recovered_revenue=found.recovered_minor,
            returned=found.returned,
            returned_revenue=found.returned_minor,
        )
        for found in selectors.abandoned(span.since, span.until)
        if found.currency == currency
    }
    rows: list[AbandonedRow] = [
        {"day": day, **_shown(by_day.get(day, Counter()), currency)} for day in span.each_day()
    ]
    return Part(_shown(sum(by_day.values(), Counter()), currency), rows)


def _shown(sums: Counter[str], currency: str) -> AbandonedTotals:
    return {
        "abandoned": sums["abandoned"],
        "worth": Money(sums["worth"], currency),
        "known": sums["known"],
        "mailed": sums["mailed"],
        "recovered": sums["recovered"],
        "recovered_revenue": Money(sums["recovered_revenue"], currency),
        "returned": sums["returned"],
        "returned_revenue": Money(sums["returned_revenue"], currency),
        "rate": share(sums["recovered"] + sums["returned"], sums["abandoned"]),
    }


_FIGURES = (
    Column("abandoned", "Abandoned", more_is="worse"),
    Column("worth", "Worth", "money", "worse"),
    Column("known", "Of known shoppers", more_is="neither"),
    Column("mailed", "Mailed", more_is="neither"),
    Column("recovered", "Recovered by mail"),
    Column("recovered_revenue", "Recovered revenue", "money"),
    Column("returned", "Ordered by themselves"),
    Column("returned_revenue", "Their revenue", "money"),
    Column("rate", "Ordered after all", "share"),
)
ABANDONED = Report(
    name="abandoned-carts",
    title="Abandoned carts",
    lead="What was left standing, what it was worth, and what came back.",
    make=abandoned,
    shape=shape_of("AbandonedCart", AbandonedTotals, AbandonedRow),
    totals=_FIGURES,
    columns=(Column("day", "Day", "day"), *_FIGURES),
    chart=ChartOf("line", "day", "abandoned", "Abandoned carts"),
    nothing="No cart was abandoned on these days.",
)
