"""Tasks on Celery: the rows stay in our database, Celery carries their ids to its workers.

The broker may be gone, forgetful or slow: the row says what is to be done. `enqueue` writes it
in the caller's transaction; `send_due` sends every due row and puts its `run_after` off by
RESEND_AFTER, so that a message that got lost is sent again. A message names that `run_after`:
one that was overtaken by a retry or sent twice is told from the valid one and dropped.

The relay of the outbox and the periodic jobs run here too, as `core.relay` (woken by a commit
and by the clock) and `core.periodic` (by the clock).
"""

import logging
import os
import socket
import threading
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from celery import shared_task
from celery.signals import worker_init, worker_ready, worker_shutdown
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from django_tasks_db import DatabaseBackend

from core import events, periodic, relay
from core.ids import uuid7

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(minutes=15)
SEND_AT_ONCE = 200
# A call that nobody took up by then is not needed any more: the clock sends the next one.
CALL_EXPIRES_AFTER = 60.0
PAUSE_WITHOUT_BROKER = timedelta(seconds=5)


class CeleryBackend(DatabaseBackend):  # type: ignore[misc]
    """`TASKS=celery`: rows as on the database engine, run by Celery's workers."""

    has_own_workers = True

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Write the row; a worker is woken when the caller's transaction is committed."""
        result = super().enqueue(task, args, kwargs)
        transaction.on_commit(events.wake, robust=True)
        return result

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """`enqueue`, from a coroutine."""
        return await sync_to_async(self.enqueue, thread_sensitive=True)(task, args, kwargs)


# ── Sending ─────────────────────────────────────────────────────────────────────────────
def send_due() -> int:
    """Send the tasks that are due; how many. What the broker does not take is due soon again."""
    from django_tasks_db.models import DBTaskResult

    aliases = [alias for alias, each in settings.TASKS.items() if each["BACKEND"] == _path()]
    due = DBTaskResult.objects.ready().filter(backend_name__in=aliases)
    if not due.exists():
        return 0
    stamp = timezone.now() + RESEND_AFTER
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True)[:SEND_AT_ONCE])
        ids = [row.pk for row in rows]
        DBTaskResult.objects.filter(pk__in=ids).update(run_after=stamp)
    for number, row in enumerate(rows):
        try:
            run_task.apply_async(
                (str(row.pk), stamp.isoformat()),
                task_id=str(row.pk),
                queue=row.queue_name,
                retry=False,
            )
        except Exception:
            logger.exception("The broker takes no tasks")
            unsent = DBTaskResult.objects.filter(pk__in=ids[number:], run_after=stamp)
            unsent.update(run_after=timezone.now() + PAUSE_WITHOUT_BROKER)
            return number
    return len(rows)


class _Waker:
    """Calls the relay after a commit, from a thread: nobody waits for the broker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._asked = threading.Event()

    def __call__(self) -> None:
        """Have the relay called soon; many commits at once make few calls."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    # A thread does not follow its process into a fork.
                    self._asked, self._process = threading.Event(), os.getpid()
                    threading.Thread(
                        target=self._run, args=(self._asked,), name="celery-waker", daemon=True
                    ).start()
        self._asked.set()

    def _run(self, asked: threading.Event) -> None:
        while True:
            asked.wait()
            asked.clear()
            try:
                deliver.apply_async(expires=CALL_EXPIRES_AFTER, retry=False)
            except Exception:
                logger.exception("The broker cannot be reached; the relay's next round delivers")
                time.sleep(PAUSE_WITHOUT_BROKER.total_seconds())


wake = _Waker()


# ── What Celery's workers run ───────────────────────────────────────────────────────────
@shared_task(name="core.relay", ignore_result=True)
def deliver() -> None:
    """Send due tasks and deliver what is in the outbox."""
    send_due()
    relay.drain(rounds=20)


@shared_task(name="core.periodic", ignore_result=True)
def run_periodic() -> None:
    """Run the periodic jobs that are due; their rows keep two workers apart."""
    periodic.run_due()


@shared_task(
    name="core.run_task", bind=True, acks_late=True, reject_on_worker_lost=True, ignore_result=True
)
def run_task(self: Any, task_id: str, stamp: str) -> None:
    """Run one task, unless its row says that this message has been overtaken."""
    from core import task_runs

    row = task_runs.claim(
        UUID(task_id),
        run_after=datetime.fromisoformat(stamp),
        worker=_names.get("worker") or str(self.request.hostname),
        redelivered=bool((self.request.delivery_info or {}).get("redelivered")),
    )
    if row is not None:
        task_runs.perform(row)


# ── A worker's life ─────────────────────────────────────────────────────────────────────
_names: dict[str, str] = {}
_stopping = threading.Event()


@worker_init.connect
def name_the_worker(**kwargs: Any) -> None:
    """Before the pool forks: a name that its processes inherit, and no pool of connections.

    A process of Celery has one thread, and a pool's own threads do not survive the fork.
    """
    _names["worker"] = f"celery:{socket.gethostname()[:60]}:{os.getpid()}:{uuid7().hex[-6:]}"
    for connection in connections.settings.values():
        connection.get("OPTIONS", {}).pop("pool", None)


@worker_ready.connect
def start_heartbeat(**kwargs: Any) -> None:
    """Say every few seconds that this worker lives."""
    from core.worker import HEARTBEAT_EVERY, say_alive

    started_at = timezone.now()

    def beat() -> None:
        while True:
            try:
                say_alive(_names["worker"], started_at)
            except Exception:
                logger.exception("The worker could not say that it lives")
            connections.close_all()
            if _stopping.wait(HEARTBEAT_EVERY.total_seconds()):
                return

    threading.Thread(target=beat, name="celery-heartbeat", daemon=True).start()


@worker_shutdown.connect
def sign_off(**kwargs: Any) -> None:
    """The worker ends in good order."""
    from core.worker import say_goodbye

    _stopping.set()
    say_goodbye(_names["worker"])


def _path() -> str:
    return f"{CeleryBackend.__module__}.{CeleryBackend.__qualname__}"
