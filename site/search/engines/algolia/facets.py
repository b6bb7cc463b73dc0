"""Facets as `content.api.facets` gives them, from Algolia's counts.

A facet that is filtered by needs a query of its own, without that filter; all the others are
counted beside the hits. Objects of one product agree in all that is counted, so that counts
after grouping are those of products.
"""

from collections.abc import Iterator
from typing import Any

from content.api.conditions import ATTRIBUTE, Filter
from content.api.facets import (
    MAX_VALUES,
    Band,
    band_values,
    brand_values,
    category_values,
    price_bands,
    rating_values,
)
from content.api.shapes import FacetsShape, FacetValueShape, PriceBandShape
from search.engines.algolia import setup
from search.engines.algolia.filters import narrowed, price_of, stock_of

Json = dict[str, Any]
Counts = dict[str, int]


class Wanted:
    """What is asked for, then what came of it."""

    def __init__(self, filters: tuple[Filter, ...], currency: str) -> None:
        self._filters = filters
        self._currency = currency
        self._attributes = {
            "category": "category_paths",
            "brand": "brand_id",
            "price": price_of(currency),
            "in_stock": stock_of(currency),
            "rating": "rating_bands",
        }
        self._filtered = list(dict.fromkeys(each.facet for each in filters if each.facet))
        self._found: dict[str, Json] = {}
        self._bands: list[Band] = []
        self._in_bands: list[int] = []

    def in_hits(self) -> Json:
        """What the query for the hits has to ask for."""
        return {
            "facets": [*self._attributes.values(), "attributes"],
            "maxValuesPerFacet": setup.MAX_VALUES,
        }

    def apart(self) -> Iterator[Json]:
        """A query for each facet that is filtered by."""
        for facet in self._filtered:
            yield {
                **narrowed(self._filters, currency=self._currency, without=facet).params(),
                **_counts_only(),
                "facets": [self._attribute(facet)],
                "maxValuesPerFacet": setup.MAX_VALUES,
            }

    def take(self, answers: list[Json]) -> None:
        """The answers to the query for the hits and to those of `apart`."""
        hits, *others = answers
        self._found = {"": hits, **dict(zip(self._filtered, others, strict=True))}
        attribute, answer = self._attributes["price"], self._of("price")
        spread = answer.get("facets_stats", {}).get(attribute)
        if spread is None:
            return
        self._bands = price_bands(int(spread["min"]), int(spread["max"]), self._currency)
        prices = {int(value): n for value, n in self._counts("price").items()}
        if len(prices) < setup.MAX_VALUES:
            self._in_bands = [
                sum(n for price, n in prices.items() if _is_within(price, band))
                for band in self._bands
            ]

    def missing(self) -> list[Json]:
        """A query for each price band, where there are too many prices to count them here."""
        if len(self._in_bands) == len(self._bands):
            return []
        base = narrowed(self._filters, currency=self._currency, without="price")
        attribute = self._attributes["price"]
        return [
            {
                "facetFilters": base.facet_filters,
                "numericFilters": [
                    *base.numeric_filters,
                    [f"{attribute}>={low}"],
                    *([] if high is None else [[f"{attribute}<={high}"]]),
                ],
                **_counts_only(),
            }
            for low, high in self._bands
        ]

    def take_bands(self, answers: list[Json]) -> None:
        """The answers to the queries of `missing`."""
        self._in_bands = [answer["nbHits"] for answer in answers]

    def shape(self, locale: str) -> FacetsShape:
        """The facets, named in a language; two queries to the database."""
        stock = self._counts("in_stock")
        categories = {
            int(path.strip("/").rpartition("/")[2]): n
            for path, n in self._counts("category").items()
        }
        brands = {int(value): n for value, n in self._counts("brand").items()}
        ratings = {int(value): n for value, n in self._counts("rating").items()}
        return {
            "category": category_values(categories, locale),
            "brand": brand_values(brands, locale),
            "price": self._price_values(),
            "in_stock": {"true": stock.get("true", 0), "false": stock.get("false", 0)},
            "rating": rating_values(ratings),
            "attributes": dict(sorted(self._attribute_values().items())),
        }

    def _price_values(self) -> list[PriceBandShape]:
        return band_values(self._bands, self._in_bands, self._currency)

    def _attribute_values(self) -> dict[str, list[FacetValueShape]]:
        filtered = [facet for facet in self._filtered if facet.startswith(ATTRIBUTE)]
        others = _by_name(self._found[""].get("facets", {}).get("attributes", {}))
        found = {name: rows for name, rows in others.items() if ATTRIBUTE + name not in filtered}
        for facet in filtered:
            name = facet.removeprefix(ATTRIBUTE)
            rows = _by_name(self._of(facet).get("facets", {}).get("attributes", {}))
            if name in rows:
                found[name] = rows[name]
        return found

    def _attribute(self, facet: str) -> str:
        return self._attributes.get(facet, "attributes")

    def _of(self, facet: str) -> Json:
        return self._found.get(facet, self._found[""])

    def _counts(self, facet: str) -> Counts:
        return self._of(facet).get("facets", {}).get(self._attribute(facet), {})


def _counts_only() -> Json:
    return {
        "hitsPerPage": 0,
        "attributesToRetrieve": [],
        "attributesToHighlight": [],
        "analytics": False,
    }


def _is_within(price: int, band: Band) -> bool:
    low, high = band
    return low <= price and (high is None or price <= high)


def _by_name(counts: Counts) -> dict[str, list[FacetValueShape]]:
    """Values by attribute, the most frequent first."""
    found: dict[str, list[FacetValueShape]] = {}
    for text, count in sorted(counts.items(), key=lambda row: (-row[1], row[0])):
        name, _, value = text.partition("=")
        values = found.setdefault(name, [])
        if len(values) < MAX_VALUES:
            values.append({"value": value, "label": value, "count": count})
    return found
