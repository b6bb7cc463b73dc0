"""The built-in search: words found in the prepared cards. It knows no typing errors."""

from typing import Any

import orjson
from django.db.models import Q
from rest_framework.request import Request

from content.api.audience import Audience
from content.api.filters import read_wish, relevance, search_words
from content.api.selectors import card_page, live_cards
from content.api.shapes import SuggestionShape
from content.models import BrandCard, CategoryCard

ENGINE = "database"
PRODUCTS, OTHERS = 6, 3


def hits(request: Request, audience: Audience) -> dict[str, Any]:
    """The page of cards that `?q=` and the filters ask for, with facets.

    Raises ValidationFailed.
    """
    wish = read_wish(request.query_params, audience, search_in="q")
    with_facets = request.query_params.get("facets") != "0"
    page = card_page(request, wish, audience, with_facets=with_facets)
    query = request.query_params.get("q", "").strip()
    return {"query": query, "engine": ENGINE, "total": page.get("count"), **page}


def suggestions(typed: str, audience: Audience) -> list[SuggestionShape]:
    """What could be meant: categories, brands, then products; three queries, none for no words.

    Raises ValidationFailed where the text is too long.
    """
    words = search_words(typed)
    if not words:
        return []
    in_name, in_text = Q(), Q()
    for word in words:
        in_name &= Q(name__icontains=word)
        in_text &= Q(search_text__contains=word)
    found: list[SuggestionShape] = []
    categories = CategoryCard.objects.filter(in_name, locale=audience.locale)
    brands = BrandCard.objects.filter(in_name, locale=audience.locale)
    for kind, rows in (("category", categories), ("brand", brands)):
        bodies = rows.order_by("-product_count", "name", "id").values_list("body", flat=True)
        found += [_suggestion(kind, body) for body in bodies[:OTHERS]]
    cards = live_cards(audience).filter(in_text).annotate(relevance=relevance(words))
    products = cards.order_by("relevance", "-sold_count", "-id").values_list("body", flat=True)
    return found + [_suggestion("product", body) for body in products[:PRODUCTS]]


def _suggestion(kind: Any, body: str) -> SuggestionShape:
    row = orjson.loads(body)
    return {
        "kind": kind,
        "id": row["id"],
        "slug": row["slug"],
        "label": row["name"],
        "url": row["url"],
        "thumbnail": row.get("thumbnail"),
    }
