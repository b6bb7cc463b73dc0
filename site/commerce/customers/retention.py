"""How long personal data is kept: the settings RETENTION_…, applied once a day and by hand."""

from calendar import monthrange
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from commerce.customers import privacy
from core.periodic import periodic

# What the daily job takes at once, so that a worker is soon free again; the rest comes next day.
BATCHES_A_DAY = 50
# A rule that drops nothing and says that it did would never end.
MOST_BATCHES = 1_000_000

Progress = Callable[[str, int], None]


def limit(setting: str, *, now: datetime) -> datetime | None:
    """Before when things are too old by a setting; None where it keeps everything.

    Raises ImproperlyConfigured for a name without a unit.
    """
    number: int = getattr(settings, setting, 0)
    if not number:
        return None
    unit = setting.rpartition("_")[2]
    if unit == "DAYS":
        return now - timedelta(days=number)
    if unit in {"MONTHS", "YEARS"}:
        return _months_before(now, number if unit == "MONTHS" else number * 12)
    raise ImproperlyConfigured(f"{setting} has to end in _DAYS, _MONTHS or _YEARS.")


def apply_all(
    *,
    now: datetime,
    dry_run: bool = False,
    most_batches: int = MOST_BATCHES,
    progress: Progress = lambda label, count: None,
) -> dict[str, int]:
    """Drop what is too old; how many by label. `progress(label, so_far)` is told of each batch.

    Each batch is a transaction of its own: what was done stays done when this is interrupted.
    """
    dropped: dict[str, int] = {}
    for label, rule in privacy.retentions().items():
        before = limit(rule.setting, now=now)
        if before is None:
            continue
        dropped[label] = 0
        for _ in range(1 if dry_run else most_batches):
            count = rule.apply(before, dry_run)
            dropped[label] += count
            progress(label, dropped[label])
            if not count:
                break
    return dropped


@periodic("customers.apply_retention", every=timedelta(days=1))
def apply_retention() -> dict[str, int]:
    """Drop what is too old."""
    return apply_all(now=timezone.now(), most_batches=BATCHES_A_DAY)


def _months_before(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
