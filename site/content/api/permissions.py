"""Who may write over the API."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView
from wagtail.permissions import page_permission_policy

from core.api import PublicView


class StaffWrites(BasePermission):
    """Anybody reads; staff with any permission on pages write.

    What they may do to the page at hand is up to Wagtail's permissions on that page.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Let reads through without a look at the user."""
        if request.method in SAFE_METHODS:
            return True
        user = request.user
        return bool(
            user
            and user.is_authenticated
            and user.is_staff
            and page_permission_policy.user_has_any_permission(user, {"add", "change", "publish"})
        )


class ReadsStock(BasePermission):
    """Staff who may see stock levels."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Both: being staff, and the permission."""
        user = request.user
        return bool(
            user.is_authenticated and user.is_staff and user.has_perm("inventory.view_stocklevel")
        )


class StaffWritesView(PublicView):
    """Public to read, for staff to write."""

    permission_classes = (StaffWrites,)  # type: ignore[assignment]
