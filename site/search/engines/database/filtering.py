"""The engine-neutral filters on columns in memory."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from content.api.conditions import ATTRIBUTE, Filter
from content.models import ProductCard
from search.engines.database.pairs import TAGS
from search.engines.database.shelf import Flags, Ints, Shelf

_COMPARED: dict[str, Callable[[Any, Any], Flags]] = {
    "=": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_BIGGEST = 2**62  # what no column reaches: bounds beyond it mean the same


def flags_of(each: Filter, shelf: Shelf, *, locale: str, currency: str) -> Flags:
    """Which places a filter lets through; texts are asked of the cards, in one query."""
    name, values = each.field, each.values
    columns = shelf.columns
    if name.startswith(ATTRIBUTE):
        return shelf.pairs.having(
            name.removeprefix(ATTRIBUTE), lambda own: own in values, len(shelf)
        )
    if name == "tags":
        return shelf.pairs.having(TAGS, lambda own: own in values, len(shelf))
    if name == "tags_text" and each.comparison == "contains" and "|" not in str(values):
        return shelf.pairs.having(
            TAGS, lambda own: any(value in own for value in values), len(shelf)
        )
    if name == "brand_id":
        return np.array([brand in values for brand in shelf.brands.values], dtype=np.bool_)[
            columns.brands
        ]
    if name == "category_path" and each.comparison == "below":
        inside = [any(path.startswith(value) for value in values) for path in shelf.paths.values]
        return np.array(inside, dtype=np.bool_)[columns.paths]
    numbers = _numbers(name, shelf, currency)
    if numbers is None:
        return _asked(each, shelf, locale=locale, currency=currency)
    wanted = [_number(name, value) for value in values]
    if each.comparison == "in":
        return np.isin(numbers, np.array(wanted, dtype=np.int64))
    through = np.zeros(len(shelf), dtype=np.bool_)
    for value in wanted:
        through |= _COMPARED[each.comparison](numbers, value)
    return through


def _numbers(name: str, shelf: Shelf, currency: str) -> Ints | None:
    columns = shelf.columns
    if name == "price":
        return shelf.prices.get(currency, np.full(len(shelf), -1, dtype=np.int64))
    if name == "in_stock":
        return shelf.stock.get(currency, np.zeros(len(shelf), dtype=np.bool_)).astype(np.int64)
    known = {
        "product_id": columns.products,
        "rating": columns.ratings,
        "featured": columns.featured,
    }
    return known.get(name)


def _number(name: str, value: Any) -> int:
    number = round(value * 100) if name == "rating" else int(value)
    return max(-_BIGGEST, min(_BIGGEST, number))


def _asked(each: Filter, shelf: Shelf, *, locale: str, currency: str) -> Flags:
    cards = ProductCard.objects.filter(each.condition(), locale=locale, currency=currency)
    return shelf.places_of_products(list(cards.values_list("product_id", flat=True)))
