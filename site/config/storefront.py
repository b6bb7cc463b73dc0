"""The reference storefront's one page; everything in it comes over the public API."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def index(request: HttpRequest) -> HttpResponse:
    """Serve the page for every storefront address; its script finds out which."""
    google = settings.GOOGLE_CLIENT_ID and settings.GOOGLE_SCRIPT_URL
    context = {
        "google_client_id": settings.GOOGLE_CLIENT_ID,
        "google_script_url": settings.GOOGLE_SCRIPT_URL,
    }
    response = TemplateResponse(request, "storefront/index.html", context)
    # Google's script, its frames and its style lie side by side.
    theirs = f" {google.rpartition('/')[0]}/" if google else ""
    response["Content-Security-Policy"] = (
        f"default-src 'self'; img-src 'self' data: https:; script-src 'self'{theirs};"
        f" style-src 'self'{theirs}; connect-src 'self'{theirs}; frame-src 'self'{theirs};"
        " frame-ancestors 'self'; base-uri 'self'; form-action 'self'"
    )
    if google:
        # Google's window tells this page who has signed in.
        response["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    response["Cache-Control"] = "public, max-age=60"
    return response
