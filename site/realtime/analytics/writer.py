"""One thread per process that stores what consumers give it, as much at once as has come.

    await asyncio.wrap_future(writer.submit(Incoming(events, sender, timezone.now())))

While one transaction is under way the next one gathers, so that the load itself decides how
large they become. The future ends after the commit, and only then may the client be told.
"""

import logging
import queue
import threading
from concurrent.futures import Future

from django.db import InterfaceError, OperationalError, connection

from realtime.analytics import ingest
from realtime.analytics.ingest import Incoming
from realtime.errors import Busy, NotStored

logger = logging.getLogger(__name__)

MOST_WAITING = 20_000  # events
MOST_AT_ONCE = 2_000  # events in one transaction
IDLE = 0.5  # seconds until the connection goes back to the pool

Job = tuple[Incoming, "Future[None]"]


class Writer:
    """The queue and its thread, which starts with the first batch."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def submit(self, incoming: Incoming) -> "Future[None]":
        """Have a batch stored; the future ends when it is, or with NotStored.

        Raises Busy while too many events wait.
        """
        with self._lock:
            if self._waiting + len(incoming.events) > MOST_WAITING:
                raise Busy
            self._waiting += len(incoming.events)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="events", daemon=True)
                self._thread.start()
        future: Future[None] = Future()
        self._queue.put((incoming, future))
        return future

    def stop(self) -> None:
        """Store what waits, give the connection back and end the thread, for tests."""
        if self._thread is not None:
            self._stopping = True
            self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                jobs = self._gather()
            except queue.Empty:
                connection.close()
                if self._stopping:
                    return
                continue
            try:
                self._store(jobs)
            except Exception:
                logger.exception("The writer of events failed")
            with self._lock:
                self._waiting -= sum(len(incoming.events) for incoming, _ in jobs)

    def _gather(self) -> list[Job]:
        jobs = [self._queue.get(timeout=0.01 if self._stopping else IDLE)]
        size = len(jobs[0][0].events)
        while size < MOST_AT_ONCE:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            jobs.append(job)
            size += len(job[0].events)
        return jobs

    def _store(self, jobs: list[Job]) -> None:
        try:
            rows = ingest.write([incoming for incoming, _ in jobs])
        except Exception as error:
            # A connection that broke is opened anew by the next one.
            connection.close()
            gone = isinstance(error, OperationalError | InterfaceError)
            if len(jobs) > 1 and not gone:
                # What the database does not take must not harm the others.
                for job in jobs:
                    self._store([job])
                return
            logger.exception("Events could not be stored", extra={"batches": len(jobs)})
            for _, future in jobs:
                _end(future, NotStored())
            return
        for _, future in jobs:
            _end(future, None)
        if rows and ingest.is_listened_to():
            ingest.tell(ingest.stored_events(rows))


def _end(future: "Future[None]", error: Exception | None) -> None:
    """Whoever waited may have gone meanwhile."""
    if not future.set_running_or_notify_cancel():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


_writer = Writer()


def submit(incoming: Incoming) -> "Future[None]":
    """`Writer.submit` of this process's writer."""
    return _writer.submit(incoming)
