"""The words that the index knows: completions, compounds, and what a typing error was meant to be.

PostgreSQL's pg_trgm proposes corrections where it is installed; rapidfuzz judges them, and goes
through the words itself where nothing good was proposed or there is no pg_trgm.
"""

import logging
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.engines.database.facts import SHELF
from search.engines.database.words import COMPOUNDING, language
from search.models import IndexWord

logger = logging.getLogger(__name__)

MIN_HEAD = 3  # letters before the last part of a compound
MIN_TAIL = 4  # letters of its last part, one less where compounds are common
MAX_COMPOUNDS = 40
MAX_CORRECTIONS = 3
PROPOSED = 40
LINKS = ("", "s", "n", "en", "es", "er")  # what German puts between the parts of a compound


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its stem; `level` is the best field it stands in."""

    word: str
    stem: str
    level: int
    count: int


class Endings(NamedTuple):
    """Words of names, brands and shelves, in the order of their letters from the last one on:
    by the word and by its stem, each with the word itself."""

    words: list[tuple[str, str]]
    stems: list[tuple[str, str]]

    @classmethod
    def of(cls, known: Iterable[Word]) -> "Endings":
        """Put them in order."""
        shown = [each for each in known if each.level <= SHELF]
        return cls(
            sorted((each.word[::-1], each.word) for each in shown),
            sorted((each.stem[::-1], each.word) for each in shown),
        )

    def and_of(self, more: Iterable[Word]) -> "Endings":
        """These and those of more words; what is in order already costs little."""
        other = Endings.of(more)
        return Endings(sorted(self.words + other.words), sorted(self.stems + other.stems))


def _ending_in(ending: str, ordered: list[tuple[str, str]]) -> Iterator[str]:
    backwards = ending[::-1]
    for at in range(bisect_left(ordered, (backwards, "")), len(ordered)):
        letters, word = ordered[at]
        if not letters.startswith(backwards):
            return
        yield word


@dataclass(slots=True)
class Vocabulary:
    """A language's words at one time. Never changed: `grown` makes a new one."""

    last_id: int = 0
    known: dict[str, Word] = field(default_factory=dict)
    ordered: list[str] = field(default_factory=list)
    stems: frozenset[str] = frozenset()
    prominent: frozenset[str] = frozenset()  # stems of words in names, brands and shelves
    _endings: "Endings | None" = None

    def grown(self, generation: int, locale: str) -> "Vocabulary":
        """With the words that were added since; one query."""
        rows = IndexWord.objects.filter(generation=generation, locale=locale, pk__gt=self.last_id)
        found = list(rows.values_list("pk", "word", "stem", "level", "count"))
        if not found:
            return self
        more = {row[1]: Word(*row[1:]) for row in found}
        known = {**self.known, **more}
        return Vocabulary(
            last_id=max(row[0] for row in found),
            known=known,
            ordered=sorted(known),
            stems=frozenset(each.stem for each in known.values()),
            prominent=frozenset(each.stem for each in known.values() if each.level <= SHELF),
            _endings=self._endings and self._endings.and_of(more.values()),
        )

    def is_prominent(self, word: str, stem: str) -> bool:
        """Whether a name, a brand or a shelf has a form of this word."""
        return stem in self.prominent or (word in self.known and self.known[word].level <= SHELF)

    def begins(self, prefix: str) -> bool:
        """Whether any word begins so."""
        at = bisect_left(self.ordered, prefix)
        return at < len(self.ordered) and self.ordered[at].startswith(prefix)

    def compounds(self, word: str, stem: str, locale: str) -> tuple[str, ...]:
        """Words of names, brands and shelves that end in this one: Baumwollhemd for Hemd.

        Where compounds are rare, what stands before it has to be a word as well, so that a
        table is not found in a vegetable.
        """
        if len(word) < MIN_TAIL - (language(locale) in COMPOUNDING):
            return ()
        free = language(locale) in COMPOUNDING
        found = [
            each.word
            for each in map(self.known.__getitem__, self._ending(word, stem))
            if len(each.stem) >= len(stem) + MIN_HEAD
            and (free or {each.stem[: -len(stem)], each.word[: -len(word)]} & self.known.keys())
        ]
        return tuple(sorted(found)[:MAX_COMPOUNDS])

    def _ending(self, word: str, stem: str) -> set[str]:
        """Words of names, brands and shelves that end so, or whose stem does."""
        if self._endings is None:
            self._endings = Endings.of(self.known.values())
        by_stem = self._endings.stems if len(stem) >= MIN_HEAD else []
        return {*_ending_in(word, self._endings.words), *_ending_in(stem, by_stem)}

    def parts(self, word: str, stem: str, locale: str) -> tuple[str, str] | None:
        """The two words that a compound or two words written together are made of.

        The last may be one that only ends other compounds.
        """
        best: tuple[int, tuple[str, str]] | None = None
        for at in range(2, len(word) - 1):
            head, tail = word[:at], word[at:]
            digits = head[-1].isdigit() != tail[0].isdigit()
            if not digits and (at < MIN_HEAD or len(tail) < MIN_HEAD):
                continue
            if (
                tail not in self.known
                and stem[at:] not in self.stems
                and not self.compounds(tail, stem[at:], locale)
            ):
                continue
            left = next((own for link in LINKS if (own := self._head(head, link))), None)
            if left and (best is None or min(at, len(tail)) > best[0]):
                best = min(at, len(tail)), (left, tail)
        return best[1] if best else None

    def _head(self, head: str, link: str) -> str | None:
        if link and not head.endswith(link):
            return None
        bare = head[: len(head) - len(link)]
        if bare in self.known or (len(bare) >= MIN_TAIL and bare in self.stems):
            return bare
        if not link and len(head) >= MIN_TAIL:
            # Baumwoll- is the beginning of Baumwolle.
            at = bisect_left(self.ordered, head)
            near = self.ordered[at : at + 1]
            if near and near[0].startswith(head) and len(near[0]) <= len(head) + 2:
                return near[0]
        return None

    def corrections(
        self, word: str, *, unfinished: bool, locale: str, generation: int
    ) -> list[str]:
        """What a word that is not known was meant to be, the likeliest first.

        Of four to six letters one may be wrong, of more two, of long ones three. `unfinished`
        compares with the beginnings of words, too.
        """
        allowed = 0 if len(word) < 4 else 1 if len(word) < 7 else 2 if len(word) < 11 else 3
        if not allowed or not word.isalnum():
            return []
        if trigrams():
            proposed = _proposed(word, locale, generation)
            if found := self._judged(word, proposed, allowed, unfinished=unfinished):
                return found
        return self._judged(word, self.ordered, allowed, unfinished=unfinished)

    def _judged(
        self, word: str, candidates: list[str], allowed: int, *, unfinished: bool
    ) -> list[str]:
        distances: dict[str, float] = {}
        near = process.extract(
            word, candidates, scorer=OSA.distance, score_cutoff=allowed, limit=PROPOSED
        )
        for candidate, distance, _ in near:
            distances[candidate] = float(distance)
        if unfinished and len(word) > 4:
            starts = [each[: len(word)] for each in candidates if len(each) > len(word)]
            for start, distance, _ in process.extract(
                word, list(dict.fromkeys(starts)), scorer=OSA.distance, score_cutoff=1,
                limit=PROPOSED,
            ):  # fmt: skip
                distances.setdefault(start, distance + 0.5)
        ranked = sorted(
            (distance + (candidate[0] != word[0]) * 0.6, self._rank(candidate), candidate)
            for candidate, distance in distances.items()
            # Far from it is only what shoppers would know: names, brands, shelves.
            if distance < 2 or self._rank(candidate)[0] <= SHELF
        )
        if not ranked:
            return []
        best = ranked[0][0]
        return [each for cost, _, each in ranked if cost <= best][:MAX_CORRECTIONS]

    def _rank(self, word: str) -> tuple[int, int]:
        known = self.known.get(word)
        return (known.level, -known.count) if known else (SHELF, 0)


@lru_cache(maxsize=1)
def trigrams() -> bool:
    """Whether pg_trgm can propose corrections here; said once where it could be and is not."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        there = cursor.fetchone() is not None
    if not there:
        logger.info("pg_trgm is not installed: spelling is mended by rapidfuzz alone.")
    return there


def _proposed(word: str, locale: str, generation: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM search_indexword WHERE word %% %s AND locale = %s AND generation = %s"
            " ORDER BY similarity(word, %s) DESC, word LIMIT %s",
            [word, locale, generation, word, PROPOSED],
        )
        return [row[0] for row in cursor.fetchall()]
