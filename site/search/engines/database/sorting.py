"""The order of what was found, and the page that is asked for."""

import heapq

import numpy as np

from search.engines.database.shelf import Flags, Floats, Ints, Shelf

# Keys are one whole number each, with the place in the lowest bits: no two are the same, so
# pages neither overlap nor leave anything out.
PLACE_BITS = 21
MAX_KEY = 2**41


def page(
    shelf: Shelf,
    found: Flags,
    scores: Floats | None,
    *,
    sort: str,
    currency: str,
    offset: int,
    limit: int,
) -> Ints:
    """The places on a page, in order."""
    places = np.flatnonzero(found)
    until = min(offset + limit, len(places))
    if offset >= until:
        return places[:0]
    if sort == "name":
        names = shelf.folded
        best = heapq.nsmallest(until, places.tolist(), key=lambda at: (names[at], at))
        return np.array(best[offset:], dtype=np.int64)
    keys = _keys(shelf, places, scores, sort=sort, currency=currency)
    if until < len(keys):
        top = np.argpartition(keys, until - 1)[:until]
        places, keys = places[top], keys[top]
    return places[np.argsort(keys)][offset:until]


def _keys(shelf: Shelf, places: Ints, scores: Floats | None, *, sort: str, currency: str) -> Ints:
    """The smallest comes first. ORDERINGS of content.api.filters says what is meant."""
    columns = shelf.columns
    if sort in {"price", "-price"}:
        values = shelf.prices[currency][places]
        sign = 1 if sort == "price" else -1
    elif sort == "rating":
        values = columns.ratings[places] * 2**31 + columns.rating_counts[places]
        sign = -1
    elif sort == "best_selling":
        values, sign = columns.sold[places], -1
    elif sort == "relevance" and scores is not None:
        values, sign = np.rint(scores[places] * 100).astype(np.int64), -1
    else:
        values, sign = columns.listed_at[places], -1
    values = np.minimum(values, MAX_KEY)
    return sign * ((values << PLACE_BITS) | places)
