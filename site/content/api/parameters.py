"""The parameters of the product list, for the OpenAPI document."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from content.api.audience import CURRENCY, LOCALE
from content.api.filters import ORDERINGS
from core.openapi import PAGE_PARAMETERS


def _texts(**described: str) -> list[OpenApiParameter]:
    return [OpenApiParameter(name, str, description=text) for name, text in described.items()]


def _flags(**described: str) -> list[OpenApiParameter]:
    return [OpenApiParameter(name, bool, description=text) for name, text in described.items()]


FILTERS = [
    *_texts(
        category="Ids or slugs with commas between them; categories below are included.",
        brand="Ids or slugs with commas between them.",
        min_price="The lowest price, in whole units of the currency: 12.50",
        max_price="The highest price, in whole units of the currency.",
        price="Exactly this price. It is the cheapest variant's, as with the others.",
        price__gt="More than this price.",
        price__lt="Less than this price.",
        min_rating="Rated that well or better: 4 or 3.5",
    ),
    *_flags(
        in_stock="Only what can be had (true), or cannot (false).",
        is_in_stock="The same as in_stock.",
        featured="Only what editors have marked as featured (true), or not (false).",
        is_featured="The same as featured.",
    ),
    *_texts(
        tags="Tags with commas between them, one of which it has.",
        tags__icontains="Part of a tag.",
        description__icontains="Part of the description.",
        ids="Product ids with commas between them, at most 100.",
    ),
    OpenApiParameter(
        "attr",
        OpenApiTypes.OBJECT,
        style="deepObject",
        description="Written as `attr.<name>=`: values with commas between them, one of which it"
        " has. One that holds a comma itself stands alone; repeat the parameter for others of the"
        " same name. Several attributes have to fit together.",
    ),
]
ORDERING = OpenApiParameter(
    "ordering",
    str,
    enum=list(ORDERINGS),
    description="`relevance` is for searches and their default; otherwise newest first.",
)
FACETS = OpenApiParameter(
    "facets", str, enum=["1", "0"], description="1 adds the counts of what can be chosen."
)
AUDIENCE = [LOCALE, CURRENCY]
LISTING = [*FILTERS, ORDERING, FACETS, *PAGE_PARAMETERS, *AUDIENCE]
PRODUCT_LIST = [
    *_texts(search="Words that all have to be found in a product's texts."),
    *LISTING,
]
