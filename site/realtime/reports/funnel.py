"""The way from a visit to an order: how many sessions came how far.

- A step counts sessions that began in the span and did it: viewed a product, put something into
  the cart, began the checkout, placed an order that counts. A session counts in a step once.
- A step may be skipped (buying from a list without viewing the product), so a later one is not
  always a part of the one before. `of_all` is the share of all sessions, `of_former` that of the
  step before.
"""

from typing import TypedDict

from realtime.analytics import selectors
from realtime.reports.figures import ChartOf, Column, Part, Report, shape_of, share
from realtime.reports.spans import Span

STEPS = {
    "sessions": "Came",
    "with_product": "Viewed a product",
    "with_cart": "Filled a cart",
    "with_checkout": "Began the checkout",
    "with_order": "Ordered",
}


class FunnelRow(TypedDict):
    """One step."""

    step: str
    name: str
    sessions: int
    of_all: float | None
    of_former: float | None


class FunnelTotals(TypedDict):
    """Of all sessions."""

    sessions: int
    orders: int
    conversion: float | None
    cart_rate: float | None
    checkout_rate: float | None


def steps(sums: selectors.Totals) -> list[FunnelRow]:
    """The steps of a span whose sums are known."""
    counts = {step: int(sums[step]) for step in STEPS}  # type: ignore[literal-required]
    former = [None, *counts.values()]
    return [
        {
            "step": step.removeprefix("with_"),
            "name": STEPS[step],
            "sessions": count,
            "of_all": share(count, counts["sessions"]),
            "of_former": share(count, before) if before is not None else None,
        }
        for (step, count), before in zip(counts.items(), former, strict=False)
    ]


def funnel(span: Span, currency: str) -> Part:
    """Step by step. Two queries."""
    sums = selectors.totals(span.since, span.until)
    sessions = sums["sessions"]
    totals: FunnelTotals = {
        "sessions": sessions,
        "orders": sums["with_order"],
        "conversion": share(sums["with_order"], sessions),
        "cart_rate": share(sums["with_cart"], sessions),
        "checkout_rate": share(sums["with_checkout"], sessions),
    }
    return Part(totals, steps(sums) if sessions else [])


FUNNEL = Report(
    name="funnel",
    title="Funnel",
    lead="How many visits come how far on the way to an order.",
    make=funnel,
    shape=shape_of("Funnel", FunnelTotals, FunnelRow),
    totals=(
        Column("sessions", "Sessions"),
        Column("cart_rate", "Filled a cart", "share"),
        Column("checkout_rate", "Began the checkout", "share"),
        Column("orders", "Sessions with an order"),
        Column("conversion", "Conversion", "share"),
    ),
    columns=(
        Column("name", "Step", "text"),
        Column("sessions", "Sessions"),
        Column("of_all", "Of all", "share"),
        Column("of_former", "Of the step before", "share"),
    ),
    chart=ChartOf("bars", "name", "sessions", "Sessions"),
    nothing="Nobody came on these days.",
)
