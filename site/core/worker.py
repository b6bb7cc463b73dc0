"""The background worker: relay, periodic jobs and database tasks, each in a thread of its own.

`manage.py worker` runs one; `start_in_background` runs one inside the web process. Any number
of them can run at once. With TASKS=celery the tasks are handed to Celery's workers, which run
the relay and the periodic jobs as well: then this worker may run beside them or not at all.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.util import Finalize

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
LOOK_EVERY_URGENT = 0.2
PAUSE_AFTER_ERROR = 5.0


def _task_backends() -> list[str]:
    """The aliases of the task backends whose tasks run here."""
    if not apps.is_installed("django_tasks_db"):
        return []
    from django_tasks_db.backend import DatabaseBackend
    from django_tasks_db.compat import task_backends

    backends = [task_backends[alias] for alias in getattr(settings, "TASKS", {})]
    return [
        backend.alias
        for backend in backends
        if isinstance(backend, DatabaseBackend) and not getattr(backend, "has_own_workers", False)
    ]


def say_alive(worker: str, started_at: datetime) -> None:
    """Write a worker's heartbeat, which readiness and `restart_lost` look for."""
    WorkerHeartbeat.objects.update_or_create(
        worker=worker,
        defaults={"seen_at": timezone.now()},
        create_defaults={"seen_at": timezone.now(), "started_at": started_at},
    )


def say_goodbye(worker: str) -> None:
    """Take a worker's heartbeat away. A failure is logged: the worker ends anyhow."""
    try:
        WorkerHeartbeat.objects.filter(worker=worker).delete()
    except Exception:
        logger.exception("The worker could not sign off")
    finally:
        connections.close_all()


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
            ("relay-urgent", self._relay_urgent),
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
        """Stop, wait up to `timeout` seconds for each thread, and sign off.

        A worker that is cut off in the middle of something does not: its heartbeat tells
        `restart_lost` that it was there.
        """
        self.stop()
        for thread in self._threads:
            thread.join(timeout)
        if busy := [thread.name for thread in self._threads if thread.is_alive()]:
            logger.warning("The worker ends in the middle of its work", extra={"threads": busy})
            return
        say_goodbye(self.name)
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
        say_alive(self.name, self.started_at)
        return HEARTBEAT_EVERY.total_seconds()

    def _relay(self) -> float:
        rings = events.rings()
        if not relay.deliver_due(urgent=False) + _send_due():
            close_old_connections()
            events.wait_for_more(rings, timeout=LOOK_EVERY)
        return 0

    def _relay_urgent(self) -> float:
        # Another process's commit wakes nobody here: it is looked for often.
        rings = events.rings()
        if not relay.deliver_due(urgent=True):
            close_old_connections()
            events.wait_for_more(rings, timeout=LOOK_EVERY_URGENT)
        return 0

    def _periodic(self) -> float:
        periodic.run_due()
        return LOOK_EVERY

    def _tasks_of(self, alias: str) -> Callable[[], float]:
        def turn() -> float:
            run_tasks(alias, worker=self.name, at_most=20)
            return LOOK_EVERY

        return turn


def run_tasks(alias: str, *, worker: str, at_most: int | None = None) -> int:
    """Run the tasks that are due in that backend, in this thread; how many there were."""
    from core import task_runs

    return task_runs.run_ready(alias, worker=worker, at_most=at_most)


def _send_due() -> int:
    if not apps.is_installed("django_tasks_db"):
        return 0
    from core import task_runs

    return task_runs.send_due()


def run_once() -> int:
    """Do everything that is due, and what that makes due; how many things were done."""
    total = 0
    name = f"once:{uuid7().hex}"
    while done := (
        relay.drain()
        + periodic.run_due()
        + _send_due()
        + sum(run_tasks(alias, worker=name) for alias in _task_backends())
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
            # Granian's processes end as multiprocessing's do, without the hooks of atexit, which
            # call these too. Daemon threads still run while they do, and are cut off after them.
            Finalize(None, _embedded.finish, args=(5.0,), exitpriority=10)
        return _embedded
