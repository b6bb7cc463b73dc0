"""Writes the index. Writers wait for each other, so that editions are committed in order."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, Max, Q

from search.engines.base import EngineUnavailable
from search.engines.database import words
from search.engines.database.facts import LEVELS, Written, written
from search.models import IndexEdition, IndexEntry, IndexSku, IndexState, IndexWord
from search.records import Record, RecordKey

BATCH = 200
VOCABULARY_BATCH = 2000
REMEMBERED = 20_000  # editions that a process may lag behind without reading everything again
THE_ONE = 1
_WRITTEN_OVER = ["edition", "version", "gone", "name", "brand", "summary", "facts", "variants"]


@transaction.atomic
def write(records: Sequence[Record]) -> None:
    """Store records over what there is of the same products and languages."""
    latest = {record.key: record for record in records}
    for batch in _batches(latest.values()):
        state = _next_edition()
        rows = [written(each, generation=state.generation, edition=state.edition) for each in batch]
        _write(rows)
        _Vocabulary().add(rows).store(state.generation)


@transaction.atomic
def remove(keys: Sequence[RecordKey]) -> None:
    """Take records out; their rows stay, emptied, for the processes that have them in memory."""
    for batch in _batches(keys):
        wanted = Q()
        for key in batch:
            wanted |= Q(product_id=key.product_id, locale=key.locale)
        state = _next_edition()
        rows = IndexEntry.objects.filter(wanted, generation=state.generation, gone=False)
        ids = list(rows.values_list("pk", flat=True))
        _forget(ids)
        IndexEntry.objects.filter(pk__in=ids).update(
            gone=True, edition=state.edition, version="", facts="", variants="", summary=""
        )


def replace(records: Iterable[Record], progress: Callable[[int], None] | None = None) -> None:
    """Write a new generation beside the one that is searched, then let it be searched.

    Every batch is a transaction of its own, so that nobody waits for the whole. What a run that
    was cut has written is taken up, and only what differs is written. Raises EngineUnavailable
    where another run began meanwhile, which takes up what this one wrote.
    """
    # Its own, also where somebody who was thought dead still writes.
    new = time.time_ns()
    left = _taken_up(new)
    vocabulary = _Vocabulary()
    done = 0
    for batch in _batches(records):
        rows = [written(each, generation=new, edition=0) for each in batch]
        vocabulary.add(rows)
        known = {each.key: left.pop(each.key, (0, "")) for each in batch}
        differ = [
            row for row, each in zip(rows, batch, strict=True)
            if known[each.key][1] != each.version
        ]  # fmt: skip
        if differ:
            with transaction.atomic():
                _write(differ)
        done += len(batch)
        if progress:
            progress(done)
    _remove([pk for pk, _ in left.values()])
    vocabulary.store(new)
    own = IndexEntry.objects.filter(generation=new)
    with transaction.atomic():
        state = _next_edition()
        is_whole = own.count() == done
        if is_whole:
            IndexState.objects.filter(pk=state.pk).update(generation=new)
    if not is_whole:
        _remove(list(own.values_list("pk", flat=True)))
        raise EngineUnavailable("Another full run began meanwhile.")
    _drop_generations()


def _taken_up(new: int) -> dict[RecordKey, tuple[int, str]]:
    """Make what the last run that was cut has left generation `new`; drop what older ones left."""
    _state()
    with transaction.atomic():
        # Nobody begins to search it meanwhile.
        live = IndexState.objects.select_for_update().get(pk=THE_ONE).generation
        others = IndexEntry.objects.exclude(generation=live)
        last = others.aggregate(last=Max("generation"))["last"]
        others.filter(generation=last).update(generation=new)
    _drop_generations(besides=new)
    return _versions(new)


def _versions(generation: int) -> dict[RecordKey, tuple[int, str]]:
    """The entry and the version of each record of a generation."""
    rows = IndexEntry.objects.filter(generation=generation)
    found = rows.values_list("product_id", "locale", "pk", "version")
    return {
        RecordKey(product_id, locale): (pk, version)
        for product_id, locale, pk, version in found.iterator()
    }


def count() -> int:
    """How many records can be found, in all languages together."""
    return IndexEntry.objects.filter(generation=_state().generation, gone=False).count()


def stored() -> Iterator[tuple[RecordKey, str]]:
    """Every record that can be found, with its version."""
    rows = IndexEntry.objects.filter(generation=_state().generation, gone=False)
    found = rows.order_by("product_id", "locale").values_list("product_id", "locale", "version")
    for product_id, locale, version in found.iterator():
        yield RecordKey(product_id, locale), version


def _state() -> IndexState:
    return IndexState.objects.get_or_create(pk=THE_ONE)[0]


def _next_edition() -> IndexState:
    """The state under its new number. Holds the row until the transaction ends."""
    _state()
    IndexState.objects.filter(pk=THE_ONE).update(edition=F("edition") + 1)
    state = IndexState.objects.get(pk=THE_ONE)
    IndexEdition.objects.filter(
        Q(number__gte=state.edition) | Q(number__lt=state.edition - REMEMBERED)
    ).delete()
    IndexEdition.objects.create(number=state.edition, stamp=uuid4().hex)
    return state


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    every = iter(rows)
    while batch := list(islice(every, BATCH)):
        yield batch


def _write(rows: list[Written]) -> None:
    """Store a batch of one generation."""
    IndexEntry.objects.bulk_create(
        [row.entry for row in rows],
        update_conflicts=True,
        unique_fields=["generation", "locale", "product_id"],
        update_fields=_WRITTEN_OVER,
    )
    _forget([row.entry.pk for row in rows])
    IndexSku.objects.bulk_create(
        IndexSku(entry_id=row.entry.pk, locale=row.entry.locale, sku=sku, variant_id=variant_id)
        for row in rows
        for sku, variant_id in row.skus
    )
    _write_words(rows)


def _forget(ids: list[int]) -> None:
    """Remove the words and the SKUs of entries."""
    if not ids:
        return
    IndexSku.objects.filter(entry_id__in=ids).delete()
    column = "id" if connection.vendor == "postgresql" else "rowid"
    markers = ",".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM search_indexwords WHERE {column} IN ({markers})", ids)  # noqa: S608


# Stems make any form find any other, the words themselves what only begins like them.
_ON_POSTGRESQL = """
INSERT INTO search_indexwords (id, locale, words, prose)
SELECT id, %s,
    setweight(to_tsvector('{d}', t0) || to_tsvector('simple', t0), 'A') ||
    setweight(to_tsvector('{d}', t1) || to_tsvector('simple', t1), 'B') ||
    setweight(to_tsvector('{d}', t2) || to_tsvector('simple', t2), 'C') ||
    setweight(to_tsvector('{d}', t3) || to_tsvector('simple', t3), 'D'),
    to_tsvector('{d}', t4) || to_tsvector('simple', t4)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS rows (id, t0, t1, t2, t3, t4)
"""
_ON_SQLITE = """
INSERT INTO search_indexwords (rowid, name, brand, shelf, summary, description)
VALUES (%s, %s, %s, %s, %s, %s)
"""


def _write_words(rows: list[Written]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(
                _ON_SQLITE,
                [
                    [row.entry.pk, *(_with_stems(found, row.entry.locale) for found in row.words)]
                    for row in rows
                ],
            )
            return
        for locale in dict.fromkeys(row.entry.locale for row in rows):
            own = [row for row in rows if row.entry.locale == locale]
            texts = [[" ".join(row.words[level]) for row in own] for level in LEVELS]
            sql = _ON_POSTGRESQL.format(d=words.dictionary(locale))
            cursor.execute(sql, [locale, [row.entry.pk for row in own], *texts])


def _with_stems(found: list[str], locale: str) -> str:
    return " ".join(dict.fromkeys([*found, *(words.stem(each, locale) for each in found)]))


class _Vocabulary:
    """Words of records, with the best field that each stands in and how many have it."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, rows: Iterable[Written]) -> "_Vocabulary":
        """Take in the words of records."""
        for row in rows:
            for word, level in row.vocabulary.items():
                key = row.entry.locale, word
                best, count = self.found.get(key, (level, 0))
                self.found[key] = min(best, level), count + 1
        return self

    def store(self, generation: int) -> None:
        """Write what is not there; a better field lifts a word that is."""
        every = list(self.found.items())
        for at in range(0, len(every), VOCABULARY_BATCH):
            self._store(dict(every[at : at + VOCABULARY_BATCH]), generation)

    def _store(self, found: dict[tuple[str, str], tuple[int, int]], generation: int) -> None:
        there = IndexWord.objects.filter(
            generation=generation,
            locale__in={locale for locale, _ in found},
            word__in={word for _, word in found},
        )
        known = {
            (locale, word): (pk, level)
            for pk, locale, word, level in there.values_list("pk", "locale", "word", "level")
        }
        IndexWord.objects.bulk_create(
            [
                IndexWord(
                    generation=generation,
                    locale=locale,
                    word=word,
                    stem=words.stem(word, locale)[: words.MAX_WORD],
                    level=level,
                    count=count,
                )
                for (locale, word), (level, count) in found.items()
                if (locale, word) not in known
            ],
            ignore_conflicts=True,
        )
        for level in LEVELS:
            lifted = [
                pk
                for key, (pk, was) in known.items()
                if key in found and found[key][0] == level < was
            ]
            if lifted:
                IndexWord.objects.filter(pk__in=lifted).update(level=level)


def _drop_generations(*, besides: int | None = None) -> None:
    """Remove what no one searches, a batch in a transaction."""
    _state()
    is_left = True
    while is_left:
        with transaction.atomic():
            # Nobody begins to search it while it goes.
            live = IndexState.objects.select_for_update().get(pk=THE_ONE).generation
            kept = {live, besides or live}
            IndexWord.objects.exclude(generation=live).delete()
            entries = IndexEntry.objects.exclude(generation__in=kept).order_by("pk")
            ids = list(entries.values_list("pk", flat=True)[: 10 * BATCH])
            _remove(ids)
        is_left = bool(ids)


def _remove(ids: list[int]) -> None:
    """Remove entries, a batch in a transaction."""
    for at in range(0, len(ids), 10 * BATCH):
        batch = ids[at : at + 10 * BATCH]
        with transaction.atomic():
            _forget(batch)
            IndexEntry.objects.filter(pk__in=batch)._raw_delete(IndexEntry.objects.db)
