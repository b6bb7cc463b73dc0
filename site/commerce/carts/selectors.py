"""Reads of carts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Sum

from commerce.carts.models import Cart, CartLine
from commerce.pricing.quotes import Quote, Sold
from commerce.pricing.services import quote


def by_token(token: str) -> Cart | None:
    """The open cart of a guest's token. A customer's cart is not reached by token."""
    if not token.isascii() or not token.isprintable() or not 0 < len(token) <= 64:
        return None
    return Cart.objects.filter(token=token, ordered_at=None, customer=None).first()


def ordered_by(token: str) -> UUID | None:
    """The id of a guest's cart that has become an order."""
    if not token or len(token) > 64:
        return None
    rows = Cart.objects.filter(token=token, customer=None).exclude(ordered_at=None)
    return rows.values_list("pk", flat=True).first()


def of_customer(customer_id: UUID) -> Cart | None:
    """The customer's open cart, if there is one."""
    return Cart.objects.filter(customer_id=customer_id, ordered_at=None).first()


def lines_of(cart: Cart) -> list[CartLine]:
    """The cart's lines in the order they were added."""
    return list(CartLine.objects.filter(cart=cart))


def quote_cart(
    cart: Cart,
    lines: list[CartLine],
    *,
    country: str = "",
    region: str = "",
    shipping_method: int | None = None,
    found: dict[int, Sold] | None = None,
) -> Quote:
    """What the cart costs now, for an address; `found` as in `pricing.services.quote`."""
    return quote(
        wanted={line.variant_id: line.quantity for line in lines},
        currency=cart.currency,
        codes=cart.codes,
        country=country,
        region=region,
        shipping_method=shipping_method,
        found=found,
    )


def left_standing(untouched_since: datetime) -> QuerySet[Cart, Any]:
    """Carts with something in them that nobody has touched since: `id`, `currency`,
    `customer_id`, `updated_at`, `units` and `worth_minor` at the prices that were seen."""
    return (
        Cart.objects.filter(ordered_at=None, updated_at__lte=untouched_since)
        .filter(lines__isnull=False)
        .values("id", "currency", "customer_id", "updated_at")
        .annotate(
            units=Sum("lines__quantity"),
            worth_minor=Sum(F("lines__quantity") * F("lines__unit_minor")),
        )
        .order_by("updated_at", "id")
    )
