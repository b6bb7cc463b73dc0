"""Filters in Algolia's terms. What it cannot do (parts of words) the database answers first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from content.api.conditions import ATTRIBUTE, Filter, joined
from content.models import ProductCard
from search.engines.algolia.objects import attribute_value
from search.engines.base import EngineUnavailable

SUBSTRINGS = frozenset({"search_text", "tags_text", "description_text"})
# So many products can be named in one request.
MAX_IDS = 1000

_FACETS = {
    "brand_id": "brand_id",
    "category_path": "category_paths",
    "tags": "tags",
    "featured": "featured",
}
_NOTHING = ["product_id=0"]


class NotForAlgolia(EngineUnavailable):
    """A question that only the database can answer."""


@dataclass(slots=True)
class Narrowing:
    """Lists of lists: all of the outer ones hold, any of each inner one."""

    facet_filters: list[list[str]] = field(default_factory=list)
    numeric_filters: list[list[str]] = field(default_factory=list)

    def params(self) -> dict[str, Any]:
        return {"facetFilters": self.facet_filters, "numericFilters": self.numeric_filters}


def resolved(filters: Iterable[Filter], *, locale: str, currency: str) -> tuple[Filter, ...]:
    """The same filters with those for parts of words turned into product ids; one query.

    Raises NotForAlgolia where too many products are meant.
    """
    substrings = tuple(each for each in filters if each.field in SUBSTRINGS)
    others = tuple(each for each in filters if each.field not in SUBSTRINGS)
    if not substrings:
        return others
    cards = ProductCard.objects.filter(joined(substrings), locale=locale, currency=currency)
    ids = tuple(cards.order_by().values_list("product_id", flat=True)[: MAX_IDS + 1])
    if len(ids) > MAX_IDS:
        raise NotForAlgolia(f"A part of a word is in more than {MAX_IDS} products.")
    return (*others, Filter("", "product_id", "in", ids))


def narrowed(filters: Iterable[Filter], *, currency: str, without: str | None = None) -> Narrowing:
    """The filters, except those of the facet `without`; only what is sold in the currency."""
    found = Narrowing(numeric_filters=[[f"{price_of(currency)}>=0"]])
    for each in filters:
        if without is None or each.facet != without:
            _add(each, currency, found)
    return found


def price_of(currency: str) -> str:
    """The attribute with the lowest price of a product."""
    return f"from_minor.{currency}"


def stock_of(currency: str) -> str:
    """The attribute that says whether a product can be had in a currency."""
    return f"in_stock.{currency}"


def _add(each: Filter, currency: str, found: Narrowing) -> None:
    facets = {**_FACETS, "in_stock": stock_of(currency)}
    if not each.values:
        found.numeric_filters.append(_NOTHING)
    elif each.field.startswith(ATTRIBUTE):
        name = each.field.removeprefix(ATTRIBUTE)
        values = [attribute_value(name, value) for value in each.values]
        found.facet_filters.append([_facet("attributes", value) for value in values])
    elif each.field in facets:
        found.facet_filters.append([_facet(facets[each.field], value) for value in each.values])
    else:
        attribute = price_of(currency) if each.field == "price" else each.field
        comparison = "=" if each.comparison == "in" else each.comparison
        found.numeric_filters.append([f"{attribute}{comparison}{value}" for value in each.values])


def _facet(attribute: str, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # A minus in front would mean “not”.
    return f"{attribute}:\\{text}" if text.startswith("-") else f"{attribute}:{text}"
