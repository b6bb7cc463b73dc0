"""What carts know of people. A customer's carts are deleted with the account (CASCADE)."""

from datetime import datetime
from typing import Any

from commerce.carts.models import Cart, SavedCart
from commerce.customers import privacy
from commerce.customers.models import User
from core.money import Money
from core.rendering import utc_text

BATCH = 500


def register() -> None:
    """Take part in exports, erasures and retention."""
    privacy.register("carts", export=export, erase=erase)
    privacy.register("saved_carts", export=export_saved, erase=erase)
    privacy.register_retention("guests' carts", "CART_DAYS", drop_guests_carts)


def export(user: User) -> list[dict[str, Any]]:
    """Every cart with its lines, the ordered ones too."""
    carts = Cart.objects.filter(customer=user).prefetch_related("lines__variant__product")
    return [
        {
            "id": str(cart.pk),
            "created_at": utc_text(cart.created_at),
            "changed_at": utc_text(cart.updated_at),
            "ordered_at": utc_text(cart.ordered_at) if cart.ordered_at else None,
            "currency": cart.currency,
            "codes": cart.codes,
            "items": [
                {
                    "sku": line.variant.sku,
                    "name": line.variant.product.name,
                    "quantity": line.quantity,
                    "price_seen": Money(line.unit_minor, cart.currency).json(),
                    "added_at": utc_text(line.added_at),
                }
                for line in cart.lines.all()
            ],
        }
        for cart in carts.order_by("created_at")
    ]


def export_saved(user: User) -> list[dict[str, Any]]:
    """The carts that the customer keeps under a name."""
    return [
        {
            "id": str(saved.pk),
            "name": saved.name,
            "currency": saved.currency,
            "items": saved.lines,
            "created_at": utc_text(saved.created_at),
        }
        for saved in SavedCart.objects.filter(customer=user).order_by("created_at")
    ]


def erase(user: User) -> None:
    """Nothing: the rows go with the account."""


def drop_guests_carts(before: datetime, dry_run: bool) -> int:
    """Delete a batch of guests' carts that nobody has touched since `before`; how many."""
    old = Cart.objects.filter(customer=None, updated_at__lt=before)
    if dry_run:
        return old.count()
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    Cart.objects.filter(pk__in=batch).delete()
    return len(batch)
