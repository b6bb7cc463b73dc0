"""Views of the search."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from content.api.audience import Audience, audience_of
from content.api.filters import Wish, read_wish, search_words
from content.api.parameters import AUDIENCE, LISTING
from content.api.selectors import page_by_words
from core.api import PublicView
from core.conditional import public_get
from core.openapi import shape
from core.pagination import Window, found_slice, window_of
from search import engines, services, uses
from search.api import present
from search.api.shapes import SearchShape, SuggestionsShape

SUGGESTIONS = 6
# The engine's name in an answer that was found without it.
WITHOUT_ENGINE = "words"


class SearchView(PublicView):
    """The search."""

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="What is searched for; empty finds all."),
            *LISTING,
        ],
        responses=shape(SearchShape),
    )
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """Hits as cards with highlights and facets (without facets by `facets=0`)."""
        audience = audience_of(request)
        wish = read_wish(request.query_params, audience, search_in="q")
        with_facets = request.query_params.get("facets") != "0"
        window = window_of(request)
        found = services.find(services.query_of(wish, audience, window, facets=with_facets))
        if found is None:
            return Response(_by_words(request, wish, audience, with_facets=with_facets))
        page = found_slice(request, window, list(found.hits), found.total)
        body: dict[str, Any] = {
            "query": wish.text,
            "searched": found.searched,
            "engine": engines.current().name,
            "total": found.total,
            "query_id": uses.searched(
                wish.text,
                locale=audience.locale,
                total=found.total,
                is_first_page=_is_first(wish, window),
                user_agent=request.headers.get("User-Agent", ""),
                reference=found.reference,
            ),
            **page.answer(present.hits(found.hits, audience)),
        }
        if found.facets is not None:
            body["facets"] = found.facets
        # Not in the body, where it would make another ETag for the same hits.
        return Response(body, headers={"Server-Timing": f"engine;dur={found.took_ms:.1f}"})


def _is_first(wish: Wish, window: Window) -> bool:
    """Whether this begins a search, and does not turn its pages, narrow it or order it anew."""
    return not window.offset and not wish.filters and wish.ordering == "relevance"


def _by_words(
    request: Request, wish: Wish, audience: Audience, *, with_facets: bool
) -> dict[str, Any]:
    """The page that the cards alone give, while the engine is away."""
    page, total = page_by_words(request, wish, audience, with_facets=with_facets)
    return {
        "query": wish.text,
        "searched": None,
        "query_id": None,
        "engine": WITHOUT_ENGINE,
        "total": total,
        **page,
    }


class SuggestView(PublicView):
    """Suggestions while typing."""

    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="What is typed so far."), *AUDIENCE],
        responses=shape(SuggestionsShape),
    )
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """Whole queries, categories, brands and products that could be meant."""
        typed = request.query_params.get("q", "").strip()
        audience = audience_of(request)
        found: list[Any] = []
        if search_words(typed):
            suggested = services.suggest(
                typed, locale=audience.locale, currency=audience.currency, limit=SUGGESTIONS
            )
            found = present.suggestions(suggested, audience)
        return Response({"query": typed, "engine": engines.current().name, "results": found})
