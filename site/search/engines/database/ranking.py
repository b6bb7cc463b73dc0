"""Which places fit, and how well. The weights are explained in docs/search.md."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from search.engines.database import words
from search.engines.database.asking import Choice, Group
from search.engines.database.facts import BRAND, DESCRIPTION, NAME, SHELF, SUMMARY
from search.engines.database.matching import Lookup
from search.engines.database.mirror import View
from search.engines.database.shelf import Flags, Floats, Ints

WEIGHTS = {NAME: 100.0, BRAND: 80.0, SHELF: 60.0, SUMMARY: 30.0, DESCRIPTION: 15.0}
NOWHERE = 255  # in the place of a level
_BY_LEVEL = np.zeros(NOWHERE + 1, dtype=np.float32)
_BY_LEVEL[list(WEIGHTS)] = list(WEIGHTS.values())
BEGINNING, COMPOUND = 0.6, 0.7
RARE = np.float32(20)  # times the logarithm, where not all words are found together
WHOLE_NAME = 40.0  # shared out by the part of the name's words that was asked for
BRAND_OR_CATEGORY = 150.0  # all that was typed is its name
IN_STOCK = 4.0
SHALLOW = 2  # beginnings that short are not looked for in summaries and descriptions

Levels = NDArray[np.uint8]  # of every place, the best field that has it
Word = list[tuple[Levels, float]]  # with the part of the weight that it is worth


@dataclass(slots=True)
class Ranked:
    """Which places were found, how well each fits, and how many words found nothing at all."""

    found: Flags
    scores: Floats
    lost: list[Group]


def rank(view: View, groups: Sequence[Group], currency: str) -> Ranked:
    """Places that have every group; where there are none, those that have most of them.

    What is found is flagged first, so that only these places are weighed.
    """
    shelf = view.shelf
    on_sale = shelf.on_sale(currency)
    asked = [_Asked(view, group) for group in groups]
    there = [each.flags() & on_sale for each in asked]
    counts = [int(np.count_nonzero(flags)) for flags in there]
    found = np.logical_and.reduce([on_sale, *there])
    in_part = not found.any() and any(counts)
    if in_part:
        hits = np.add.reduce(there, dtype=np.int16)
        found = hits == hits.max()
    places = np.flatnonzero(found)
    own = np.zeros(len(places), dtype=np.float32)
    named = np.zeros(len(places), dtype=np.float32)
    for each, flags, count in zip(asked, there, counts, strict=True):
        weight, in_name = each.weights(places)
        own += weight
        named += in_name
        if in_part and count:
            own += RARE * flags[places] * np.float32(np.log(1 + len(shelf) / count))
    own += WHOLE_NAME * named / np.maximum(shelf.columns.name_words[places], len(groups))
    scores = np.zeros(len(shelf), dtype=np.float32)
    scores[places] = own
    lost = [group for group, count in zip(groups, counts, strict=True) if not count]
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
def _stems_of(name: str, locale: str) -> tuple[str, ...]:
    return _stems(words.split(name), locale)


def _stems(every: Sequence[str], locale: str) -> tuple[str, ...]:
    return words.stems(words.without_stop_words(every, locale), locale)


class _Asked:
    """What the choices of a group find: for each of their words, the level of every place."""

    def __init__(self, view: View, group: Group) -> None:
        self._size = len(view.shelf)
        self._typed = len(group.typed)
        self._choices = [(list(_words(view, choice)), choice.weight) for choice in group.choices]

    def flags(self) -> Flags:
        """The places that have all words of any choice."""
        found = np.zeros(self._size, dtype=np.bool_)
        for every, _ in self._choices:
            found |= np.logical_and.reduce([_anywhere(word) for word in every])
        return found

    def weights(self, places: Ints) -> tuple[Floats, Floats]:
        """How well these places fit, and how many of the typed words are in the name.

        Of the choices the best counts, of the words of a choice the worst.
        """
        best = np.zeros(len(places), dtype=np.float32)
        named = np.zeros(len(places), dtype=np.float32)
        for every, weight in self._choices:
            found = [_weighed(word, places) for word in every]
            worst = np.minimum.reduce([own for own, _ in found])
            np.maximum(best, worst * np.float32(weight), out=best)
            np.maximum(named, np.minimum.reduce([own for _, own in found]), out=named)
        return best, named * self._typed


def _words(view: View, choice: Choice) -> Iterator[Word]:
    """Each word in any form; where it is open, as a beginning; as the end of compounds."""
    for number, word in enumerate(choice.words, 1):
        is_open = choice.open and number == len(choice.words)
        yield [
            (_levels(view, lookup), part)
            for lookup, part in lookups_of(view, word, is_open=is_open)
        ]


def _levels(view: View, lookup: Lookup) -> Levels:
    matches = view.matches(lookup)
    places, own = matches.places, matches.levels
    levels = np.full(len(view.shelf), NOWHERE, dtype=np.uint8)
    if matches.edition > view.edition:  # found by a thread that is ahead
        within = places < len(levels)
        places, own = places[within], own[within]
    levels[places] = own
    return levels


def _anywhere(word: Word) -> Flags:
    return np.logical_or.reduce([levels != NOWHERE for levels, _ in word])


def _weighed(word: Word, places: Ints) -> tuple[Floats, Floats]:
    """The best find of a word in each of these places, and whether it is in the name."""
    best = np.zeros(len(places), dtype=np.float32)
    named = np.zeros(len(places), dtype=np.float32)
    for levels, part in word:
        own = levels[places]
        np.maximum(best, _BY_LEVEL[own] * np.float32(part), out=best)
        np.maximum(named, (own == NAME) * np.float32(part), out=named)
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
