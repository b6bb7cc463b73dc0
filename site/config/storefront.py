"""The reference storefront's one page; everything in it comes over the public API."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def index(request: HttpRequest) -> HttpResponse:
    """Serve the page for every storefront address; its script finds out which."""
    response = TemplateResponse(request, "storefront/index.html")
    response["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data: https:; script-src 'self'; style-src 'self';"
        " frame-ancestors 'self'; base-uri 'self'; form-action 'self'"
    )
    response["Cache-Control"] = "public, max-age=60"
    return response
