"""Lists of products find words as the search does, where the built-in engine answers."""

from collections.abc import Callable

from content.api.audience import Audience
from content.api.filters import Wish
from content.api.finding import Finding
from core.pagination import Window
from search import engines, services


def find(
    wish: Wish, audience: Audience, window: Callable[[], Window], with_facets: bool
) -> Finding | None:
    """What the search finds; None with a hosted engine, or one that is not ready."""
    if engines.current().name != "database":
        return None
    query = services.query_of(wish, audience, window(), facets=with_facets)
    found = services.find(query)
    if found is None:
        return None
    return Finding([hit.product_id for hit in found.hits], found.total, found.facets)
