"""One thin layer around every request: its id, its rate-limit headers, clean public answers."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from core.context import accept_request_id, reset_request_id, set_request_id

access = logging.getLogger("core.access")

NextLayer = Callable[[HttpRequest], HttpResponseBase]


def request_context(get_response: NextLayer) -> NextLayer:
    """Bind the request id, echo it, and finish what inner layers cannot.

    Has to be the first of MIDDLEWARE: whatever a session or a locale layer added to an answer
    that `core.conditional` marked as public (Vary: Cookie, Set-Cookie) is taken off here.
    """
    log_access: bool = getattr(settings, "ACCESS_LOG", False)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request_id = accept_request_id(request.META.get("HTTP_X_REQUEST_ID"))
        token = set_request_id(request_id)
        began = time.perf_counter() if log_access else 0.0
        try:
            response = get_response(request)
            headers = response.headers
            headers["X-Request-Id"] = request_id
            for name, value in getattr(request, "rate_limit_headers", ()):
                headers[name] = value
            if getattr(response, "is_public", False):
                _take_cookies_off(response)
            if log_access:
                # The path alone: a query may hold an order's token.
                access.info(
                    "request",
                    extra={
                        "method": request.method,
                        "path": request.path,
                        "status": response.status_code,
                        "milliseconds": round((time.perf_counter() - began) * 1000, 1),
                    },
                )
            return response
        finally:
            reset_request_id(token)

    return middleware


def _take_cookies_off(response: HttpResponseBase) -> None:
    response.cookies.clear()
    vary = response.headers.get("Vary", "")
    if "cookie" in vary.lower():
        kept = [name for name in vary.split(", ") if name.strip().lower() != "cookie"]
        response.headers["Vary"] = ", ".join(kept)
