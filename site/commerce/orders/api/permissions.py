"""Who may do what with orders."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class MayChangeOrders(BasePermission):
    """Staff with the permission to change orders."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Both: being staff, and the permission."""
        user = request.user
        return bool(
            user.is_authenticated and user.is_staff and user.has_perm("orders.change_order")
        )
