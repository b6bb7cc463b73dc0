"""What the page of background work shows: names and times, no values of anybody's data."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from core import periodic
from core.health import HEARTBEAT_AGE
from core.logging import without_secrets
from core.models import OutboxDelivery, OutboxEvent, PeriodicRun, WorkerHeartbeat
from core.tasks import on_celery

AT_MOST = 100

_MAIL_ADDRESS = re.compile(r"[^\s@<>'\"(,;:=]+@[^\s@<>'\"),;]+")
_PLACE = re.compile(r'File "[^"]*?([^/"]+)", line (\d+), in (\S+)')


@dataclass(frozen=True, slots=True)
class Row:
    """An event's delivery to a handler, or a task. `target` names it in a form."""

    target: str
    what: str
    handler: str
    about: str
    attempts: int
    error: str
    at: datetime | None
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic job."""

    name: str
    every: str
    last_started: datetime | None
    took: str
    error: str
    next_due: datetime | None
    is_running: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The first rows of a list, and how many there are in all."""

    rows: list[Row]
    count: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


def failed() -> Listing:
    """What was given up, the latest first."""
    deliveries = OutboxDelivery.objects.filter(state=OutboxDelivery.State.DEAD)
    tasks = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)
    rows = [
        *_deliveries(deliveries.order_by("-finished_at"), at="finished_at"),
        *_tasks(tasks.order_by("-finished_at"), at="finished_at"),
    ]
    rows.sort(key=lambda row: row.at or timezone.now(), reverse=True)
    return Listing(rows[:AT_MOST], deliveries.count() + tasks.count())


def waiting() -> Listing:
    """What is under way or will be tried, first what has failed before."""
    deliveries = OutboxDelivery.objects.filter(state=OutboxDelivery.State.DUE)
    tasks = DBTaskResult.objects.filter(
        status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING]
    )
    failed_before = Case(
        When(last_error="", then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    rows = [
        *_deliveries(deliveries.order_by(failed_before, "next_attempt_at"), at="next_attempt_at"),
        *_tasks(tasks.order_by("run_after"), at="run_after"),
    ]
    rows.sort(key=lambda row: (not row.error, row.at or timezone.now()))
    return Listing(rows[:AT_MOST], deliveries.count() + tasks.count())


def waits_since() -> datetime | None:
    """When the oldest event was recorded that no worker has looked at."""
    oldest = OutboxEvent.objects.filter(fanned_out_at=None).order_by("pk").first()
    return oldest.recorded_at if oldest else None


def jobs() -> list[Job]:
    """The periodic jobs that this process knows, those that failed first."""
    runs = PeriodicRun.objects.in_bulk(list(periodic.registered()))
    shown = [_job(entry, runs.get(name)) for name, entry in periodic.registered().items()]
    return sorted(shown, key=lambda job: (not job.error, job.name))


def workers() -> list[dict[str, Any]]:
    """The workers that were seen in the last day, those that live first."""
    alive_since = timezone.now() - HEARTBEAT_AGE
    return [
        {
            "name": worker.worker.rpartition(":")[0] or worker.worker,
            "started_at": worker.started_at,
            "seen_at": worker.seen_at,
            "is_alive": worker.seen_at >= alive_since,
        }
        for worker in WorkerHeartbeat.objects.order_by("-seen_at")[:AT_MOST]
    ]


def engine() -> str:
    """What runs the tasks."""
    return "Celery" if on_celery() else "the database"


def harmless(text: str) -> str:
    """An error's text without secrets and mail addresses, at most 300 characters."""
    return _MAIL_ADDRESS.sub("…@…", without_secrets(text))[:300]


def _deliveries(deliveries: QuerySet[OutboxDelivery], *, at: str) -> Iterable[Row]:
    for each in deliveries.select_related("event")[:AT_MOST]:
        fields = ", ".join(sorted(each.event.payload))
        yield Row(
            target=f"delivery:{each.pk}",
            what=each.event.name,
            handler=each.handler,
            about=f"{each.key} ({fields})" if fields else each.key,
            attempts=each.attempts,
            error=harmless(each.last_error),
            at=getattr(each, at),
            is_running=bool(each.leased_by) and each.next_attempt_at > timezone.now(),
        )


def _tasks(tasks: QuerySet[DBTaskResult], *, at: str) -> Iterable[Row]:
    for each in tasks[:AT_MOST]:
        when = getattr(each, at)
        module, _, name = each.task_path.rpartition(".")
        given = [*sorted(each.args_kwargs["kwargs"])]
        if unnamed := len(each.args_kwargs["args"]):
            given.insert(0, "1 value" if unnamed == 1 else f"{unnamed} values")
        yield Row(
            target=f"task:{each.pk}",
            what=name,
            handler=module,
            about=", ".join(given),
            attempts=len(each.worker_ids),
            error=_error_of(each.traceback),
            at=each.enqueued_at if when == get_date_max() else when,
            is_running=each.status == TaskResultStatus.RUNNING,
        )


def _error_of(traceback: str) -> str:
    """The last line of a traceback and the place that it came from."""
    lines = traceback.strip().splitlines()
    if not lines:
        return ""
    places = _PLACE.findall(traceback)
    where = " ({}, line {}, in {})".format(*places[-1]) if places else ""
    return harmless(lines[-1]) + where


def _job(entry: periodic.Entry, run: PeriodicRun | None) -> Job:
    started, finished = (run.last_started, run.last_finished) if run else (None, None)
    is_running = bool(started and (finished is None or finished < started))
    took = ""
    if started and finished and not is_running:
        took = f"{(finished - started).total_seconds():.1f} s"
    return Job(
        name=entry.name,
        every=_in_words(int(entry.every.total_seconds())),
        last_started=started,
        took=took,
        error=harmless(run.last_error) if run else "",
        next_due=run.next_due if run else None,
        is_running=is_running,
    )


def _in_words(seconds: int) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length and seconds % length == 0:
            count = seconds // length
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    return f"every {seconds} seconds"
