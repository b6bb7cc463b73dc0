"""What was searched for, read. Nothing here knows of a person; see `search.counting`."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from search.models import DailyQuery

MAX_DAYS = 732


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a report, both ends included, in one language or in all ("")."""

    since: date
    until: date
    locale: str = ""

    @classmethod
    def last(cls, days: int, locale: str = "") -> "Period":
        """That many days up to today."""
        today = timezone.localdate()
        return cls(today - timedelta(days=days - 1), today, locale)

    def rows(self) -> QuerySet[DailyQuery]:
        """The counts of the period."""
        rows = DailyQuery.objects.filter(day__range=(self.since, self.until))
        return rows.filter(locale=self.locale) if self.locale else rows

    def days(self) -> list[date]:
        """Each day."""
        return [self.since + timedelta(n) for n in range((self.until - self.since).days + 1)]


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums. `clicks` and `conversions` count products, `clicked` and `converted` searches."""

    searches: int = 0
    without_results: int = 0
    clicks: int = 0
    clicked: int = 0
    conversions: int = 0
    converted: int = 0

    @property
    def failure_rate(self) -> float | None:
        """The share of the searches that found nothing, None without searches."""
        return self._share(self.without_results)

    @property
    def click_through(self) -> float | None:
        """The share of the searches after which something found was opened."""
        return self._share(self.clicked)

    @property
    def conversion_rate(self) -> float | None:
        """The share of the searches after which something found went into the cart."""
        return self._share(self.converted)

    def _share(self, part: int) -> float | None:
        # A killed process may have lost a search whose click was written.
        return round(min(part / self.searches, 1.0), 4) if self.searches else None


_COUNTED = [each.name for each in fields(Figures)]


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A text in a language, with what came of it."""

    text: str
    locale: str
    figures: Figures


def total(parts: Iterable[Figures]) -> Figures:
    """All of them together."""
    rows = [[getattr(part, name) for name in _COUNTED] for part in parts]
    return Figures(*map(sum, zip(*rows, strict=True)))


def per_day(period: Period) -> list[tuple[date, Figures]]:
    """Every day of the period, also those without searches; one query."""
    rows: QuerySet[Any, Any] = period.rows()
    found = {row["day"]: _figures(row) for row in rows.values("day").annotate(**_sums())}
    return [(day, found.get(day, Figures())) for day in period.days()]


def queries(
    period: Period, *, containing: str = "", only_without_results: bool = False
) -> QuerySet[Any, dict[str, Any]]:
    """One row for each text and language with its sums, to be put in order; see `row_of`."""
    rows: QuerySet[Any, Any] = period.rows()
    if containing:
        rows = rows.filter(text__contains=containing)
    sums = rows.values("text", "locale").annotate(**_sums())
    return sums.filter(sum_without_results__gt=0) if only_without_results else sums


def row_of(row: dict[str, Any]) -> QueryRow:
    """A row of `queries`."""
    return QueryRow(row["text"], row["locale"], _figures(row))


def _sums() -> dict[str, Sum]:
    # Under the columns' own names the sums would hide what they sum up.
    return {f"sum_{name}": Sum(name) for name in _COUNTED}


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(**{name: row[f"sum_{name}"] or 0 for name in _COUNTED})


def locales() -> list[str]:
    """The languages that were searched in."""
    return sorted(DailyQuery.objects.values_list("locale", flat=True).distinct())


ORDERS = {
    "searches": "sum_searches",
    "without_results": "sum_without_results",
    "clicks": "sum_clicks",
    "conversions": "sum_conversions",
}


def ordering(name: str) -> tuple[str, ...]:
    """The columns of a name of ORDERS (largest first), or of `text`; unique."""
    first = (f"-{ORDERS[name]}",) if name in ORDERS else ()
    return (*first, "text", "locale")
