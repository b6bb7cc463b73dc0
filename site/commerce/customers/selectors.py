"""Reads of what customers keep. A queryset starts from whoever asks."""

from uuid import UUID

from django.db.models import Q, QuerySet

from commerce.customers.models import Address, Consent, User, Wish
from core.errors import NotFound


def addresses_of(customer_id: UUID) -> QuerySet[Address]:
    """The customer's address book."""
    return Address.objects.filter(customer_id=customer_id)


def address_of(customer_id: UUID, address_id: UUID) -> Address:
    """One of the customer's addresses. Raises NotFound."""
    address = addresses_of(customer_id).filter(pk=address_id).first()
    if address is None:
        raise NotFound("There is no such address.")
    return address


def wishes_of(customer_id: UUID) -> QuerySet[Wish]:
    """The customer's wishlist, with the products' records."""
    return Wish.objects.filter(customer_id=customer_id).select_related("product")


def wish_of(customer_id: UUID, wish_id: UUID) -> Wish:
    """One wish of the customer. Raises NotFound."""
    wish = wishes_of(customer_id).filter(pk=wish_id).first()
    if wish is None:
        raise NotFound("There is no such wish.")
    return wish


def owner_of_wishlist(token: str) -> User:
    """Whose wishlist a share link shows. Raises NotFound."""
    owner = None
    if token.isascii() and token.isprintable() and 0 < len(token) <= 64:
        owner = User.objects.filter(wishlist_token=token, is_active=True).first()
    if owner is None:
        raise NotFound("There is no such wishlist.")
    return owner


def wants_news(product_id: int) -> bool:
    """Whether anybody asked to hear of this product's price or stock."""
    asked = Q(tell_in_stock=True) | Q(tell_price_drop=True)
    return Wish.objects.filter(asked, product_id=product_id).exists()


def newest_consent(email: str) -> Consent | None:
    """What was last said about marketing mail to an address, in any case of its letters."""
    return Consent.objects.filter(email=email.lower()).order_by("-id").first()


def has_consent(email: str) -> bool:
    """Whether marketing mail may be sent to an address."""
    newest = newest_consent(email)
    return newest is not None and newest.is_given
