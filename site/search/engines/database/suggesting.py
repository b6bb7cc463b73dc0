"""What a shopper who is still typing could mean: from memory, but for words not seen before."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from search.engines.base import Suggested
from search.engines.database import finding, sorting, words
from search.engines.database.mirror import View
from search.engines.database.shelf import Flags

LOOKED_AT = 200  # names that completions are read from


def suggest(view: View, text: str, *, currency: str, limit: int) -> Suggested:
    """Completed queries, categories, brands and products; the best of each first."""
    typed = words.split(text)
    if not typed:
        return Suggested()
    shelf = view.shelf
    asked = finding.ask(view, text, currency)
    best = sorting.page(
        shelf, asked.ranked.found, asked.ranked.scores,
        sort="relevance", currency=currency, offset=0, limit=LOOKED_AT,
    )  # fmt: skip
    on_sale = shelf.on_sale(currency)
    names = [shelf.names[at] for at in best.tolist()]
    return Suggested(
        queries=_completions(_head(text, typed), typed[-1], names, limit),
        category_ids=_named(typed, shelf.category_names, _by_category(view, on_sale), limit),
        brand_ids=_named(typed, shelf.brand_names, _by_brand(view, on_sale), limit),
        product_ids=shelf.columns.products[best[:limit]].tolist(),
    )


def _head(text: str, typed: Sequence[str]) -> Sequence[str]:
    """What stands before the last word, as it was typed: Café, not cafe."""
    *before, last = text.lower().split()
    return before if words.split(last) == [typed[-1]] else typed[:-1]


def _completions(head: Sequence[str], last: str, names: Sequence[str], limit: int) -> list[str]:
    """The last word completed, or what follows it, as the names of what was found have it."""
    counts: Counter[str] = Counter()
    for name in names:
        counts.update(set(_continued(last, words.WORD.findall(name))))
    # A whole word is worth as much as what follows it in half as many names.
    ranked = sorted(counts, key=lambda each: (-counts[each] * (2 - (" " in each)), each))
    return [" ".join([*head, each]) for each in ranked[:limit]]


def _continued(last: str, name: Sequence[str]) -> Iterator[str]:
    for word, following in zip(name, [*name[1:], ""], strict=True):
        folded = words.fold(word)
        if not folded.startswith(last):
            continue
        if folded != last:
            yield word.lower()
        if len(following) > 2 and following.isalpha():
            yield f"{word} {following}".lower()


def _named(
    typed: Sequence[str], names: dict[int, str], counts: dict[int, int], limit: int
) -> list[int]:
    """Ids of names in which each of the words begins a word, the fullest first."""
    found = []
    for pk, name in names.items():
        own = words.spellings(name)
        if counts.get(pk) and all(any(each.startswith(word) for each in own) for word in typed):
            found.append((-counts[pk], name, pk))
    return [pk for *_, pk in sorted(found)[:limit]]


def _by_category(view: View, on_sale: Flags) -> dict[int, int]:
    counts: Counter[int] = Counter()
    paths = view.shelf.paths.values
    by_path = np.bincount(view.shelf.columns.paths[on_sale], minlength=len(paths))
    for path, count in zip(paths, by_path.tolist(), strict=True):
        for part in path.split("/"):
            if part:
                counts[int(part)] += count
    return counts


def _by_brand(view: View, on_sale: Flags) -> dict[int, int]:
    brands = view.shelf.brands.values
    counts = np.bincount(view.shelf.columns.brands[on_sale], minlength=len(brands))
    return dict(zip(brands, counts.tolist(), strict=True))
