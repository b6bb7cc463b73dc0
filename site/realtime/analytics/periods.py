"""The hours and days that figures are kept for. Days are those of the setting TIME_ZONE."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone

from realtime.models import Grain

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Period(NamedTuple):
    """An hour or a day, by the moment (UTC) that it begins with."""

    grain: str
    start: datetime

    @property
    def end(self) -> datetime:
        """The first moment after it; a day may have 23 or 25 hours."""
        return self.start + HOUR if self.grain == Grain.HOUR else _day(self.start + 36 * HOUR)


def periods_of(moment: datetime) -> tuple[Period, Period]:
    """The hour and the day that a moment lies in."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Period(Grain.HOUR, hour), Period(Grain.DAY, _day(moment))


def day_of(moment: datetime) -> datetime:
    """When the shop's day began that a moment lies in."""
    return _day(moment)


def all_of(moments: set[datetime]) -> Iterator[Period]:
    """Every hour and day that one of these moments lies in, each once, in order."""
    yield from sorted({period for moment in moments for period in periods_of(moment)})


def _day(moment: datetime) -> datetime:
    zone = timezone.get_default_timezone()
    return _midnight(moment.astimezone(zone).date().toordinal(), str(zone))


@lru_cache(maxsize=1024)
def _midnight(ordinal: int, zone: str) -> datetime:
    day = datetime.fromordinal(ordinal).date()
    midnight = datetime.combine(day, time(), timezone.get_default_timezone())
    return midnight.astimezone(UTC)
