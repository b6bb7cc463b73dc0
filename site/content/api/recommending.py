"""What goes with products: the editors' choice, what a higher room has learnt, best sellers.

A room above registers what it knows; without one the editors and the best sellers are left.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from content.api import present, selectors
from content.api.audience import Audience

RECOMMENDED = 8


class Advice(NamedTuple):
    """Product ids, best first, and those that must not be shown."""

    ids: Sequence[int]
    forbidden: Iterable[int]


Adviser = Callable[[Sequence[int]], Advice]


def nobody(product_ids: Sequence[int]) -> Advice:
    """Nothing is known of these products."""
    return Advice((), ())


_adviser: Adviser = nobody


def register(adviser: Adviser) -> Adviser:
    """Ask `adviser` from now on, in two queries at most; the one before it is given back."""
    global _adviser
    former, _adviser = _adviser, adviser
    return former


def for_product(id_or_slug: str, audience: Audience) -> list[Any]:
    """Eight cards in stock for a product's page; five queries at most. Raises NotFound."""
    stored = selectors.document(id_or_slug, audience)
    advice = _adviser([stored.product_id])
    related = [pk for pk in stored.related_ids if pk != stored.product_id]
    forbidden = {stored.product_id, *advice.forbidden}
    bodies = _in_stock([*related, *advice.ids], forbidden, audience)
    if (missing := RECOMMENDED - len(bodies)) > 0:
        without = {*forbidden, *bodies}
        beside = selectors.best_sellers_beside(stored, audience, limit=missing, without=without)
        return present.prepared([*bodies.values(), *beside])
    return present.prepared(bodies.values())


def for_products(product_ids: Sequence[int], audience: Audience) -> list[Any]:
    """Eight cards in stock that go with a cart or with what was looked at; five queries at most.

    Without products: what editors want everywhere, then what sells best.
    """
    advice = _adviser(product_ids)
    forbidden = {*product_ids, *advice.forbidden}
    bodies = _in_stock(advice.ids, forbidden, audience)
    if (missing := RECOMMENDED - len(bodies)) > 0:
        bodies |= _best_sellers(product_ids, audience, missing, {*forbidden, *bodies})
    return present.prepared(list(bodies.values())[:RECOMMENDED])


def _in_stock(ids: Iterable[int], forbidden: set[int], audience: Audience) -> dict[int, str]:
    wanted = [pk for pk in dict.fromkeys(ids) if pk not in forbidden]
    if not wanted:
        return {}
    rows = selectors.live_cards(audience).filter(product_id__in=wanted, in_stock=True)
    found = dict(rows.values_list("product_id", "body"))
    return {pk: found[pk] for pk in [pk for pk in wanted if pk in found][:RECOMMENDED]}


def _best_sellers(
    product_ids: Sequence[int], audience: Audience, limit: int, without: set[int]
) -> dict[int, str]:
    """Of the products' own categories first, then of the whole shop."""
    cards = selectors.live_cards(audience)
    near = cards.filter(product_id__in=product_ids).values("category_path")
    in_stock = cards.filter(in_stock=True).order_by("-sold_count", "-id")
    found: dict[int, str] = {}
    for rows in (in_stock.filter(category_path__in=near) if product_ids else None, in_stock):
        if rows is not None and len(found) < limit:
            some = rows.values_list("product_id", "body")[: limit + len(without) + len(found)]
            found |= {pk: body for pk, body in some if pk not in without and pk not in found}
    return dict(list(found.items())[:limit])
