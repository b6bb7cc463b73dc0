"""The page behind “No more mails like this”."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from content.mails import stopping
from core.errors import NotFound


# A mailbox has no cookie and no token: the link's signature is what is trusted.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether mails shall stop (GET: scanners follow links), or stop them (POST)."""
    context = {"shop": settings.SHOP_NAME, "storefront": settings.STOREFRONT_URL, "state": "ask"}
    try:
        wanted = stopping.read(token)
    except NotFound:
        context["state"] = "unknown"
        return render(request, "mails/stop.html", context, status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        stopping.stop(wanted)
        context["state"] = "stopped"
    response = render(request, "mails/stop.html", context)
    # The address is a key to somebody's choice: it goes to nobody else.
    response["Referrer-Policy"] = "no-referrer"
    return response
