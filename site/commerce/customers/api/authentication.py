"""How a request says who sends it."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class SessionSignIn(SessionAuthentication):
    """The HttpOnly session cookie; unsafe methods need the CSRF header.

    Somebody not signed in gets 401 (and not DRF's 403), as API.md has it.
    """

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, which makes DRF answer 401."""
        return "Session"
