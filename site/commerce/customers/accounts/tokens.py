"""The bearer tokens of the `app` client: short access tokens, refresh tokens that rotate."""

from importlib import import_module

from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.headless.tokens.strategies.jwt.internal import decode_token, session_key_from_sid
from django.conf import settings
from django.db import transaction


class RotatingTokens(JWTTokenStrategy):  # type: ignore[misc]
    """allauth's JWTs, where one refresh token gives one pair of new tokens and no more.

    allauth keeps the tokens that still count in the session and writes it back as a whole:
    of two requests with the same token at once, both would be served. The session's row is
    locked, so that the second finds the token used.
    """

    @transaction.atomic
    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """New access and refresh tokens; None for a token that was used, has run out or is
        somebody else's, or whose session has ended."""
        payload = decode_token(refresh_token, "refresh")
        key = session_key_from_sid(payload["sid"]) if payload else None
        if key is None:
            return None
        sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
        if not sessions.objects.select_for_update().filter(session_key=key).exists():
            return None
        return super().refresh_token(refresh_token)  # type: ignore[no-any-return]
