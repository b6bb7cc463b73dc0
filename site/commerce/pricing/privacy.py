"""What pricing knows of people: who used a code."""

from typing import Any

from commerce.customers import privacy
from commerce.customers.models import User
from commerce.pricing.models import Redemption
from core.rendering import utc_text


def register() -> None:
    """Take part in exports and erasures."""
    privacy.register("codes", export=export, erase=erase, erase_guest=erase_guest)


def export(user: User) -> list[dict[str, Any]]:
    """Which codes were used, when, and for which order."""
    mine = Redemption.objects.filter(customer=user).select_related("code").order_by("at")
    return [
        {"code": row.code.code, "order_id": str(row.order_id), "at": utc_text(row.at)}
        for row in mine
    ]


def erase(user: User) -> None:
    """Blank the address; that a code was used stays."""
    Redemption.objects.filter(customer=user).update(email="")


def erase_guest(address: str) -> None:
    """The same for who had no account."""
    Redemption.objects.filter(customer=None, email__iexact=address).update(email="")
