"""From a text to what it finds: words, spelling mended, SKUs, pinned products."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from django.db.models import Q

from search import wording
from search.engines.database import asking, ranking, words
from search.engines.database.asking import Choice, Group
from search.engines.database.mirror import View
from search.engines.database.ranking import Ranked
from search.models import IndexSku

PINNED, EXACT_SKU, BEGUN_SKU = 100_000.0, 10_000.0, 1_000.0
MIN_SKU, MIN_BEGUN_SKU = 3, 5  # letters and digits
MAX_SKUS = 100
MENDED = 0.8  # of the weight is left where a word had to be mended
MAX_MENDED = 3  # each may be compared with every word there is


@dataclass(slots=True)
class Asked:
    """What a text finds, before any filter. `variants` are those that a SKU names, by place."""

    ranked: Ranked
    groups: list[Group] = field(default_factory=list)
    searched: str | None = None
    variants: dict[int, int] = field(default_factory=dict)


def ask(view: View, text: str, currency: str) -> Asked:
    """Find the places of a text; all that is on sale where it has no words.

    Two queries (the words of editors, SKUs), and one for each word that was not looked up since
    the index changed.
    """
    shelf = view.shelf
    typed = list(dict.fromkeys(words.split(text)))[: asking.MAX_WORDS]
    if not typed:
        found = shelf.on_sale(currency)
        if text.strip():
            found = np.zeros_like(found)  # signs alone: nothing has them
        return Asked(Ranked(found, np.zeros(len(shelf), dtype=np.float32), []))
    said = wording.current()
    kept = words.without_stop_words(typed, view.locale)
    groups = asking.groups_of(
        kept, view.vocabulary, said.synonyms.get(view.locale, ()), view.locale, words.with_e(text)
    )
    ranked = ranking.rank(view, groups, currency)
    asked = Asked(ranked, groups)
    skus = _skus(view, text)
    if ranked.lost and not skus:
        asked = _mended(view, asked, currency)
    ranking.add_taste(view, asked.ranked, typed, currency)
    _lift_skus(view, asked, skus, currency)
    pinned = said.pinned.get((view.locale, wording.normalised(text)), ())
    _lift_pinned(view, asked.ranked, pinned, currency)
    return asked


def _mended(view: View, asked: Asked, currency: str) -> Asked:
    """The first words that nothing has are read as what they were meant to be, or left out."""
    groups: list[Group] = []
    read: list[str] = []
    to_mend = asked.ranked.lost[:MAX_MENDED]
    for number, group in enumerate(asked.groups, 1):
        if group not in asked.ranked.lost:
            groups.append(group)
            read += group.typed
            continue
        if group not in to_mend:
            continue
        unfinished = number == len(asked.groups)
        meant = view.vocabulary.corrections(
            " ".join(group.typed),
            unfinished=unfinished,
            locale=view.locale,
            generation=view.generation,
        )
        if meant:
            choices = tuple(
                Choice((word,), MENDED, open=word not in view.vocabulary.known) for word in meant
            )
            groups.append(replace(group, choices=choices))
            read.append(meant[0])
    if not groups:
        return asked
    ranked = ranking.rank(view, groups, currency)
    if not ranked.found.any():
        return asked
    return Asked(ranked, groups, searched=" ".join(read))


def _skus(view: View, text: str) -> list[tuple[int, int, bool]]:
    """Entry, variant, and whether all of its SKU was typed."""
    bare = words.bare(text)
    if len(bare) < MIN_SKU:
        return []
    condition = Q(sku=bare)
    if len(bare) >= MIN_BEGUN_SKU and any(sign.isdigit() or sign in "-_." for sign in text):
        condition |= Q(sku__startswith=bare)
    rows = IndexSku.objects.filter(
        condition, locale=view.locale, entry__generation=view.generation
    ).order_by("sku", "entry_id")
    return [
        (entry, variant, sku == bare)
        for entry, variant, sku in rows.values_list("entry_id", "variant_id", "sku")[:MAX_SKUS]
    ]


def _lift_skus(
    view: View, asked: Asked, skus: Sequence[tuple[int, int, bool]], currency: str
) -> None:
    on_sale = view.shelf.on_sale(currency)
    for entry, variant, whole in sorted(skus, key=lambda row: not row[2]):
        for place in view.shelf.places(np.array([entry])).tolist():
            if on_sale[place] and place not in asked.variants:
                asked.variants[place] = variant
                asked.ranked.found[place] = True
                asked.ranked.scores[place] += EXACT_SKU if whole else BEGUN_SKU


def _lift_pinned(view: View, ranked: Ranked, pinned: Sequence[int], currency: str) -> None:
    on_sale = view.shelf.on_sale(currency)
    for number, product_id in enumerate(pinned):
        places = np.flatnonzero(view.shelf.places_of_products([product_id]) & on_sale)
        ranked.found[places] = True
        ranked.scores[places] = PINNED - number
