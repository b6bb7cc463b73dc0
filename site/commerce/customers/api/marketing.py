"""Stopping marketing mail by the link in it: nobody has to sign in for that."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.customers import links, services
from commerce.customers.api.shapes import MarketingStoppedShape
from core.openapi import shape
from core.rendering import JSONParser


class StopInput(serializers.Serializer):  # type: ignore[type-arg]
    """What stands in the link."""

    token = serializers.CharField(max_length=1000)


class LinkView(APIView):
    """The token is the proof: whoever is signed in does not matter, nor does CSRF."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def stop(self, token: str) -> Response:
        """Withdraw the consent of the address that the link was made for."""
        email = links.email_of_stop(token)
        services.withdraw_consent(email=email, source="stop_link")
        answer: MarketingStoppedShape = {"email": email, "consented": False}
        return Response(answer, headers={"Cache-Control": "no-store"})


class StopView(LinkView):
    """For the storefront's page behind the link."""

    @extend_schema(request=StopInput, responses=shape(MarketingStoppedShape))
    def post(self, request: Request) -> Response:
        """Send no marketing mail to the address of this link any more. Safe to repeat."""
        form = StopInput(data=request.data)
        form.is_valid(raise_exception=True)
        return self.stop(form.validated_data["token"])


class OneClickStopView(LinkView):
    """For mail programs: the List-Unsubscribe header's address (RFC 8058)."""

    parser_classes = [JSONParser, FormParser, MultiPartParser]
    # A mail provider asks for all of its customers from a few addresses.
    throttle_classes: list[Any] = []

    @extend_schema(
        operation_id="marketing_stop_one_click",
        request=None,
        responses=shape(MarketingStoppedShape),
    )
    def post(self, request: Request, token: str) -> Response:
        """The same, with the token in the address; the body does not matter."""
        return self.stop(token)
