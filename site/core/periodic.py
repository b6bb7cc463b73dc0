"""Jobs that run every so often, once for all workers together.

@periodic("inventory.release_expired", every=timedelta(minutes=1))
def release_expired_reservations() -> int: ...
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.utils import timezone

from core.context import request_id_bound
from core.ids import uuid7
from core.models import PeriodicRun

logger = logging.getLogger(__name__)

AFTER_FAILURE = timedelta(minutes=5)

Job = TypeVar("Job", bound=Callable[[], object])


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    every: timedelta
    call: Callable[[], object]


_jobs: dict[str, Entry] = {}


def periodic(name: str, every: timedelta) -> Callable[[Job], Job]:
    """Register a function without arguments; a worker calls it when it is due.

    `name` is stored and must stay. The next run is counted from the start of this one; a job
    that was missed while no worker lived runs once, not once for each missed time. One that
    failed does not wait for longer than AFTER_FAILURE.
    """

    def register(job: Job) -> Job:
        _jobs[name] = Entry(name, every, job)
        return job

    return register


def registered() -> dict[str, Entry]:
    """Every job that this process knows, by name."""
    return _jobs


def run_due() -> int:
    """Run the jobs that are due and that nobody else took; how many ran.

    A job's exception is logged and kept in `last_error`, never raised.
    """
    rows = {row.name: row for row in PeriodicRun.objects.filter(name__in=_jobs)}
    missing = [name for name in _jobs if name not in rows]
    if missing:
        now = timezone.now()
        PeriodicRun.objects.bulk_create(
            [PeriodicRun(name=name, next_due=now) for name in missing], ignore_conflicts=True
        )
        rows |= {row.name: row for row in PeriodicRun.objects.filter(name__in=missing)}
    return sum(_run(_jobs[name], row) for name, row in rows.items())


def _run(entry: Entry, row: PeriodicRun) -> bool:
    now = timezone.now()
    if row.next_due > now:
        return False
    # Whoever changes the row first has taken the run.
    taken = PeriodicRun.objects.filter(name=entry.name, next_due=row.next_due).update(
        next_due=now + entry.every, last_started=now
    )
    if not taken:
        return False
    error = ""
    with request_id_bound(uuid7().hex):
        try:
            entry.call()
        except Exception as raised:
            logger.exception("A periodic job failed", extra={"job": entry.name})
            error = f"{type(raised).__name__}: {raised}"[:1000]
    run = PeriodicRun.objects.filter(name=entry.name)
    run.update(last_finished=timezone.now(), last_error=error)
    if error:
        soon = timezone.now() + AFTER_FAILURE
        run.filter(next_due__gt=soon).update(next_due=soon)
    return True


def run_now(name: str) -> None:
    """Make a job due at once (the next round of a worker runs it). Raises KeyError."""
    entry = _jobs[name]
    PeriodicRun.objects.filter(name=entry.name).update(next_due=timezone.now())
