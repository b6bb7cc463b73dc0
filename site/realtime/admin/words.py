"""Figures for people: grouped numbers, shares in per cent, times, amounts, and how they changed."""

from datetime import date
from typing import Any, Literal, NamedTuple

from django.utils.formats import date_format, localize, number_format

from content.admin import amounts
from core.money import Money
from realtime.reports.figures import Column

NONE = "–"
Tone = Literal["", "positive", "critical"]


class Change(NamedTuple):
    """How a figure differs from the former span's, in words and whether that is good."""

    text: str
    tone: Tone
    before: str


def shown(value: Any, kind: str) -> str:
    """One figure; a dash where there is none."""
    if value is None or value == "":
        return NONE
    if isinstance(value, Money):
        return amounts.show(value.minor, value.currency)
    if isinstance(value, date):
        return date_format(value, "M Y" if kind == "month" else "D j M Y")
    if kind == "share":
        return f"{localize(round(value * 100, 1))} %"
    if kind == "seconds":
        return seconds(value)
    if kind == "number":
        return number_format(value, 2)
    return number_format(value, 0, force_grouping=True) if kind == "count" else str(value)


def seconds(value: float) -> str:
    """A length of time: 45 s, 3 min 05 s, 1 h 02 min."""
    whole = round(value)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def size(value: Any) -> float:
    """How long its bar is: minor units of an amount, 0 where there is none."""
    return float(value.minor if isinstance(value, Money) else value or 0)


def change(column: Column, now: Any, before: Any) -> Change:
    """How a figure of the totals has changed. Shares differ by points, others in per cent."""
    former = shown(before, column.kind)
    if now is None or before is None:
        return Change("", "", former)
    difference = size(now) - size(before)
    if column.kind == "share":
        text = f"{localize(round(abs(difference) * 100, 1))} points"
    elif size(before) == 0:
        text = "new" if difference else "0 %"
    else:
        part = abs(difference) / abs(size(before))
        text = f"{localize(round(part * 100, 1 if part < 0.1 else None))} %"
    if not difference:
        return Change("unchanged", "", former)
    sign = "+" if difference > 0 else "−"
    good = (difference > 0) == (column.more_is == "better")
    tone: Tone = "" if column.more_is == "neither" else "positive" if good else "critical"
    return Change(text if text == "new" else f"{sign}{text}", tone, former)
