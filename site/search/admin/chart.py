"""The bars of the report: searches by day or week, those that found nothing apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from content.admin import charts
from search.statistics import Figures, total


@dataclass(frozen=True, slots=True)
class Bar:
    """One day or one week. Places and sizes are parts of 100 of the drawing."""

    since: date
    until: date
    figures: Figures
    x: float
    width: float
    found_y: float
    found_height: float
    failed_y: float
    failed_height: float

    @property
    def is_week(self) -> bool:
        """Whether it is more than a day."""
        return self.since != self.until


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under a line at `top` searches; `half` is the line halfway, None if it is no number."""

    bars: Sequence[Bar]
    top: int
    half: int | None

    @property
    def labelled(self) -> list[Bar]:
        """The bars that have their day below: the first, the middle, the last."""
        return [self.bars[place] for place in charts.labelled(len(self.bars))]


def chart(days: Sequence[tuple[date, Figures]]) -> Chart:
    """Draw days, or weeks where there are many."""
    parts = charts.parts_of(days)
    sums = [total(figures for _, figures in part) for part in parts]
    top = charts.round_number(max(figures.searches for figures in sums))
    step = 100 / len(parts)
    bars = []
    for place, (part, figures) in enumerate(zip(parts, sums, strict=True)):
        failed = 100 * min(figures.without_results, figures.searches) / top
        whole = 100 * figures.searches / top
        bars.append(
            Bar(
                since=part[0][0],
                until=part[-1][0],
                figures=figures,
                x=round(place * step + step * 0.1, 3),
                width=round(step * 0.8, 3),
                found_y=round(100 - whole, 3),
                found_height=round(whole - failed, 3),
                failed_y=round(100 - failed, 3),
                failed_height=round(failed, 3),
            )
        )
    return Chart(bars, top, top // 2 if top % 2 == 0 else None)
