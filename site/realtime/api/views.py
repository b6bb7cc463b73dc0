"""Events over HTTP, for navigator.sendBeacon and for who keeps no socket."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.customers.api.authentication import BearerSignIn, customer_of
from core.context import client_address
from core.errors import TooManyRequests
from core.openapi import shape
from core.rendering import JSONParser
from realtime.analytics import batches, ingest, limits, senders
from realtime.api.shapes import EventsShape, EventsStoredShape


class PlainTextParser(JSONParser):
    """JSON that calls itself text/plain, as a browser may send without asking first (CORS)."""

    media_type = "text/plain"


class EventsView(APIView):
    """What a shopper did. Any site may post here, so the session cookie is not looked at:
    a customer is known by the bearer token alone.
    """

    permission_classes = [AllowAny]
    authentication_classes = [BearerSignIn]
    parser_classes = [JSONParser, PlainTextParser]
    throttle_classes: list[Any] = []  # events are counted instead, see realtime.analytics.limits

    @extend_schema(request=shape(EventsShape), responses=shape(EventsStoredShape))
    def post(self, request: Request) -> Response:
        """Store events; the same id again does no harm. Bad ones are named, the others stored."""
        customer = customer_of(request)
        headers = request.headers
        batch = batches.read(
            request.data,
            objected=senders.objects(headers.get("DNT", ""), headers.get("Sec-GPC", "")),
            audience=senders.audience(
                is_bot=senders.is_bot(headers.get("User-Agent", "")),
                is_staff=customer is not None and customer.is_staff,
            ),
            customer_id=customer.pk if customer else None,
        )
        count = len(batch.events) + len(batch.errors)
        if wait := limits.take(client_address(request._request), count):
            raise TooManyRequests(retry_after=wait)
        ingest.store([ingest.Incoming(batch.events, batch.sender, timezone.now())])
        answer: EventsStoredShape = {"type": "ack", "ids": batch.ids, "errors": batch.errors}
        return Response(answer, headers={"Cache-Control": "no-store"})
