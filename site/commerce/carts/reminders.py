"""Carts that were left standing: each is announced once, to owners who agreed to such mails."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from commerce.carts.events import CART_ABANDONED
from commerce.carts.models import Cart, CartLine
from commerce.customers import selectors as customers
from core import events

# An older cart is let be: a reminder that comes after days is none.
TOO_LATE = timedelta(hours=48)


def announce_abandoned(*, now: datetime, hours: int) -> int:
    """Announce the carts that nobody has touched for so long; how many.

    Guests' carts have no address to write to.
    """
    idle_since = now - timedelta(hours=hours)
    left = Cart.objects.filter(
        Exists(CartLine.objects.filter(cart=OuterRef("pk"))),
        customer__is_active=True,
        ordered_at=None,
        reminded_at=None,
        updated_at__lte=idle_since,
        updated_at__gt=idle_since - TOO_LATE,
    )
    rows = left.order_by("updated_at").values_list("pk", "customer__email")
    count = 0
    for cart_id, email in list(rows):
        if not customers.has_consent(email):
            continue
        with transaction.atomic():
            # Whoever changes the row announces it; a cart that was touched meanwhile is not left.
            if left.filter(pk=cart_id).update(reminded_at=now):
                payload = {"cart_id": str(cart_id)}
                events.record(CART_ABANDONED, key=f"cart:{cart_id}", payload=payload)
                count += 1
    return count
