"""Which places fit, and how well. The weights are explained in docs/search.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from search.engines.database import words
from search.engines.database.asking import Choice, Group
from search.engines.database.facts import BRAND, DESCRIPTION, NAME, SHELF, SUMMARY
from search.engines.database.matching import Lookup
from search.engines.database.mirror import View
from search.engines.database.shelf import Flags, Floats

WEIGHTS = {NAME: 100.0, BRAND: 80.0, SHELF: 60.0, SUMMARY: 30.0, DESCRIPTION: 15.0}
_BY_LEVEL = np.array([WEIGHTS[level] for level in range(5)], dtype=np.float32)
BEGINNING, COMPOUND = 0.6, 0.7
WHOLE_NAME = 40.0  # shared out by the part of the name's words that was asked for
BRAND_OR_CATEGORY = 150.0  # all that was typed is its name
IN_STOCK = 4.0
SHALLOW = 2  # beginnings that short are not looked for in summaries and descriptions
NAMED = 0.5 * WEIGHTS[NAME]


@dataclass(slots=True)
class Ranked:
    """Which places were found, how well each fits, and how many words found nothing at all."""

    found: Flags
    scores: Floats
    lost: list[Group]


def rank(view: View, groups: Sequence[Group], currency: str) -> Ranked:
    """Places that have every group; where there are none, those that have most of them."""
    shelf = view.shelf
    size = len(shelf)
    scores, named = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    hits = np.zeros(size, dtype=np.int16)
    rare = np.zeros(size, dtype=np.float32)
    on_sale = shelf.on_sale(currency)
    lost: list[Group] = []
    for group in groups:
        weight, in_name = _group(view, group)
        there = (weight > 0) & on_sale
        count = int(np.count_nonzero(there))
        if not count:
            lost.append(group)
            continue
        scores += weight
        named += in_name
        hits += there
        rare += there * np.float32(np.log(1 + size / count))
    found = on_sale & (hits == len(groups))
    if not found.any() and len(lost) < len(groups):
        found = on_sale & (hits == hits[on_sale].max(initial=0))
        scores += 20 * rare
    scores += WHOLE_NAME * named / np.maximum(shelf.columns.name_words, len(groups))
    return Ranked(found, scores, lost)


def add_taste(view: View, ranked: Ranked, typed: Sequence[str], currency: str) -> None:
    """Lift what carries the name of a brand or category that was typed; then what sells."""
    shelf = view.shelf
    stems = _stems(typed, view.locale)
    for pk, name in shelf.brand_names.items():
        if _stems_of(name, view.locale) == stems:
            own = shelf.columns.brands == shelf.brands.numbers[pk]
            ranked.scores[own] += BRAND_OR_CATEGORY
    same = {pk for pk, name in shelf.category_names.items()
            if _stems_of(name, view.locale) == stems}  # fmt: skip
    if same:
        inside = [any(f"/{pk}/" in path for pk in same) for path in shelf.paths.values]
        ranked.scores[np.array(inside)[shelf.columns.paths]] += BRAND_OR_CATEGORY
    ranked.scores += shelf.popularity
    stock = shelf.stock.get(currency)
    if stock is not None:
        ranked.scores += IN_STOCK * stock


@lru_cache(maxsize=20_000)
def _stems_of(name: str, locale: str) -> list[str]:
    return _stems(words.split(name), locale)


def _stems(every: Sequence[str], locale: str) -> list[str]:
    return [words.stem(word, locale) for word in words.without_stop_words(every, locale)]


def _group(view: View, group: Group) -> tuple[Floats, Floats]:
    """The best of the choices, and whether it is in the name."""
    size = len(view.shelf)
    best, in_name = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    for choice in group.choices:
        weight, named = _choice(view, choice)
        np.maximum(best, weight * np.float32(choice.weight), out=best)
        np.maximum(in_name, named, out=in_name)
    return best, in_name * len(group.typed)


def _choice(view: View, choice: Choice) -> tuple[Floats, Floats]:
    """All words of a choice: the worst find counts."""
    weight: Floats | None = None
    named: Floats | None = None
    for number, word in enumerate(choice.words, 1):
        is_open = choice.open and number == len(choice.words)
        own, own_named = _word(view, word, is_open=is_open)
        weight = own if weight is None else np.minimum(weight, own)
        named = own_named if named is None else np.minimum(named, own_named)
    nothing = np.zeros(len(view.shelf), dtype=np.float32)
    return (nothing, nothing) if weight is None or named is None else (weight, named)


def _word(view: View, word: str, *, is_open: bool) -> tuple[Floats, Floats]:
    """A word in any form; where it is open, as a beginning; as the end of compounds."""
    best = np.zeros(len(view.shelf), dtype=np.float32)
    named = np.zeros(len(view.shelf), dtype=np.float32)
    for lookup, part in lookups_of(view, word, is_open=is_open):
        matches = view.matches(lookup)
        places, levels = matches.places, matches.levels
        if matches.edition > view.edition:  # found by a thread that is ahead
            within = places < len(best)
            places, levels = places[within], levels[within]
        best[places] = np.maximum(best[places], _BY_LEVEL[levels] * np.float32(part))
        in_name = places[levels == NAME]
        named[in_name] = np.maximum(named[in_name], np.float32(part))
    return best, named


def lookups_of(view: View, word: str, *, is_open: bool) -> list[tuple[Lookup, float]]:
    """What is asked of the database for a word, with the part of the weight that each is worth."""
    found = [(Lookup(forms=(word,)), 1.0)]
    if is_open:
        found.append((Lookup(prefixes=(word,), deep=len(word) > SHALLOW), BEGINNING))
    compounds = view.vocabulary.compounds(word, words.stem(word, view.locale), view.locale)
    if compounds:
        found.append((Lookup(words=compounds), COMPOUND))
    return found
