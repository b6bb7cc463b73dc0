"""Runs tasks, tries them again and gives them up, for both engines. `core.tasks` says how.

The rows are django_tasks_db's own. `run_after` in the future means that a task was put off; its
own `far away` value means at once. An attempt is an entry in `worker_ids`.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker as DatabaseTaskWorker
from django_tasks_db.models import DBTaskResult

from core import events
from core.context import request_id_bound
from core.models import WorkerHeartbeat
from core.relay import pause_after
from core.tasks import max_attempts_of, on_celery

logger = logging.getLogger(__name__)

# A worker that lives is seen every 15 seconds.
LOST_AFTER = timedelta(minutes=2)
# Who never says that it lives, such as `worker --once`.
LOST_WITHOUT_TRACE_AFTER = timedelta(hours=1)


class Lost(Exception):
    """What is noted for a task whose workers died, each time that it was tried."""


class TaskWorker(DatabaseTaskWorker):  # type: ignore[misc]
    """The library's worker, with retries."""

    def run_task(self, row: DBTaskResult) -> None:
        """Run a claimed task; after a failure put it off or give it up."""
        with request_id_bound(row.pk.hex):
            super().run_task(row)
            if row.status == TaskResultStatus.FAILED:
                _put_off(row)


def run_ready(alias: str, *, worker: str, at_most: int | None = None) -> int:
    """Run the tasks that are due in that backend, in this thread; how many there were."""
    # The library locks before it looks; on SQLite that would hold up every writer each second.
    if not DBTaskResult.objects.ready().filter(backend_name=alias).exists():
        return 0
    task_worker = _worker(alias, worker, at_most)
    task_worker.run()
    return int(task_worker._run_tasks)


def claim(
    task_id: UUID, *, run_after: datetime, worker: str, redelivered: bool
) -> DBTaskResult | None:
    """Take a task that was sent with that `run_after`; None if it is not to be run any more.

    `redelivered`: the broker says that whoever had this message before is gone, so that the
    task may be taken out of a dead worker's hands.
    """
    free = Q(status=TaskResultStatus.READY)
    if redelivered:
        free |= Q(status=TaskResultStatus.RUNNING)
    with transaction.atomic():
        waiting = DBTaskResult.objects.filter(free, pk=task_id, run_after=run_after)
        row = waiting.select_for_update().first()
        if row is None or _is_used_up(row):
            return None
        row.claim(worker)
    return row


def perform(row: DBTaskResult) -> None:
    """Run a claimed task. Its exception is kept in the row, never raised."""
    _worker(row.backend_name, row.worker_ids[-1], 1).run_task(row)


def run_again(tasks: Iterable[UUID] | None = None) -> int:
    """Give failed tasks (all, or those with these ids) a new life; how many there were."""
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)
    if tasks is not None:
        failed = failed.filter(pk__in=list(tasks))
    count = failed.update(
        status=TaskResultStatus.READY, worker_ids=[], run_after=timezone.now(), finished_at=None
    )
    transaction.on_commit(events.wake, robust=True)
    return int(count)


def hurry(tasks: Iterable[UUID]) -> int:
    """Make waiting tasks due at once; how many there were."""
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY, pk__in=list(tasks))
    count = waiting.update(run_after=timezone.now())
    transaction.on_commit(events.wake, robust=True)
    return int(count)


def is_queued(task: str) -> bool:
    """Whether the task of this id waits or is under way."""
    unfinished = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    try:
        rows = DBTaskResult.objects.filter(pk=UUID(task), status__in=unfinished)
    except ValueError:
        return False  # a backend without rows has no queue
    return bool(rows.exists())


def restart_lost() -> int:
    """Make tasks due whose worker has died, or give them up; how many there were."""
    now = timezone.now()
    running = DBTaskResult.objects.filter(
        status=TaskResultStatus.RUNNING, started_at__lt=now - LOST_AFTER
    )
    seen = dict(WorkerHeartbeat.objects.values_list("worker", "seen_at"))
    lost = 0
    for row in running:
        last_seen = seen.get(row.worker_ids[-1]) if row.worker_ids else None
        patience = LOST_AFTER if last_seen else LOST_WITHOUT_TRACE_AFTER
        if (last_seen or row.started_at) > now - patience:
            continue
        logger.warning("A task's worker died", extra=_named(row))
        lost += 1
        if not _is_used_up(row):
            # Somebody else may have found it first, and it may be running anew.
            _as_it_was(row).update(status=TaskResultStatus.READY, run_after=now)
    return lost


def send_due() -> int:
    """Hand due tasks to Celery's broker, if that is where they run; how many."""
    if not on_celery():
        return 0
    from core import celery_backend

    return celery_backend.send_due()


def _worker(alias: str, name: str, at_most: int | None) -> TaskWorker:
    return TaskWorker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name=alias,
        startup_delay=False,
        max_tasks=at_most,
        worker_id=name,
    )


def _put_off(row: DBTaskResult) -> None:
    attempts = len(row.worker_ids)
    if attempts >= max_attempts_of(row.task_path):
        logger.error("A task was given up", extra=_named(row))
        return
    # The error stays in the row, for people to read while they wait.
    _as_it_was(row).update(
        status=TaskResultStatus.READY,
        run_after=timezone.now() + pause_after(attempts),
        finished_at=None,
    )


def _is_used_up(row: DBTaskResult) -> bool:
    """Whether the task's tries were all taken by workers that died; then it is FAILED."""
    if len(row.worker_ids) < max_attempts_of(row.task_path):
        return False
    logger.error("A task was given up unfinished", extra=_named(row))
    _as_it_was(row).update(
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        exception_class_path=f"{Lost.__module__}.{Lost.__qualname__}",
        traceback="Given up: its workers died.",
    )
    return True


def _as_it_was(row: DBTaskResult) -> QuerySet[DBTaskResult]:
    """The row, unless somebody else has changed what became of it."""
    same: QuerySet[DBTaskResult] = DBTaskResult.objects.filter(
        pk=row.pk, status=row.status, worker_ids=row.worker_ids
    )
    return same


def _named(row: DBTaskResult) -> dict[str, object]:
    return {"task": row.task_path, "task_id": str(row.pk), "attempts": len(row.worker_ids)}
