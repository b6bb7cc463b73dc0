"""Hits and suggestions as the API gives them: prepared cards, fetched by id."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson

from content.api.audience import Audience
from content.api.present import spliced
from content.api.selectors import cards_in_order
from content.models import BrandCard, CategoryCard
from search.api.shapes import SuggestionShape
from search.engines.base import Hit, Suggested


def hits(found: Sequence[Hit], audience: Audience) -> list[Any]:
    """The cards of the hits, in their order; one query.

    A product that left the shop a moment ago, and the index not yet, is passed over.
    """
    bodies = cards_in_order([hit.product_id for hit in found], audience)
    return [
        spliced(body, highlights=dict(hit.highlights), variant_id=hit.variant_id)
        for hit in found
        if (body := bodies.get(hit.product_id))
    ]


def suggestions(found: Suggested, audience: Audience) -> list[SuggestionShape]:
    """Whole queries, categories, brands, products; three queries at most."""
    offered = [_query(text) for text in found.queries]
    for kind, model, ids in (
        ("category", CategoryCard, found.category_ids),
        ("brand", BrandCard, found.brand_ids),
    ):
        rows = model.objects.filter(locale=audience.locale, **{f"{kind}_id__in": list(ids)})
        bodies = dict(rows.values_list(f"{kind}_id", "body")) if ids else {}
        offered += [_card(kind, bodies[pk]) for pk in ids if pk in bodies]
    products = cards_in_order(found.product_ids, audience)
    return offered + [_card("product", body) for body in products.values()]


def _query(text: str) -> SuggestionShape:
    return {
        "kind": "query",
        "id": None,
        "slug": None,
        "label": text,
        "url": f"/search/?q={quote(text)}",
        "thumbnail": None,
    }


def _card(kind: Any, body: str) -> SuggestionShape:
    row = orjson.loads(body)
    return {
        "kind": kind,
        "id": row["id"],
        "slug": row["slug"],
        "label": row["name"],
        "url": row["url"],
        "thumbnail": row.get("thumbnail"),
    }
