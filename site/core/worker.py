"""The background worker: relay, periodic jobs and database tasks, each in a thread of its own.

`manage.py worker` runs one; `start_in_background` runs one inside the web process. Any number
of them can run at once.
"""

import atexit
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from core import events, periodic, relay
from core.ids import uuid7
from core.models import WorkerHeartbeat

logger = logging.getLogger(__name__)

HEARTBEAT_EVERY = timedelta(seconds=15)
LOOK_EVERY = 1.0
PAUSE_AFTER_ERROR = 5.0


def _task_backends() -> list[str]:
    """The aliases of the task backends whose queue is in the database."""
    if not apps.is_installed("django_tasks_db"):
        return []
    from django_tasks_db.backend import DatabaseBackend
    from django_tasks_db.compat import task_backends

    aliases = getattr(settings, "TASKS", {})
    return [alias for alias in aliases if isinstance(task_backends[alias], DatabaseBackend)]


class Worker:
    """One worker process, or the worker inside of a web process."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid7().hex[-6:]}"
        self.started_at = timezone.now()
        self._stopping = threading.Event()
        self._asked_to_stop = False
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        """Work until `ask_to_stop` or `stop` is called."""
        self.start()
        try:
            while not (self._asked_to_stop or self._stopping.is_set()):
                time.sleep(0.2)
        finally:
            self.finish()

    def start(self) -> None:
        """Start the threads and return."""
        loops: list[tuple[str, Callable[[], float]]] = [
            ("heartbeat", self._beat),
            ("relay", self._relay),
            ("periodic", self._periodic),
        ]
        loops += [(f"tasks-{alias}", self._tasks_of(alias)) for alias in _task_backends()]
        for label, turn in loops:
            thread = threading.Thread(
                target=self._loop, args=(label, turn), name=f"worker-{label}", daemon=True
            )
            self._threads.append(thread)
            thread.start()
        logger.info("The worker has started", extra={"worker": self.name})

    def ask_to_stop(self) -> None:
        """End `run` soon. For signal handlers: takes no lock, unlike `stop`."""
        self._asked_to_stop = True

    def stop(self) -> None:
        """Ask the threads to end after what they are doing."""
        self._stopping.set()
        events.wake()

    def finish(self, timeout: float = 30.0) -> None:
        """Stop, wait up to `timeout` seconds for each thread, and sign off."""
        self.stop()
        for thread in self._threads:
            thread.join(timeout)
        try:
            WorkerHeartbeat.objects.filter(worker=self.name).delete()
        except Exception:
            logger.exception("The worker could not sign off")
        finally:
            connections.close_all()
        logger.info("The worker has stopped", extra={"worker": self.name})

    def _loop(self, label: str, turn: Callable[[], float]) -> None:
        """Call `turn` until stopping; it says how many seconds to wait before the next."""
        try:
            while not self._stopping.is_set():
                try:
                    pause = turn()
                except Exception:
                    logger.exception("A worker's turn failed", extra={"loop": label})
                    # The connection may be the reason: the next turn gets a new one.
                    connections.close_all()
                    pause = PAUSE_AFTER_ERROR
                # A connection that waits with its thread is missing from the pool.
                close_old_connections()
                if pause:
                    self._stopping.wait(pause)
        finally:
            connections.close_all()

    def _beat(self) -> float:
        WorkerHeartbeat.objects.update_or_create(
            worker=self.name,
            defaults={"seen_at": timezone.now()},
            create_defaults={"seen_at": timezone.now(), "started_at": self.started_at},
        )
        return HEARTBEAT_EVERY.total_seconds()

    def _relay(self) -> float:
        if not relay.deliver_due():
            close_old_connections()
            events.wait_for_events(LOOK_EVERY)
        return 0

    def _periodic(self) -> float:
        periodic.run_due()
        return LOOK_EVERY

    def _tasks_of(self, alias: str) -> Callable[[], float]:
        def turn() -> float:
            run_tasks(alias, at_most=20)
            return LOOK_EVERY

        return turn


def run_tasks(alias: str, *, at_most: int | None = None) -> int:
    """Run the tasks that are due in that backend, in this thread; how many there were."""
    from django_tasks_db.management.commands.db_worker import Worker as TaskWorker
    from django_tasks_db.models import DBTaskResult

    # Its worker locks before it looks; on SQLite that would hold up every writer each second.
    if not DBTaskResult.objects.ready().filter(backend_name=alias).exists():
        return 0
    worker = TaskWorker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name=alias,
        startup_delay=False,
        max_tasks=at_most,
        worker_id=uuid7().hex,
    )
    worker.run()
    return int(worker._run_tasks)


def run_once() -> int:
    """Do everything that is due, and what that makes due; how many things were done."""
    total = 0
    while done := (
        relay.drain() + periodic.run_due() + sum(run_tasks(alias) for alias in _task_backends())
    ):
        total += done
    return total


_embedded: Worker | None = None
_embedded_lock = threading.Lock()


def start_in_background() -> Worker:
    """Start a worker inside this process, once, and stop it when the process ends."""
    global _embedded
    with _embedded_lock:
        if _embedded is None:
            _embedded = Worker()
            _embedded.start()
            # Daemon threads still run while exit hooks do, and are cut off after them.
            atexit.register(_embedded.finish, 5.0)
        return _embedded
