"""Who may moderate."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


def moderates(user: object) -> bool:
    """Staff with the permission to moderate reviews."""
    may = getattr(user, "has_perm", None)
    return bool(getattr(user, "is_staff", False) and may and may("feedback.moderate_review"))


class MayModerate(BasePermission):
    """Both: being staff, and the permission."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Look at the caller alone."""
        return moderates(request.user)
