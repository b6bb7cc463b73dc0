"""The shapes of the search's answers."""

from typing import Literal, TypedDict

from content.api.shapes import ProductCardShape, ProductListShape, ThumbnailShape


class SearchHitShape(ProductCardShape):
    """A card, with what was found in it.

    `highlights` has pieces of HTML by field (`name`, `brand`, `summary`): escaped text with
    `<mark>` around each find. `variant_id` is the variant that the words name, if they do.
    """

    highlights: dict[str, str]
    variant_id: int | None


class SearchShape(ProductListShape):
    """Hits as cards; `total` is how many, `engine` who found them.

    `searched` is what was searched for instead where the spelling was mended. `query_id` goes
    into POST /api/search/events/ when a hit is opened or put into the cart. It is another one
    with each answer, and null where a search is not counted: without words, and with words
    that look personal.
    """

    results: list[SearchHitShape]  # type: ignore[misc]
    query: str
    searched: str | None
    query_id: str | None
    total: int
    engine: str


class SuggestionShape(TypedDict):
    """Something to offer while typing. A `query` has neither id nor slug."""

    kind: Literal["query", "category", "brand", "product"]
    id: int | None
    slug: str | None
    label: str
    url: str
    thumbnail: ThumbnailShape | None


class SuggestionsShape(TypedDict):
    """What could be meant."""

    query: str
    engine: str
    results: list[SuggestionShape]
