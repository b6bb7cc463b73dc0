"""Views of what is only read."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from content.api import editorial
from content.api.audience import audience_of
from content.api.parameters import AUDIENCE
from content.api.shapes import (
    FaqsShape,
    HomeShape,
    PromotionsShape,
    SiteShape,
)
from core.api import PublicView
from core.conditional import public_get
from core.openapi import shape


class HomeView(PublicView):
    """The home page."""

    @extend_schema(parameters=AUDIENCE, responses=shape(HomeShape))
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """Everything that a home page needs in one answer."""
        return Response(editorial.home(audience_of(request)))


class FaqsView(PublicView):
    """Questions and answers."""

    @extend_schema(parameters=AUDIENCE, responses=shape(FaqsShape))
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """All questions by topic."""
        return Response({"results": editorial.topics(audience_of(request).locale)})


class PromotionsView(PublicView):
    """Promotions."""

    @extend_schema(parameters=AUDIENCE, responses=shape(PromotionsShape))
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """The promotions that hold now, each with the times of its countdown."""
        return Response({"results": editorial.promotions(audience_of(request).locale)})


class SiteView(PublicView):
    """The shop itself."""

    @extend_schema(parameters=AUDIENCE, responses=shape(SiteShape))
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """Contact, menus, announcement, languages and currencies."""
        return Response(editorial.shop(audience_of(request).locale))
