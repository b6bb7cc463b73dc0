"""Charts as inline SVG. Places and sizes are parts of 100 of the drawing, which stretches; the
words beside it do not. The table below a chart has the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from content.admin import charts
from core.money import Money
from realtime.admin.words import shown, size
from realtime.reports.figures import ChartOf, Column

MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """A day or a week, or one of the names."""

    title: str
    value: str
    x: float
    width: float
    height: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under a scale, or beside names. `before` are the points of the former span's line."""

    kind: str
    title: str
    bars: Sequence[Bar]
    top: str = ""
    half: str = ""
    labels: Sequence[str] = field(default_factory=list)
    before: str = ""


def chart(
    of: ChartOf, columns: Sequence[Column], rows: Sequence[Any], before: Sequence[Any]
) -> Chart | None:
    """Draw a report's rows; None where there is nothing to see."""
    kind = next(column.kind for column in columns if column.key == of.value)
    if of.kind == "bars":
        return _names(of, kind, next(c.kind for c in columns if c.key == of.along), rows)
    return _days(of, kind, rows, before)


def _days(of: ChartOf, kind: str, rows: Sequence[Any], before: Sequence[Any]) -> Chart | None:
    parts = charts.parts_of(rows)
    length = len(parts[0]) if parts else 1
    sums = [sum(size(row[of.value]) for row in part) for part in parts]
    former = [
        sum(size(row[of.value]) for row in before[begin : begin + length])
        for begin in range(0, len(before), length)
    ]
    most = max([*sums, *former], default=0)
    if not most:
        return None
    top = charts.round_number(int(most))
    money = rows[0][of.value] if isinstance(rows[0][of.value], Money) else None

    def said(amount: float) -> str:
        return shown(Money(int(amount), money.currency) if money else int(amount), kind)

    step = 100 / len(parts)
    bars = [
        Bar(
            title=_label(part[0][of.along], part[-1][of.along]),
            value=said(amount),
            x=round(number * step + step * 0.1, 3),
            width=round(step * 0.8, 3),
            height=round(100 * amount / top, 3),
            y=round(100 - 100 * amount / top, 3),
        )
        for number, (part, amount) in enumerate(zip(parts, sums, strict=True))
    ]
    return Chart(
        kind="line",
        title=f"{of.title} {'each day' if length == 1 else 'each week'}",
        bars=bars,
        top=said(top),
        half=said(top // 2) if top % 2 == 0 else "",
        labels=[
            shown(parts[place][0][of.along], "day").partition(" ")[2]
            for place in charts.labelled(len(parts))
        ],
        before=" ".join(
            f"{number * step + step / 2:.3f},{100 - 100 * amount / top:.3f}"
            for number, amount in enumerate(former[: len(parts)])
            if any(former)
        ),
    )


def _label(first: date, last: date) -> str:
    return shown(first, "day") if first == last else f"{shown(first, 'day')} – {shown(last, 'day')}"


def _names(of: ChartOf, kind: str, names: str, rows: Sequence[Any]) -> Chart | None:
    longest = max((size(row[of.value]) for row in rows[:MOST_NAMES]), default=0)
    if longest <= 0:
        return None
    bars = [
        Bar(
            title=shown(row[of.along], names),
            value=shown(row[of.value], kind),
            x=0,
            width=round(max(100 * size(row[of.value]) / longest, 0), 3),
            height=100,
            y=0,
        )
        for row in rows[:MOST_NAMES]
    ]
    return Chart(kind="bars", title=of.title, bars=bars)
