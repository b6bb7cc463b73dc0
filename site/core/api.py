"""Base views."""

from collections.abc import Sequence

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.views import APIView


class PublicView(APIView):
    """Anybody may read it, and reading never looks at who asks.

    A safe method has no authenticators, so that no session is opened and the answer does not
    vary by cookie; writes are authenticated as everywhere. Set `permission_classes` for those.
    """

    permission_classes = (AllowAny,)

    def get_authenticators(self) -> Sequence[BaseAuthentication]:  # type: ignore[override]
        request = getattr(self, "request", None)
        if request is not None and request.method in SAFE_METHODS:
            return []
        return super().get_authenticators()
