"""What every endpoint of somebody's own things shares."""

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.customers.api.authentication import customer_of
from commerce.customers.models import User
from core.errors import NotSignedIn


class CustomerView(APIView):
    """For whoever is signed in, about what is theirs; no cache keeps the answers."""

    permission_classes = [IsAuthenticated]

    def customer(self, request: Request) -> User:
        """Who is signed in. Raises NotSignedIn."""
        who = customer_of(request)
        if who is None:
            raise NotSignedIn
        return who

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Mark every answer as not to be kept."""
        done = super().finalize_response(request, response, *args, **kwargs)
        done.headers.setdefault("Cache-Control", "no-store")
        return done
