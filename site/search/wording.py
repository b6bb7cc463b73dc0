"""What editors say about words: synonyms, and products that come first for a query.

Both engines read it from here. Each process keeps what it read last, see `core.editions`.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from wagtail.contrib.search_promotions.models import SearchPromotion
from wagtail.search.utils import normalise_query_string

from core import events
from core.editions import Kept
from search.events import WORDING_CHANGED
from search.models import Synonym, WordingEdition


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words that all find each other; with `typed`, only that finds the words as well.

    Lower-case; each may be several words. `id` names it for good.
    """

    id: int
    words: tuple[str, ...]
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """The products that come first, in this order, where somebody searches for just `text`.

    `text` is as `normalised` makes it. `id` is Wagtail's query, unique within a
    language. A product that is not on sale may be among them.
    """

    id: int
    text: str
    product_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything, by locale."""

    synonyms: dict[str, list[Synonyms]]
    pins: dict[str, list[Pin]]
    pinned: dict[tuple[str, str], tuple[int, ...]]


def synonyms(locale: str) -> list[Synonyms]:
    """The synonyms of a language, in the order of their ids."""
    return current().synonyms.get(locale, [])


def pins(locale: str) -> list[Pin]:
    """The pins of a language, one for each text, in the order of the texts."""
    return current().pins.get(locale, [])


def pinned(locale: str, text: str) -> tuple[int, ...]:
    """The products that come first for this text as it was typed, in their order."""
    return current().pinned.get((locale, normalised(text)), ())


def normalised(text: str) -> str:
    """A query as it is compared and counted: lower-case, single spaces, at most 255 letters."""
    whole = unicodedata.normalize("NFKC", text).replace("\x00", " ")
    return normalise_query_string(" ".join(whole.split()))


def edition() -> UUID:
    """Which edition holds: one query."""
    return _kept.edition()


def current() -> Wording:
    """What holds now: one query, three after a change."""
    return _kept.current()


def _read() -> Wording:
    found: dict[str, list[Synonyms]] = {}
    for row in Synonym.objects.order_by("pk"):
        of_locale = found.setdefault(row.locale, [])
        of_locale.append(Synonyms(row.pk, row.as_tuple(), row.typed))
    picks = SearchPromotion.objects.filter(page__productpage__product__isnull=False).values_list(
        "page__locale__language_code",
        "query__query_string",
        "query_id",
        "page__productpage__product_id",
    )
    pinned: dict[tuple[str, str], tuple[int, ...]] = {}
    first: dict[str, list[Pin]] = {}
    ordered = picks.order_by("query__query_string", "query_id", "sort_order", "pk")
    for (locale, text), rows in _by_text(ordered).items():
        pinned[locale, text] = tuple(dict.fromkeys(product_id for _, product_id in rows))
        first.setdefault(locale, []).append(Pin(rows[0][0], text, pinned[locale, text]))
    return Wording(synonyms=found, pins=first, pinned=pinned)


def _by_text(
    picks: Iterable[tuple[str, str, int, int]],
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Query and product by language and text, in their order."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for locale, text, query_id, product_id in picks:
        found.setdefault((locale, normalised(text)), []).append((query_id, product_id))
    return found


_kept = Kept(WordingEdition, _read)


def changed(**signal: Any) -> None:
    """Make every process read again and every engine be told; part of the change's transaction."""
    with transaction.atomic():
        new = _kept.renew()
        events.record(WORDING_CHANGED, key="wording", payload={"edition": str(new)})


def watch() -> None:
    """Let every change of a synonym or a pin begin a new edition."""
    _kept.watch(Synonym, SearchPromotion, receiver=changed)
