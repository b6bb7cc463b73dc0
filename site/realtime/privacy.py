"""What notifications know of people: they are deleted with them, and after some time anyhow."""

from typing import Any

from django.db.models import Q

from commerce.customers import privacy
from commerce.customers.models import User
from realtime.models import Notification
from realtime.notifications import drop_old, present


def register() -> None:
    """Take part in exports, erasures and retention."""
    privacy.register("notifications", export=export, erase=erase, erase_guest=erase_guest)
    privacy.register_retention("notifications", "RETENTION_NOTIFICATION_DAYS", drop_old)


def export(user: User) -> list[dict[str, Any]]:
    """Everything that was told to a customer and is still kept, oldest first."""
    return [present(row) for row in Notification.objects.filter(customer=user).order_by("pk")]


def erase(user: User) -> None:
    """Delete what was told about the account and its orders."""
    Notification.objects.filter(Q(customer=user) | Q(order__customer=user)).delete()


def erase_guest(address: str) -> None:
    """The same for orders with a mail address and without an account."""
    of_guest = Q(customer=None, order__customer=None, order__email__iexact=address)
    Notification.objects.filter(of_guest).delete()
