"""What all reports are made of: totals, rows, and the columns that tell how to read them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal, TypedDict, cast

from core.money import Money
from realtime.reports.spans import Span

Kind = Literal["text", "day", "month", "count", "number", "share", "money", "seconds", "shares"]


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of a row or of the totals. `more_is` says whether growth is good news."""

    key: str
    label: str
    kind: Kind = "count"
    more_is: Literal["better", "worse", "neither"] = "better"
    help: str = ""


@dataclass(frozen=True, slots=True)
class ChartOf:
    """Which figures of the rows are drawn: `line` over days, `bars` beside their names."""

    kind: Literal["line", "bars"]
    along: str
    value: str
    title: str


@dataclass(frozen=True, slots=True)
class Part:
    """A report's figures of one span: TypedDicts, with amounts as Money."""

    totals: Any
    rows: Sequence[Any]
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """One report: how it is made, and how it is shown."""

    name: str
    title: str
    lead: str
    make: Callable[[Span, str], Part]
    shape: type
    totals: Sequence[Column]
    columns: Sequence[Column]
    chart: ChartOf | None = None
    # What is said where there is nothing.
    nothing: str = "Nothing happened on these days."


def shape_of(name: str, totals: type, row: type, **more: Any) -> type:
    """The TypedDict of a report's answer, for the document."""
    make = cast("Any", TypedDict)
    rows: Any = list[row]  # type: ignore[valid-type]
    before = make(f"{name}Before", {"since": date, "until": date, "totals": totals, "rows": rows})
    fields = {
        "report": str,
        "currency": str,
        "since": date,
        "until": date,
        "totals": totals,
        "rows": rows,
        "before": before | None,
    }
    return cast("type", make(f"{name}Report", fields | more))


def answer(report: Report, span: Span, *, currency: str, compare: str = "") -> dict[str, Any]:
    """A report with, where `compare` is given, the same figures of the former span.

    The number of queries does not depend on what there is to be counted.
    """
    part = report.make(span, currency)
    before = None
    if compare:
        former = span.before(compare)
        made = report.make(former, currency)
        before = {
            "since": former.first,
            "until": former.last,
            "totals": made.totals,
            "rows": made.rows,
        }
    return {
        "report": report.name,
        "currency": currency,
        "since": span.first,
        "until": span.last,
        "totals": part.totals,
        "rows": part.rows,
        **part.more,
        "before": before,
    }


def share(part: int, whole: int) -> float | None:
    """A part of a whole, 0.25 for a quarter, to four decimals; None of nothing."""
    return round(part / whole, 4) if whole else None


def each(total: int, count: int) -> float | None:
    """How much there is of something for each, to two decimals; None for nobody."""
    return round(total / count, 2) if count else None


def money_each(total_minor: int, count: int, currency: str) -> Money | None:
    """An amount for each, to the minor unit (half to even); None for nobody."""
    return Money(round(Fraction(total_minor, count)), currency) if count else None
