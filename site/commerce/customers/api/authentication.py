"""How a request says who sends it: a bearer token, or the session cookie."""

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import JWTTokenAuthentication
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from commerce.customers.models import User


class BearerSignIn(JWTTokenAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer <access token>`, as long as its session lives. No CSRF header.

    A token that does not count is 401 on every endpoint, so that a storefront refreshes it
    instead of going on as a guest unnoticed.
    """

    def authenticate_credentials(self, key: str) -> tuple[User, Any]:
        """Who the token belongs to. Raises AuthenticationFailed."""
        if len(key) > 4096:
            raise AuthenticationFailed("This access token does not count.")
        user, payload = super().authenticate_credentials(key)
        return user, payload


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


class BearerSignInScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Names the access token in the OpenAPI document."""

    target_class = BearerSignIn
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The header."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class SessionSignInScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Names the session cookie in the OpenAPI document."""

    target_class = SessionSignIn
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The cookie; the CSRF header goes with unsafe methods."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
