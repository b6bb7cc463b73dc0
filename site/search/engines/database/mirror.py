"""What a process remembers of the index, and how it keeps up with what others write.

Each search asks for the number of the last change (one query). Where that has moved on, only
the entries that changed since are read, and a word that was looked up before is looked up again
in these alone. A new generation, or a number with another stamp, is read from the beginning.
Much is read by a thread of its own: until that ends searches are answered as before the changes,
or the engine is said not to be ready where it has nothing else.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock, Thread

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from search.engines.base import EngineNotReady
from search.engines.database import matching
from search.engines.database.matching import Lookup
from search.engines.database.shelf import OutOfOrder, Row, Shelf
from search.engines.database.store import BATCH
from search.engines.database.vocabulary import Vocabulary
from search.models import IndexEntry

logger = logging.getLogger(__name__)

READ_AT_ONCE = 5_000  # entries that a search reads itself, in about half a second
MAX_CHANGED = 5_000  # beyond that a word is looked up anew
REMEMBERED_BYTES = 48 * 1024 * 1024  # of words that were looked up, per language

_HEAD = """
SELECT generation, edition,
    (SELECT stamp FROM search_indexedition WHERE number = search_indexstate.edition),
    (SELECT stamp FROM search_indexedition WHERE number = %s)
FROM search_indexstate WHERE id = 1
"""


@dataclass(frozen=True, slots=True)
class Matches:
    """Where a lookup hits: places, and the level of the best field of each."""

    edition: int
    places: NDArray[np.int32]
    levels: NDArray[np.uint8]

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return 600 + 5 * len(self.places)


@dataclass(slots=True)
class Lookups:
    """The matches of one generation, those used last kept."""

    found: "OrderedDict[Lookup, Matches]" = field(default_factory=OrderedDict)
    bytes: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, lookup: Lookup) -> Matches | None:
        """What is remembered."""
        with self.lock:
            matches = self.found.get(lookup)
            if matches is not None:
                self.found.move_to_end(lookup)
            return matches

    def put(self, lookup: Lookup, matches: Matches) -> None:
        """Remember, and forget what was used longest ago."""
        with self.lock:
            former = self.found.pop(lookup, None)
            self.bytes += matches.size - (former.size if former else 0)
            self.found[lookup] = matches
            while self.bytes > REMEMBERED_BYTES and len(self.found) > 1:
                _, oldest = self.found.popitem(last=False)
                self.bytes -= oldest.size


@dataclass(frozen=True, slots=True)
class View:
    """One language at one edition: all that a search needs."""

    locale: str
    generation: int
    edition: int
    stamp: str
    shelf: Shelf
    vocabulary: Vocabulary
    lookups: Lookups

    def matches(self, lookup: Lookup) -> Matches:
        """Where a lookup hits; a query the first time and after changes."""
        known = self.lookups.get(lookup)
        if known is not None and known.edition >= self.edition:
            return known
        if known is None:
            found = self._find(lookup, None)
        else:
            changed = np.flatnonzero(self.shelf.columns.editions > known.edition)
            if len(changed) > MAX_CHANGED:
                found = self._find(lookup, None)
            else:
                found = self._updated(lookup, known, changed)
        self.lookups.put(lookup, found)
        return found

    def _updated(self, lookup: Lookup, known: Matches, changed: NDArray[np.int64]) -> Matches:
        if not len(changed):
            return Matches(self.edition, known.places, known.levels)
        again = self._find(lookup, self.shelf.columns.ids[changed].tolist())
        kept = ~np.isin(known.places, changed)
        return Matches(
            self.edition,
            np.concatenate([known.places[kept], again.places]),
            np.concatenate([known.levels[kept], again.levels]),
        )

    def _find(self, lookup: Lookup, ids: list[int] | None) -> Matches:
        levels = np.full(len(self.shelf), 255, dtype=np.uint8)
        for level, found in matching.find(lookup, self.locale, ids):
            places = self.shelf.places(found)
            levels[places] = np.minimum(levels[places], level)
        places = np.flatnonzero(levels != 255)
        return Matches(self.edition, places.astype(np.int32), levels[places])


class Mirror:
    """One language's memory in this process."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._view: View | None = None
        self._lock = Lock()
        self._reader: Thread | None = None
        self._starting = Lock()

    def view(self) -> View:
        """The index as it is now, or while many changes are read, as it was before; one query
        where nothing has changed.

        Raises EngineNotReady where nothing was ever written, or while much is being read.
        """
        held = self._view
        generation, edition, stamp, was = _head(held.edition if held else -1)
        if not edition:
            raise EngineNotReady("Nothing was ever written.")
        if held and (held.generation, held.edition, held.stamp) == (generation, edition, stamp):
            return held
        if held and held.generation == generation and held.stamp == was:
            # Whoever has a view need not wait for another thread that is reading the changes.
            if edition - held.edition > READ_AT_ONCE // BATCH and self._is_long(
                generation, held.edition
            ):
                self._read_aside()
                return held
            if not self._lock.acquire(blocking=False):
                return held
        elif self._is_long(generation):
            self._read_aside()
            raise EngineNotReady("The index is being read.")
        else:
            self._lock.acquire()
        try:
            self._view = self._moved_on(generation, edition, stamp)
            return self._view
        finally:
            self._lock.release()

    def read(self) -> None:
        """Have the index in memory, however long that takes."""
        with self._lock:
            self._view = self._moved_on(*_head(-1)[:3])

    def _is_long(self, generation: int, after: int = -1) -> bool:
        entries = IndexEntry.objects.filter(
            generation=generation, locale=self.locale, edition__gt=after
        )
        return entries[READ_AT_ONCE : READ_AT_ONCE + 1].exists()

    def _read_aside(self) -> None:
        """Read in a thread of its own, unless one is at it."""
        with self._starting:
            if self._reader is None or not self._reader.is_alive():
                self._reader = Thread(target=self._read, name=f"search-{self.locale}", daemon=True)
                self._reader.start()

    def _read(self) -> None:
        try:
            self.read()
        except Exception:
            logger.exception("The search index could not be read", extra={"locale": self.locale})
        finally:
            connection.close()

    def _moved_on(self, generation: int, edition: int, stamp: str) -> View:
        held = self._view
        if held and (held.generation, held.edition, held.stamp) == (generation, edition, stamp):
            return held
        if held and held.generation == generation and _head(held.edition)[3] == held.stamp:
            try:
                shelf = held.shelf.with_rows(_rows(generation, self.locale, held.edition))
            except OutOfOrder:
                pass
            else:
                vocabulary = held.vocabulary.grown(generation, self.locale)
                return View(
                    self.locale, generation, edition, stamp, shelf, vocabulary, held.lookups
                )
        shelf = Shelf().with_rows(_rows(generation, self.locale, -1))
        vocabulary = Vocabulary().grown(generation, self.locale)
        return View(self.locale, generation, edition, stamp, shelf, vocabulary, Lookups())


def _head(known: int) -> tuple[int, int, str, str | None]:
    """The generation, its last edition with its stamp, and the stamp of the known edition."""
    with connection.cursor() as cursor:
        cursor.execute(_HEAD, [known])
        found = cursor.fetchone()
    return (found[0], found[1], found[2] or "", found[3]) if found else (0, 0, "", None)


def _rows(generation: int, locale: str, after: int) -> list[Row]:
    rows = IndexEntry.objects.filter(generation=generation, locale=locale, edition__gt=after)
    return list(rows.values_list("pk", "product_id", "edition", "gone", "facts").iterator())


_mirrors: dict[str, Mirror] = {}
_guard = Lock()


def mirror(locale: str) -> Mirror:
    """This process's memory of a language."""
    with _guard:
        return _mirrors.setdefault(locale, Mirror(locale))
