"""What came of a search, told by a storefront."""

from http import HTTPStatus
from typing import TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.openapi import shape
from core.rendering import JSONParser
from core.throttling import ByAddress
from search import uses
from search.models import EventKind

MAX_ID = 2**53


class BeaconParser(JSONParser):
    """JSON that a page sends while it is left: a beacon may not say that it is JSON."""

    media_type = "text/plain"


class SearchEventInput(serializers.Serializer[None]):
    """A hit that was opened, or a product that went into the cart after a search.

    `position` is the hit's place in the whole list, from 1 on.
    """

    query_id = serializers.CharField(max_length=2000)
    kind = serializers.ChoiceField(choices=EventKind.choices)
    product_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    variant_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, allow_null=True
    )
    position = serializers.IntegerField(
        min_value=1, max_value=100_000, required=False, allow_null=True
    )


class SearchEventShape(TypedDict):
    """Whether it counts: each product once for each search and kind."""

    counted: bool


class SearchEventsView(APIView):
    """Clicks and conversions. It never looks at who sends them, so that a beacon can."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ByAddress,)
    parser_classes = (JSONParser, BeaconParser)
    rate_scope = "search_events"

    @extend_schema(request=SearchEventInput, responses={202: shape(SearchEventShape)}, auth=[])
    def post(self, request: Request) -> Response:
        """Count it. Made for `navigator.sendBeacon`: a body of text/plain is read as JSON too."""
        form = SearchEventInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        counted = uses.use(
            query_id=given["query_id"],
            kind=EventKind(given["kind"]),
            product_id=given["product_id"],
            variant_id=given.get("variant_id"),
            position=given.get("position"),
        )
        return Response({"counted": counted}, HTTPStatus.ACCEPTED)
