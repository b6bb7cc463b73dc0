"""The OpenAPI document and its interactive page, served from this machine alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny

from core.errors import catalogue_of_codes

schema = SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[])
docs = SpectacularSwaggerView.as_view(
    permission_classes=[AllowAny], authentication_classes=[], url_name="schema"
)


def errors(request: HttpRequest) -> HttpResponse:
    """The table of error codes, which every problem's `type` points into."""
    return render(request, "errors.html", {"codes": catalogue_of_codes()})
