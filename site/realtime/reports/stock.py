"""Stock turnover: how fast what lies there goes out.

- From the stock's ledger: `shipped` are units that left for orders in the span, `returned` those
  that came back, `at_start` and `at_end` what was on hand then.
- `turnover` is shipped units to the average of both; `days_left` how long the rest lasts if it
  goes on like this, None where nothing was shipped.
- `idle` variants had stock at the end and shipped nothing.
"""

from typing import TypedDict

from django.db.models import Q, Sum

from commerce.catalogue.models import Variant
from commerce.inventory.models import MovementKind, StockLevel, StockMovement
from realtime.reports.figures import ChartOf, Column, Part, Report, shape_of
from realtime.reports.spans import Span


class StockRow(TypedDict):
    """One variant that has stock or moved."""

    variant_id: int
    sku: str
    name: str
    at_start: int
    received: int
    shipped: int
    returned: int
    at_end: int
    turnover: float | None
    days_left: int | None


class StockTotals(TypedDict):
    """All variants together."""

    shipped: int
    returned: int
    at_start: int
    at_end: int
    turnover: float | None
    idle: int


def stock(span: Span, currency: str) -> Part:
    """Every variant with stock or movement, most shipped first. Three queries."""
    inside = Q(at__lt=span.until)
    moved = StockMovement.objects.filter(at__gte=span.since).order_by().values("variant_id")
    deltas = {
        row["variant_id"]: row
        for row in moved.annotate(
            since=Sum("on_hand_delta"),
            inside=Sum("on_hand_delta", filter=inside, default=0),
            shipped=_sum(inside & Q(kind=MovementKind.COMMITTED)),
            returned=_sum(inside & Q(kind=MovementKind.RETURNED)),
            received=_sum(inside & Q(kind__in=[MovementKind.RECEIVED, MovementKind.IMPORTED])),
        )
    }
    nothing = dict.fromkeys(("since", "inside", "shipped", "returned", "received"), 0)
    on_hand = dict(StockLevel.objects.order_by().values_list("variant_id", "on_hand"))
    names = {
        pk: (sku, name)
        for pk, sku, name in Variant.objects.order_by().values_list("pk", "sku", "product__name")
    }
    rows: list[StockRow] = []
    for variant in on_hand.keys() | deltas.keys():
        delta = deltas.get(variant, nothing)
        start = on_hand.get(variant, 0) - delta["since"]
        end = start + delta["inside"]
        shipped = -delta["shipped"]
        if not (start or end or shipped or delta["received"]):
            continue
        sku, name = names.get(variant, ("", ""))
        rows.append(
            {
                "variant_id": variant,
                "sku": sku,
                "name": name,
                "at_start": start,
                "received": delta["received"],
                "shipped": shipped,
                "returned": delta["returned"],
                "at_end": end,
                "turnover": _turnover(shipped, start, end),
                "days_left": round(end * span.days / shipped) if shipped > 0 else None,
            }
        )
    rows.sort(key=lambda row: (-row["shipped"], -row["at_end"], row["sku"], row["variant_id"]))
    shipped = sum(row["shipped"] for row in rows)
    start, end = sum(row["at_start"] for row in rows), sum(row["at_end"] for row in rows)
    totals: StockTotals = {
        "shipped": shipped,
        "returned": sum(row["returned"] for row in rows),
        "at_start": start,
        "at_end": end,
        "turnover": _turnover(shipped, start, end),
        "idle": sum(row["at_end"] > 0 and row["shipped"] == 0 for row in rows),
    }
    return Part(totals, rows)


def _sum(which: Q) -> Sum:
    return Sum("on_hand_delta", filter=which, default=0)


def _turnover(shipped: int, start: int, end: int) -> float | None:
    return round(2 * shipped / (start + end), 2) if start + end > 0 else None


STOCK = Report(
    name="stock-turnover",
    title="Stock turnover",
    lead="How fast stock goes out, and what does not move.",
    make=stock,
    shape=shape_of("StockTurnover", StockTotals, StockRow),
    totals=(
        Column("shipped", "Units shipped"),
        Column("returned", "Returned", more_is="worse"),
        Column("at_end", "On hand at the end", more_is="neither"),
        Column("turnover", "Turnover", "number"),
        Column("idle", "Variants that did not move", more_is="worse"),
    ),
    columns=(
        Column("name", "Product", "text"),
        Column("sku", "SKU", "text"),
        Column("at_start", "At the start", more_is="neither"),
        Column("received", "Received", more_is="neither"),
        Column("shipped", "Shipped"),
        Column("returned", "Returned", more_is="worse"),
        Column("at_end", "At the end", more_is="neither"),
        Column("turnover", "Turnover", "number"),
        Column("days_left", "Days left", more_is="neither"),
    ),
    chart=ChartOf("bars", "sku", "shipped", "Units shipped"),
    nothing="Nothing lay in stock or moved on these days.",
)
