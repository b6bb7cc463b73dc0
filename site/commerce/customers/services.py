"""Writes to what customers keep: profile, address book, wishlist, consent.

Whatever has to hold over several rows of a customer is done under a lock on the customer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from commerce.customers.errors import AddressLimit
from commerce.customers.events import WISH_NEWS
from commerce.customers.models import Address, Consent, User, Wish
from commerce.customers.selectors import newest_consent
from core import events
from core.errors import NotFound
from core.ids import secret_token

MAX_ADDRESSES = 50
DEFAULTS = ("is_default_shipping", "is_default_billing")


def _lock(customer_id: UUID) -> User:
    # No key is changed, so whoever only refers to the customer need not wait.
    return User.objects.select_for_update(no_key=True).get(pk=customer_id)


# ── Profile and consent ─────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Marketing:
    """What a customer says about marketing mail, and to which sentence."""

    consented: bool
    wording: str = ""


@transaction.atomic
def update_profile(customer_id: UUID, *, marketing: Marketing | None = None, **fields: Any) -> User:
    """Change columns of a customer's own, and note what was said about marketing mail."""
    user = _lock(customer_id)
    for name, value in fields.items():
        setattr(user, name, value)
    if fields:
        user.save(update_fields=list(fields))
    if marketing is not None:
        said: dict[str, Any] = {"email": user.email, "customer_id": user.pk, "source": "profile"}
        if marketing.consented:
            give_consent(wording=marketing.wording, **said)
        else:
            withdraw_consent(**said)
    return user


@transaction.atomic
def vouch_for_address(user: User) -> None:
    """The shop has made this account itself: its address needs no confirmation."""
    EmailAddress.objects.exclude(user=user).filter(email__iexact=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


@transaction.atomic
def give_consent(*, email: str, customer_id: UUID | None = None, wording: str, source: str) -> None:
    """Note that an address may get marketing mail. The same said again adds nothing."""
    newest = newest_consent(email)
    if newest is None or not newest.is_given or newest.wording != wording:
        Consent.objects.create(
            email=email.lower(),
            customer_id=customer_id,
            is_given=True,
            wording=wording,
            source=source,
        )


@transaction.atomic
def withdraw_consent(*, email: str, customer_id: UUID | None = None, source: str) -> None:
    """Note that an address gets no marketing mail any more. Safe to repeat."""
    newest = newest_consent(email)
    if newest is None or newest.is_given:
        Consent.objects.create(
            email=email.lower(), customer_id=customer_id, is_given=False, source=source
        )


# ── Address book ────────────────────────────────────────────────────────────────────────
@transaction.atomic
def add_address(customer_id: UUID, **fields: Any) -> Address:
    """Keep an address; the first becomes both defaults. Raises AddressLimit.

    `is_default_shipping` or `is_default_billing` takes that from the address that had it.
    """
    _lock(customer_id)
    mine = Address.objects.filter(customer_id=customer_id)
    count = mine.count()
    if count >= MAX_ADDRESSES:
        raise AddressLimit(f"At most {MAX_ADDRESSES} addresses are kept.")
    if not count:
        fields = {**fields, **dict.fromkeys(DEFAULTS, True)}
    _take_defaults(customer_id, fields)
    return Address.objects.create(customer_id=customer_id, **fields)


@transaction.atomic
def change_address(customer_id: UUID, address_id: UUID, **fields: Any) -> Address:
    """Change columns of an address. Raises NotFound.

    A default is moved by giving it to another address: False for the one that has it says
    nothing about who gets it, and is passed over.
    """
    _lock(customer_id)
    address = _address(customer_id, address_id)
    fields = {n: v for n, v in fields.items() if not (n in DEFAULTS and v is False)}
    _take_defaults(customer_id, fields)
    for name, value in fields.items():
        setattr(address, name, value)
    if fields:
        address.save(update_fields=list(fields))
    return address


@transaction.atomic
def remove_address(customer_id: UUID, address_id: UUID) -> None:
    """Forget an address; what it was the default for passes to the newest. Raises NotFound."""
    _lock(customer_id)
    address = _address(customer_id, address_id)
    inherited = {name: True for name in DEFAULTS if getattr(address, name)}
    address.delete()
    if inherited:
        heir = Address.objects.filter(customer_id=customer_id).order_by("-id").first()
        if heir is not None:
            Address.objects.filter(pk=heir.pk).update(**inherited)


def _address(customer_id: UUID, address_id: UUID) -> Address:
    address = Address.objects.filter(customer_id=customer_id, pk=address_id).first()
    if address is None:
        raise NotFound("There is no such address.")
    return address


def _take_defaults(customer_id: UUID, fields: Mapping[str, Any]) -> None:
    for name in DEFAULTS:
        if fields.get(name):
            had = Address.objects.filter(Q((name, True)), customer_id=customer_id)
            had.update(**{name: False})


# ── Wishlist ────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Seen:
    """What a customer is shown of a product: `price_minor` in minor units, None without one."""

    currency: str
    price_minor: int | None
    in_stock: bool


@dataclass(frozen=True, slots=True)
class Added:
    """A wish, and whether it is a new one."""

    wish: Wish
    is_new: bool


@transaction.atomic
def add_wish(
    customer_id: UUID,
    product_id: int,
    *,
    seen: Seen,
    tell_in_stock: bool | None = None,
    tell_price_drop: bool | None = None,
) -> Added:
    """Put a product on the wishlist, once. What is told of a wish that is there is changed."""
    wish, is_new = Wish.objects.get_or_create(customer_id=customer_id, product_id=product_id)
    changed = change_wish(
        customer_id,
        wish.pk,
        seen=seen,
        tell_in_stock=tell_in_stock,
        tell_price_drop=tell_price_drop,
    )
    return Added(changed, is_new)


@transaction.atomic
def change_wish(
    customer_id: UUID,
    wish_id: UUID,
    *,
    seen: Seen,
    tell_in_stock: bool | None = None,
    tell_price_drop: bool | None = None,
) -> Wish:
    """Say which news of a wish are wanted (None: as before). Raises NotFound.

    What is `seen` at that moment is what later news are measured by.
    """
    wish = Wish.objects.select_for_update().filter(customer_id=customer_id, pk=wish_id).first()
    if wish is None:
        raise NotFound("There is no such wish.")
    changed = []
    if tell_in_stock is not None and tell_in_stock != wish.tell_in_stock:
        wish.tell_in_stock, wish.was_in_stock = tell_in_stock, seen.in_stock
        changed += ["tell_in_stock", "was_in_stock"]
    if tell_price_drop is not None and tell_price_drop != wish.tell_price_drop:
        wish.tell_price_drop = tell_price_drop
        wish.currency, wish.price_seen_minor = seen.currency, seen.price_minor
        changed += ["tell_price_drop", "currency", "price_seen_minor"]
    if changed:
        wish.save(update_fields=changed)
    return wish


def remove_wish(customer_id: UUID, wish_id: UUID) -> None:
    """Take a product off the wishlist. Raises NotFound."""
    deleted, _ = Wish.objects.filter(customer_id=customer_id, pk=wish_id).delete()
    if not deleted:
        raise NotFound("There is no such wish.")


@transaction.atomic
def share_wishlist(customer_id: UUID) -> str:
    """The token of the wishlist's link, made now if there was none."""
    user = _lock(customer_id)
    if user.wishlist_token is None:
        user.wishlist_token = secret_token()
        user.save(update_fields=["wishlist_token"])
    return user.wishlist_token


def stop_sharing_wishlist(customer_id: UUID) -> None:
    """The link that was given away shows nothing any more; the next one is another."""
    User.objects.filter(pk=customer_id).update(wishlist_token=None)


@dataclass(frozen=True, slots=True)
class News:
    """What is new about a wish; amounts are in minor units of `currency`, None for stock."""

    wish: Wish
    kind: str
    old_minor: int | None = None
    new_minor: int | None = None
    currency: str = ""


BACK_IN_STOCK, PRICE_DROP = "back_in_stock", "price_drop"


@transaction.atomic
def news_of(product_id: int, *, in_stock: bool, prices: Mapping[str, int]) -> list[News]:
    """The wishes that there is news for, marked as told; an event for each in the same commit.

    `prices` is what the product costs now, in minor units by currency. The rows are locked
    and looked at again before they are marked, so that nothing is told twice or lost.
    """
    wishes = Wish.objects.filter(product_id=product_id)
    if not in_stock:
        wishes.filter(tell_in_stock=True, was_in_stock=True).update(was_in_stock=False)
    concerned = Q(pk=None)
    if in_stock:
        concerned |= Q(tell_in_stock=True, was_in_stock=False)
    for currency, minor in prices.items():
        cheaper = Q(price_seen_minor__gt=minor) | Q(price_seen_minor=None)
        concerned |= cheaper & Q(tell_price_drop=True, currency=currency)
    found = wishes.filter(concerned, customer__is_active=True)
    news: list[News] = []
    marked = list(found.select_for_update(of=("self",)).order_by("pk"))
    for wish in marked:
        if in_stock and wish.tell_in_stock and not wish.was_in_stock:
            news.append(News(wish, BACK_IN_STOCK))
            wish.was_in_stock = True
        old, new = wish.price_seen_minor, prices.get(wish.currency)
        if wish.tell_price_drop and new is not None and (old is None or new < old):
            if old is not None:  # a first price is no lower one
                news.append(News(wish, PRICE_DROP, old, new, wish.currency))
            wish.price_seen_minor = new
    Wish.objects.bulk_update(marked, ["was_in_stock", "price_seen_minor"], batch_size=500)
    events.record_all([(WISH_NEWS, f"wish:{item.wish.pk}", _payload(item)) for item in news])
    return news


def _payload(item: News) -> dict[str, Any]:
    return {
        "wish_id": str(item.wish.pk),
        "kind": item.kind,
        "old_minor": item.old_minor,
        "new_minor": item.new_minor,
        "currency": item.currency,
    }
