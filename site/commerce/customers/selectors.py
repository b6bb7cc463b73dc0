"""Reads of what customers keep. A queryset starts from whoever asks."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from uuid import UUID

from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.internal.sessionkit import lookup_session
from allauth.headless.tokens.strategies.jwt.internal import (
    session_key_from_sid,
    validate_access_token,
)
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import Q, QuerySet
from django.utils import timezone

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


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who is signed in, as far as a connection that stays open has to know.

    `expires_at` is when the access token runs out (seconds since 1970), None for a session's
    cookie. `stamp` tells one password from another.
    """

    customer_id: UUID
    is_staff: bool
    locale: str
    session_key: str
    stamp: bytes
    expires_at: float | None


MAX_TOKEN_LENGTH = 4096


def signed_in_by_token(token: str) -> SignIn | None:
    """Whose access token this is, while it and its session count."""
    if not (0 < len(token) <= MAX_TOKEN_LENGTH and token.isascii()):
        return None
    found = validate_access_token(token)
    if found is None:
        return None
    user, claims = found
    key = session_key_from_sid(claims["sid"])
    return _sign_in(user, key or "", float(claims["exp"]))


def signed_in_by_session(session_key: str) -> SignIn | None:
    """Whose session's cookie this is, while the session counts."""
    if not (0 < len(session_key) <= 40 and session_key.isalnum() and session_key.isascii()):
        return None
    session = lookup_session(session_key)
    user = get_session_user(session) if session else None
    return _sign_in(user, session_key, None) if isinstance(user, User) else None


def ended(sign_ins: Collection[SignIn]) -> set[SignIn]:
    """Which do not count any more: signed out, blocked, staff no more, another password since.

    Two queries for all of them; a sign-in whose user has a new password is looked at by itself,
    because the session in which it was changed goes on.
    """
    keys = {each.session_key for each in sign_ins}
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class().objects
    live = set(
        sessions.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    users = User.objects.filter(pk__in={each.customer_id for each in sign_ins}, is_active=True)
    found = {user.pk: user for user in users.only("pk", "password", "is_staff")}

    def counts(each: SignIn) -> bool:
        user = found.get(each.customer_id)
        if user is None or each.session_key not in live or (each.is_staff and not user.is_staff):
            return False
        return _stamp(user) == each.stamp or signed_in_by_session(each.session_key) is not None

    return {each for each in sign_ins if not counts(each)}


def staff_with(permission: str, customer_ids: Collection[UUID]) -> set[UUID]:
    """Which of these are active staff with a permission such as `orders.view_order`. One query."""
    allowed: QuerySet[User] = ModelBackend().with_perm(permission)
    found = allowed.filter(pk__in=list(customer_ids), is_staff=True)
    return set(found.values_list("pk", flat=True))


def has_second_factor(customer_id: UUID) -> bool:
    """Whether an account has a second factor set up."""
    user = User.objects.filter(pk=customer_id).first()
    return user is not None and is_mfa_enabled(user)


def _sign_in(user: User, session_key: str, expires_at: float | None) -> SignIn:
    return SignIn(
        customer_id=user.pk,
        is_staff=user.is_staff,
        locale=user.locale,
        session_key=session_key,
        stamp=_stamp(user),
        expires_at=expires_at,
    )


def _stamp(user: User) -> bytes:
    return hashlib.blake2b(user.password.encode(), digest_size=8).digest()
