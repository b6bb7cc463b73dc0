"""Facets, counted in memory."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from content.api.conditions import ATTRIBUTE, Filter
from content.api.facets import (
    MAX_VALUES,
    RATINGS,
    band_values,
    brand_values,
    category_values,
    price_bands,
    rating_values,
)
from content.api.shapes import (
    FacetsShape,
    FacetValueShape,
    PriceBandShape,
    RatingBandShape,
    StockFacetShape,
)
from search.engines.database.shelf import Flags, Ints, Shelf


class Left(NamedTuple):
    """What some filters leave, as flags of all places and as places."""

    flags: Flags
    places: Ints


def facets_of(
    shelf: Shelf,
    found: Flags,
    through: Sequence[tuple[Filter, Flags]],
    *,
    locale: str,
    currency: str,
) -> FacetsShape:
    """Count what each further choice would leave of `found`, with the filters but its own.

    Two queries, for the names of categories and brands.
    """
    kept: dict[str, Left] = {}

    def without(facet: str | None) -> Left:
        facet = facet if any(each.facet == facet for each, _ in through) else None
        key = facet or ""
        if key not in kept:
            flags = found
            for each, own in through:
                if facet is None or each.facet != facet:
                    flags = flags & own
            kept[key] = Left(flags, np.flatnonzero(flags))
        return kept[key]

    return {
        "category": _categories(shelf, without("category"), locale),
        "brand": _brands(shelf, without("brand"), locale),
        "price": _prices(shelf, without("price"), currency),
        "in_stock": _stock(shelf, without("in_stock"), currency),
        "rating": _ratings(shelf, without("rating")),
        "attributes": _attributes(shelf, through, without),
    }


def _categories(shelf: Shelf, left: Left, locale: str) -> list[FacetValueShape]:
    counts: Counter[int] = Counter()
    by_path = np.bincount(shelf.columns.paths[left.places], minlength=len(shelf.paths.values))
    for path, count in zip(shelf.paths.values, by_path.tolist(), strict=True):
        if count:
            for part in path.split("/"):
                if part:
                    counts[int(part)] += count
    return category_values(counts, locale)


def _brands(shelf: Shelf, left: Left, locale: str) -> list[FacetValueShape]:
    counts = np.bincount(shelf.columns.brands[left.places], minlength=len(shelf.brands.values))
    by_id = {
        pk: count
        for pk, count in zip(shelf.brands.values, counts.tolist(), strict=True)
        if pk is not None and count
    }
    return brand_values(by_id, locale)


def _prices(shelf: Shelf, left: Left, currency: str) -> list[PriceBandShape]:
    prices = shelf.prices.get(currency)
    own = prices[left.places] if prices is not None else None
    if own is None or not len(own):
        return []
    bands = price_bands(int(own.min()), int(own.max()), currency)
    at = np.searchsorted(np.array([low for low, _ in bands]), own, side="right") - 1
    counts = np.bincount(at, minlength=len(bands))
    return band_values(bands, counts.tolist(), currency)


def _stock(shelf: Shelf, left: Left, currency: str) -> StockFacetShape:
    stock = shelf.stock.get(currency)
    there = int(np.count_nonzero(stock[left.places])) if stock is not None else 0
    return {"true": there, "false": len(left.places) - there}


def _ratings(shelf: Shelf, left: Left) -> list[RatingBandShape]:
    ratings = shelf.columns.ratings[left.places]
    return rating_values({n: int(np.count_nonzero(ratings >= n * 100)) for n in RATINGS})


def _attributes(
    shelf: Shelf,
    through: Sequence[tuple[Filter, Flags]],
    without: Callable[[str | None], Left],
) -> dict[str, list[FacetValueShape]]:
    filtered = {each.facet for each, _ in through if each.facet.startswith(ATTRIBUTE)}
    counted = shelf.pairs.counted(without(None).flags)
    found = {name: values for name, values in counted.items() if ATTRIBUTE + name not in filtered}
    for facet in filtered:
        name = facet.removeprefix(ATTRIBUTE)
        own = shelf.pairs.counted(without(facet).flags).get(name)
        if own:
            found[name] = own
    return {name: _shown(found[name]) for name in sorted(found)}


def _shown(counts: Mapping[str, int]) -> list[FacetValueShape]:
    best = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MAX_VALUES]
    return [{"value": value, "label": value, "count": count} for value, count in best]
