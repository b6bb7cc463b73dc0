"""Keys with which browsers ask the hosted engine themselves."""

from datetime import datetime
from typing import TypedDict

from django.conf import settings
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from content.api.audience import audience_of
from content.api.parameters import AUDIENCE
from core.api import PublicView
from core.openapi import shape
from core.throttling import ByAddress
from search.errors import NoSearchKey


class SearchKeyShape(TypedDict):
    """What a browser needs to ask Algolia. The key finds what is on sale, in one language.

    `indexes` names the index for each `ordering`; `host` is null where Algolia's own are meant.
    Ask for another key before `expires_at`.
    """

    engine: str
    app_id: str
    key: str
    expires_at: datetime
    indexes: dict[str, str]
    host: str | None


class SearchKeyView(PublicView):
    """Search keys for browsers."""

    throttle_classes = (ByAddress,)
    rate_scope = "search_key"

    @extend_schema(parameters=AUDIENCE, responses={200: shape(SearchKeyShape), 404: None})
    def get(self, request: Request) -> Response:
        """A key for a while; 404 `no_search_key` where the shop searches by itself."""
        if settings.SEARCH_ENGINE != "algolia":
            raise NoSearchKey
        # Its client costs half a second and 20 MB to import, which a shop without it does not pay.
        from search.engines.algolia import keys

        if not keys.is_possible():
            raise NoSearchKey
        audience = audience_of(request)
        made = keys.search_key(locale=audience.locale, currency=audience.currency)
        expires_at = datetime.fromtimestamp(made.valid_until, timezone.get_current_timezone())
        body: SearchKeyShape = {
            "engine": "algolia",
            "app_id": made.app_id,
            "key": made.key,
            "expires_at": expires_at,
            "indexes": made.indexes,
            "host": settings.ALGOLIA_HOST or None,
        }
        response = Response(body)
        add_never_cache_headers(response)
        return response
