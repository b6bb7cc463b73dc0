"""What customers itself keeps of people."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from commerce.customers import privacy
from commerce.customers.models import Consent, User
from core.privacy import forget
from core.rendering import utc_text

BATCH = 500
_ADDRESS = (
    "first_name", "last_name", "company", "line1", "line2", "city", "region", "postal_code",
    "country", "phone", "is_default_shipping", "is_default_billing",
)  # fmt: skip


def register() -> None:
    """Take part in exports, erasures and retention."""
    privacy.register("profile", export=_profile, erase=erase, erase_guest=erase_guest)
    for label, export in {
        "sign_in": _sign_in,
        "addresses": _addresses,
        "wishes": _wishes,
        "consents": _consents,
        "notes": _notes,
    }.items():
        privacy.register(label, export=export, erase=_deleted_with_the_account)
    privacy.register_retention("stopped mail", "RETENTION_CONSENT_YEARS", drop_old_consents)
    privacy.register_retention("sessions", "RETENTION_SESSION_DAYS", drop_old_sessions)
    privacy.register_retention(
        "inactive accounts", "RETENTION_INACTIVE_ACCOUNT_MONTHS", erase_inactive_accounts
    )


def erase(user: User) -> None:
    """Consents, sessions, and what waits to be done with an address, confirmed or not."""
    addresses = {
        user.email,
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
    }
    Consent.objects.filter(customer=user).delete()
    Session.objects.filter(pk__in=_sessions_of(user)).delete()
    forget(addresses, user_id=user.pk)


def erase_guest(address: str) -> None:
    """The same for what is known under a mail address only."""
    Consent.objects.filter(email__iexact=address).delete()
    forget([address])


def drop_old_consents(before: datetime, dry_run: bool) -> int:
    """Delete a batch of what was said by who has stopped marketing mail before `before`."""
    newer = Consent.objects.filter(email__iexact=OuterRef("email"), pk__gt=OuterRef("pk"))
    stopped = Consent.objects.filter(~Exists(newer), is_given=False, at__lt=before)
    if dry_run:
        return stopped.count()
    batch = list(stopped.order_by("pk").values_list("email", flat=True)[:BATCH])
    for address in batch:
        Consent.objects.filter(email__iexact=address).delete()
    return len(batch)


def drop_old_sessions(before: datetime, dry_run: bool) -> int:
    """Delete a batch of sessions that expired before `before`."""
    old = Session.objects.filter(expire_date__lt=before)
    if dry_run:
        return old.count()
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    UserSession.objects.filter(session_key__in=batch).delete()
    return Session.objects.filter(pk__in=batch).delete()[0]


def erase_inactive_accounts(before: datetime, dry_run: bool) -> int:
    """Erase a batch of customers who never ordered and were last here before `before`."""
    old = inactive_accounts(before)
    if dry_run:
        return old.count()
    batch = list(old.order_by("date_joined")[:20])
    for user in batch:
        privacy.erase(user)
    return len(batch)


def inactive_accounts(before: datetime) -> QuerySet[User]:
    """Customers without an order who joined, signed in and were seen last before `before`."""
    seen = UserSession.objects.filter(user=OuterRef("pk"), last_seen_at__gte=before)
    return (
        User.objects.filter(erased_at=None, is_staff=False, is_superuser=False)
        .filter(date_joined__lt=before, orders=None)
        .exclude(last_login__gte=before)
        .filter(~Exists(seen))
    )


def _deleted_with_the_account(user: User) -> None:
    """Nothing: its foreign key says CASCADE, which `privacy.erase` carries out."""


def _sessions_of(user: User) -> list[str]:
    """The keys of a user's sessions. Their data is signed text: each is read."""
    wanted = str(user.pk)
    live = Session.objects.filter(expire_date__gte=timezone.now())
    return [
        row.session_key
        for row in live.iterator(BATCH)
        if row.get_decoded().get("_auth_user_id") == wanted
    ]


def _profile(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone_number": user.phone_number,
        "date_of_birth": user.date_of_birth.isoformat() if user.date_of_birth else None,
        "locale": user.locale,
        "preferences": user.preferences,
        "joined": utc_text(user.date_joined),
        "last_login": _when(user.last_login),
        "is_staff": user.is_staff,
        "groups": [group.name for group in user.groups.order_by("name")],
        "wishlist_link": user.wishlist_token,
    }


def _sign_in(user: User) -> dict[str, Any]:
    """How the customer signs in; secrets are not told."""
    return {
        "addresses": [
            {"email": row.email, "confirmed": row.verified, "primary": row.primary}
            for row in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
        "other_accounts": [
            {"provider": row.provider, "id": row.uid, "told_us": row.extra_data}
            for row in SocialAccount.objects.filter(user=user).order_by("pk")
        ],
        "second_factors": [
            {
                "kind": row.type,
                "added_at": utc_text(row.created_at),
                "last_used_at": _when(row.last_used_at),
            }
            for row in Authenticator.objects.filter(user=user).order_by("pk")
        ],
        "sessions": [
            {
                "ip_address": row.ip,
                "browser": row.user_agent,
                "began_at": utc_text(row.created_at),
                "last_seen_at": utc_text(row.last_seen_at),
            }
            for row in UserSession.objects.filter(user=user).order_by("pk")
        ],
    }


def _addresses(user: User) -> list[dict[str, Any]]:
    return [{"id": str(row.pk), **{name: getattr(row, name) for name in _ADDRESS}}
            for row in user.addresses.order_by("pk")]  # fmt: skip


def _wishes(user: User) -> list[dict[str, Any]]:
    return [
        {
            "product_id": wish.product_id,
            "product": wish.product.name,
            "tell_in_stock": wish.tell_in_stock,
            "tell_price_drop": wish.tell_price_drop,
            "added_at": utc_text(wish.added_at),
        }
        for wish in user.wishes.select_related("product").order_by("pk")
    ]


def _consents(user: User) -> list[dict[str, Any]]:
    mine = Consent.objects.filter(customer=user)
    for address in privacy.addresses_of(user):
        mine |= Consent.objects.filter(email__iexact=address)
    return [
        {
            "email": row.email,
            "is_given": row.is_given,
            "wording": row.wording,
            "source": row.source,
            "at": utc_text(row.at),
        }
        for row in mine.order_by("pk")
    ]


def _notes(user: User) -> list[dict[str, Any]]:
    return [{"text": note.text, "at": utc_text(note.at)} for note in user.notes.order_by("pk")]


def _when(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None
