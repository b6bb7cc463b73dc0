"""The built-in engine: the database finds words, memory ranks, filters, counts and sorts."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import orjson
from django.db.utils import InterfaceError, OperationalError

from search.engines.base import EngineUnavailable, Found, Hit, Query, Reaction, Suggested
from search.engines.database import (
    counting,
    filtering,
    finding,
    marking,
    ranking,
    sorting,
    store,
    suggesting,
    words,
)
from search.engines.database.finding import Asked
from search.engines.database.mirror import View, mirror
from search.engines.database.shelf import Ints
from search.engines.database.vocabulary import trigrams
from search.models import IndexEntry
from search.records import Record, RecordKey

_MARKED = ("name", "brand", "summary")


class DatabaseEngine:
    """Search without another server. Its ways are described in docs/search.md."""

    name = "database"

    def search(self, query: Query) -> Found:
        """Find products."""
        started = time.perf_counter()
        with _reachable():
            view = mirror(query.locale).view()
            shelf = view.shelf
            asked = finding.ask(view, query.text, query.currency)
            through = [
                (each, filtering.flags_of(each, shelf, locale=query.locale,
                                          currency=query.currency))
                for each in query.filters
            ]  # fmt: skip
            left = asked.ranked.found
            for _, flags in through:
                left = left & flags
            places = sorting.page(
                shelf,
                left,
                asked.ranked.scores if asked.groups else None,
                sort=query.sort,
                currency=query.currency,
                offset=query.offset,
                limit=query.limit,
            )
            facets = None
            if query.facets:
                facets = counting.facets_of(
                    shelf,
                    asked.ranked.found,
                    through,
                    locale=query.locale,
                    currency=query.currency,
                )
            hits = _hits(view, places, asked)
        return Found(
            hits=hits,
            total=int(np.count_nonzero(left)),
            took_ms=(time.perf_counter() - started) * 1000,
            facets=facets,
            searched=asked.searched,
        )

    def suggest(self, prefix: str, *, locale: str, currency: str, limit: int) -> Suggested:
        """What a shopper who has typed `prefix` could mean; at most `limit` of each kind."""
        with _reachable():
            view = mirror(locale).view()
            return suggesting.suggest(view, prefix, currency=currency, limit=limit)

    def index(self, records: Sequence[Record]) -> None:
        """Write these records over what there is of the same products and languages."""
        with _reachable():
            store.write(records)

    def delete(self, keys: Sequence[RecordKey]) -> None:
        """Take these out; what is not there is passed over."""
        with _reachable():
            store.remove(keys)

    def replace_all(
        self, records: Iterable[Record], *, progress: Callable[[int], None] | None = None
    ) -> None:
        """Have exactly these records, from one moment to the next, or the former ones."""
        with _reachable():
            store.replace(records, progress)

    def settings(self) -> Mapping[str, Any]:
        """How it ranks, and whether pg_trgm helps with spelling."""
        return {
            "weights": {
                name: ranking.WEIGHTS[level]
                for level, name in enumerate(("name", "brand", "shelf", "summary", "description"))
            },
            "dictionaries": dict(words.LANGUAGES),
            "trigrams": trigrams(),
        }

    def push_settings(self) -> None:
        """Nothing: synonyms and pinned results are read where editors write them."""

    def push_wording(self) -> None:
        """Nothing either."""

    def count(self) -> int:
        """How many records can be found."""
        return store.count()

    def stored(self) -> Iterator[tuple[RecordKey, str]]:
        """Every record that can be found, with the version that was written."""
        return store.stored()

    def report(self, reactions: Sequence[Reaction]) -> None:
        """Nothing: the shop counts clicks and purchases itself."""


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise EngineUnavailable(str(error)) from error


def _hits(view: View, places: Ints, asked: Asked) -> list[Hit]:
    """The page's products, in order; one query where words were asked for."""
    ids = view.shelf.columns.ids[places].tolist()
    products = view.shelf.columns.products[places].tolist()
    if not asked.groups or not ids:
        return [Hit(product_id) for product_id in products]
    rows = IndexEntry.objects.filter(pk__in=ids)
    texts = {row[0]: row[1:] for row in rows.values_list("pk", *_MARKED, "variants")}
    is_wanted = marking.marker(asked.groups, view.locale)
    found = []
    for place, pk, product_id in zip(places.tolist(), ids, products, strict=True):
        *own, variants = texts.get(pk, ("", "", "", ""))
        marks = {
            name: html
            for name, text in zip(_MARKED, own, strict=True)
            if (html := marking.marked(text, is_wanted)) is not None
        }
        variant_id = asked.variants.get(place) or _named_variant(variants, is_wanted)
        found.append(Hit(product_id, variant_id, marks))
    return found


def _named_variant(variants: str, is_wanted: Callable[[str], bool]) -> int | None:
    """The first variant whose options were asked for by most words, if any were."""
    best: tuple[int, int | None] = 0, None
    for variant_id, _, options in orjson.loads(variants) if variants else ():
        named = sum(is_wanted(word) for option in options for word in words.split(option))
        if named > best[0]:
            best = named, variant_id
    return best[1]
