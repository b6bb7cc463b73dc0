"""The days that a report is about, and the days that it is compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from core.errors import ValidationFailed
from realtime.analytics.periods import day_of

MAX_DAYS = 1100
USUAL_DAYS = 30
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
PREVIOUS, YEAR = "previous", "year"
COMPARISONS = {PREVIOUS: "The days before", YEAR: "A year before"}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last day, both included; days are those of the setting TIME_ZONE."""

    first: date
    last: date

    @classmethod
    def latest(cls, days: int = USUAL_DAYS) -> "Span":
        """So many days with today as the last."""
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        return cls(today - (days - 1) * DAY, today)

    @property
    def since(self) -> datetime:
        """The first moment."""
        return _midnight(self.first)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + DAY)

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def each_day(self) -> Iterator[date]:
        """Every day in order."""
        return (self.first + number * DAY for number in range(self.days))

    def before(self, compare: str) -> "Span":
        """As many days: those right before, or those that began on the same day a year ago."""
        if compare == YEAR:
            first = _a_year_before(self.first)
            return Span(first, first + (self.days - 1) * DAY)
        return Span(self.first - self.days * DAY, self.first - DAY)


def span_of(since: date | None, until: date | None) -> Span:
    """The span that was asked for; what is not given makes it 30 days, until today.

    Raises ValidationFailed for days in the wrong order, too many or too far away.
    """
    last = until or (Span.latest().last if since is None else max(since, Span.latest().last))
    if not EARLIEST <= last <= LATEST:
        raise _refused("until", f"From {EARLIEST} to {LATEST}.")
    first = since or last - (USUAL_DAYS - 1) * DAY
    if since and not EARLIEST <= since <= LATEST:
        raise _refused("since", f"From {EARLIEST} to {LATEST}.")
    if first > last:
        raise _refused("since", "It is after `until`.")
    span = Span(first, last)
    if span.days > MAX_DAYS:
        raise _refused("since", f"At most {MAX_DAYS} days.")
    return span


def _refused(field: str, detail: str) -> ValidationFailed:
    return ValidationFailed(
        detail, errors=[{"field": field, "code": "out_of_range", "detail": detail}]
    )


def _midnight(day: date) -> datetime:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.get_default_timezone())
    return day_of(noon)


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
