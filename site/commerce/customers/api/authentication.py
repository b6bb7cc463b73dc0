"""How a request says who sends it."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from commerce.customers.models import User


class SessionSignIn(SessionAuthentication):
    """The HttpOnly session cookie; unsafe methods need the CSRF header.

    Somebody not signed in gets 401 (and not DRF's 403), as API.md has it.
    """

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, which makes DRF answer 401."""
        return "Session"


def customer_of(request: Request) -> User | None:
    """Who is signed in, or nobody."""
    return request.user if isinstance(request.user, User) else None


class SessionSignInScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Names the session cookie in the OpenAPI document."""

    target_class = SessionSignIn
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The cookie; the CSRF header goes with unsafe methods."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
