"""Who finds products by words. The search room registers itself; without it plain words do."""

from collections.abc import Callable
from dataclasses import dataclass

from content.api.audience import Audience
from content.api.filters import Wish
from content.api.shapes import FacetsShape
from core.pagination import Window


@dataclass(frozen=True, slots=True)
class Finding:
    """Products in order, how many there are in all, and the facets if they were asked for."""

    product_ids: list[int]
    total: int
    facets: FacetsShape | None


# The window is asked for only by who will find: cursors of plain lists mean something else.
Finder = Callable[[Wish, Audience, Callable[[], Window], bool], Finding | None]

_finder: Finder | None = None


def register(finder: Finder) -> None:
    """Let `finder` find products by words. It gives None where it cannot just now."""
    global _finder
    _finder = finder


def find(
    wish: Wish, audience: Audience, window: Callable[[], Window], *, with_facets: bool
) -> Finding | None:
    """What the registered finder finds; None without words, without it, or where it cannot."""
    if _finder is None or not wish.text:
        return None
    return _finder(wish, audience, window, with_facets)
