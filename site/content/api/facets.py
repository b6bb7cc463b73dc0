"""The counts beside a list. Only worked out where `facets=1` asks for them.

A facet's counts ignore its own filter and keep to all the others, so that a second choice of
the same kind can be offered. The number of queries depends on how many attributes are filtered
by, not on the rows: nine, and one for each such attribute.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from content.api.audience import Audience
from content.api.filters import Wish
from content.api.shapes import (
    FacetsShape,
    FacetValueShape,
    PriceBandShape,
    RatingBandShape,
    StockFacetShape,
)
from content.models import BrandCard, CardAttribute, CategoryCard, ProductCard
from core.money import Money, exponent

MAX_BANDS = 7
MAX_VALUES = 50
RATINGS = (4, 3, 2, 1)


def facets_of(cards: QuerySet[ProductCard], wish: Wish, audience: Audience) -> FacetsShape:
    """Count what each further choice would leave of `cards` (the audience's, unfiltered)."""
    return {
        "category": _categories(cards.filter(wish.condition(without="category")), audience),
        "brand": _brands(cards.filter(wish.condition(without="brand")), audience),
        "price": _prices(cards.filter(wish.condition(without="price")), audience.currency),
        "in_stock": _stock(cards.filter(wish.condition(without="in_stock"))),
        "rating": _ratings(cards.filter(wish.condition(without="rating"))),
        "attributes": _attributes(cards, wish),
    }


def _categories(cards: QuerySet[ProductCard], audience: Audience) -> list[FacetValueShape]:
    """A category counts what stands below it, as its filter does."""
    counts: Counter[int] = Counter()
    rows = cards.order_by().values_list("category_path").annotate(n=Count("pk"))
    for path, count in rows:
        for part in path.split("/"):
            if part:
                counts[int(part)] += count
    return category_values(counts, audience.locale)


def category_values(counts: Mapping[int, int], locale: str) -> list[FacetValueShape]:
    """Counts by category id, named and in the order of the tree; one query."""
    names = CategoryCard.objects.filter(locale=locale, category_id__in=counts)
    return [
        {"value": pk, "slug": slug, "label": name, "count": counts[pk]}
        for pk, slug, name in names.order_by("path").values_list("category_id", "slug", "name")
    ]


def _brands(cards: QuerySet[ProductCard], audience: Audience) -> list[FacetValueShape]:
    rows = cards.order_by().exclude(brand_id=None).values_list("brand_id").annotate(n=Count("pk"))
    return brand_values(dict(rows), audience.locale)


def brand_values(counts: Mapping[int, int], locale: str) -> list[FacetValueShape]:
    """Counts by brand id, named, those with most products first; one query."""
    names = BrandCard.objects.filter(locale=locale, brand_id__in=counts)
    found: list[FacetValueShape] = [
        {"value": pk, "slug": slug, "label": name, "count": counts[pk]}
        for pk, slug, name in names.values_list("brand_id", "slug", "name")
    ]
    return sorted(found, key=lambda each: (-each["count"], each["label"]))[:MAX_VALUES]


def _stock(cards: QuerySet[ProductCard]) -> StockFacetShape:
    counts = dict(cards.order_by().values_list("in_stock").annotate(n=Count("pk")))
    return {"true": counts.get(True, 0), "false": counts.get(False, 0)}


def _ratings(cards: QuerySet[ProductCard]) -> list[RatingBandShape]:
    counted = cards.aggregate(
        **{f"at_least_{n}": Count("pk", filter=Q(rating_average__gte=n)) for n in RATINGS}
    )
    return rating_values({number: counted[f"at_least_{number}"] for number in RATINGS})


def rating_values(counts: Mapping[int, int]) -> list[RatingBandShape]:
    """Counts by the rating that is reached at least, the best first."""
    bands: list[RatingBandShape] = [
        {"min": number, "count": counts.get(number, 0)} for number in RATINGS
    ]
    return [band for band in bands if band["count"]]


def _attributes(cards: QuerySet[ProductCard], wish: Wish) -> dict[str, list[FacetValueShape]]:
    filtered = wish.attributes
    found = _attribute_rows(cards.filter(wish.condition()), ~Q(name__in=filtered))
    for name in filtered:
        others = cards.filter(wish.condition(without=f"attr.{name}"))
        found |= _attribute_rows(others, Q(name=name))
    return dict(sorted(found.items()))


def _attribute_rows(cards: QuerySet[ProductCard], names: Q) -> dict[str, list[FacetValueShape]]:
    rows = CardAttribute.objects.filter(names, card__in=cards.order_by().values("pk"))
    counted = rows.values_list("name", "value").annotate(n=Count("pk")).order_by("-n", "value")
    found: dict[str, list[FacetValueShape]] = {}
    for name, value, count in counted:
        values = found.setdefault(name, [])
        if len(values) < MAX_VALUES:
            values.append({"value": value, "label": value, "count": count})
    return found


def _prices(cards: QuerySet[ProductCard], currency: str) -> list[PriceBandShape]:
    spread = cards.aggregate(low=Min("price_from_minor"), high=Max("price_from_minor"))
    if spread["low"] is None:
        return []
    bands = price_bands(spread["low"], spread["high"], currency)
    counts: dict[str, Any] = {}
    for number, (low, high) in enumerate(bands):
        within = Q(price_from_minor__gte=low)
        if high is not None:
            within &= Q(price_from_minor__lte=high)
        counts[f"band_{number}"] = Count("pk", filter=within)
    counted = cards.aggregate(**counts)
    return band_values(bands, [counted[f"band_{number}"] for number in range(len(bands))], currency)


Band = tuple[int, int | None]


def price_bands(low: int, high: int, currency: str) -> list[Band]:
    """The bands for prices from `low` to `high`: both ends inclusive, the last one open."""
    edges = band_edges(low, high, 10 ** exponent(currency))
    return [
        *((low, high - 1) for low, high in zip(edges, edges[1:], strict=False)),
        (edges[-1], None),
    ]


def band_values(bands: list[Band], counts: list[int], currency: str) -> list[PriceBandShape]:
    """The bands that hold something, as the API gives them."""
    return [
        {
            "min": Money(low, currency).amount,
            "max": None if high is None else Money(high, currency).amount,
            "count": count,
        }
        for (low, high), count in zip(bands, counts, strict=True)
        if count
    ]


def band_edges(low: int, high: int, unit: int) -> list[int]:
    """Where price bands begin, in minor units: round figures, at most MAX_BANDS of them.

    The first band begins at a round figure at or under `low`. Prices that lie close together
    get even steps; prices that differ by more than a factor of ten get steps that grow
    (… 50, 100, 200, 500 …). `unit` is one whole unit of the currency.
    """
    if high > 10 * max(low, unit):
        edges = [edge for edge in _round_figures(unit) if low < edge <= high]
        while len(edges) >= MAX_BANDS:
            edges = edges[1::2]
        return [0, *edges]
    step = next(
        figure for figure in _round_figures(unit) if high // figure - low // figure < MAX_BANDS
    )
    return [edge * step for edge in range(low // step, high // step + 1)]


def _round_figures(unit: int) -> list[int]:
    return [unit * digit * 10**power for power in range(16) for digit in (1, 2, 5)]
