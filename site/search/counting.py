"""Counts what is searched for: by day, language and text, and without saying by whom.

A search pays no write. Counts are added up in this process and written every few seconds by a
thread of its own (the setting SEARCH_COUNT_SECONDS; with 0 only `flush` writes), and once more
when the process ends in good order. One that is killed loses the counts of those seconds, no
more. Each write adds to the row that is there, so any number of processes may count.
"""

import logging
import os
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from multiprocessing.util import Finalize

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.personal import is_personal
from search.models.queries import MAX_TEXT
from search.wording import normalised

logger = logging.getLogger(__name__)

# A crowd of different texts must not fill the memory while the database is away.
MAX_HELD = 5000
REPORT_EVERY = 60.0
MAX_WORDS = 12

# CUBOT makes telephones.
_BOTS = re.compile(r"(?<!cu)bot\b|crawl|spider|slurp|preview|monitor|facebookexternal", re.I)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names a row: a day, a locale, a text as it is kept."""

    day: date
    locale: str
    text: str


@dataclass(slots=True)
class Counts:
    """What is added to a row, its columns in their order."""

    searches: int = 0
    without_results: int = 0
    clicks: int = 0
    clicked: int = 0
    conversions: int = 0
    converted: int = 0

    def add(self, other: "Counts") -> None:
        """Sum up."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def row(self) -> list[int]:
        """The numbers alone."""
        return [getattr(self, each.name) for each in fields(self)]


def kept_text(text: str, *, found: bool) -> str | None:
    """The text as it is kept, None for one that is not.

    Not kept is what could tell of a person (see `core.personal`), addresses of pages, what nobody
    types (over 100 characters or 12 words), and what has neither a letter nor a digit.
    """
    plain = normalised(text)
    if len(plain) > MAX_TEXT or plain.count(" ") >= MAX_WORDS or not re.search(r"\w", plain):
        return None
    return None if "://" in plain or is_personal(plain, found=found) else plain


def is_bot(user_agent: str) -> bool:
    """Whether a client says of itself that it is no person."""
    return bool(_BOTS.search(user_agent))


def count(text: str, *, locale: str, found: bool) -> Key:
    """Count one search for a kept text, today. Nothing is written yet."""
    key = Key(timezone.localdate(), locale, text)
    _buffer.add(key, Counts(searches=1, without_results=int(not found)))
    return key


def flush() -> int:
    """Write what was counted so far; how many rows. A failure is logged and tried again."""
    taken = _buffer.take()
    if not taken:
        return 0
    try:
        write(taken.items())
    except Exception:
        if _buffer.may_report():
            logger.exception("Counts of searches wait: they cannot be written")
        _buffer.give_back(taken)
        return 0
    return len(taken)


_COLUMNS = [each.name for each in fields(Counts)]
_UPSERT = (
    "INSERT INTO search_dailyquery (day, locale, text, " + ", ".join(_COLUMNS) + ") "  # noqa: S608
    "VALUES (%s, %s, %s" + ", %s" * len(_COLUMNS) + ") ON CONFLICT (day, locale, text) DO UPDATE "
    "SET " + ", ".join(f"{name} = search_dailyquery.{name} + EXCLUDED.{name}" for name in _COLUMNS)
)


def write(rows: Iterable[tuple[Key, Counts]]) -> None:
    """Add to the rows of the table, in the order of their keys: two writers cannot deadlock."""
    ordered = sorted(rows, key=lambda row: row[0])
    values: list[tuple[str | int, ...]] = [
        (key.day.isoformat(), key.locale, key.text, *counts.row()) for key, counts in ordered
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_UPSERT, values)


class _Buffer:
    """Counts of this process that are not written yet, and the thread that writes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Key, Counts] = {}
        self._filled = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_report = -REPORT_EVERY

    def add(self, key: Key, counts: Counts) -> None:
        """Keep, unless there are too many already."""
        with self._lock:
            held = self._held.get(key)
            if held is None and len(self._held) >= MAX_HELD:
                if self.may_report():
                    logger.warning("Searches are not counted: too many texts at once")
                return
            if held is None:
                self._held[key] = counts
            else:
                held.add(counts)
            self._start()
        self._filled.set()

    def take(self) -> dict[Key, Counts]:
        """Everything, and begin anew."""
        self._filled.clear()
        with self._lock:
            taken, self._held = self._held, {}
        return taken

    def give_back(self, taken: dict[Key, Counts]) -> None:
        """After a failure."""
        for key, counts in taken.items():
            self.add(key, counts)

    def _start(self) -> None:
        if self._thread is None and settings.SEARCH_COUNT_SECONDS > 0:
            self._thread = threading.Thread(target=self._run, name="search-counts", daemon=True)
            self._thread.start()
            # Granian's processes end as multiprocessing's do, without the hooks of atexit, which
            # call these too.
            Finalize(None, flush, exitpriority=0)

    def _run(self) -> None:
        while True:
            self._filled.wait()
            time.sleep(settings.SEARCH_COUNT_SECONDS)
            flush()
            connection.close()

    def may_report(self) -> bool:
        """Whether it is a while since something was logged."""
        if time.monotonic() - self._last_report < REPORT_EVERY:
            return False
        self._last_report = time.monotonic()
        return True


_buffer = _Buffer()


def _begin_anew() -> None:
    """A forked process counts for itself; what was counted before is its parent's to write."""
    global _buffer
    _buffer = _Buffer()


os.register_at_fork(after_in_child=_begin_anew)
