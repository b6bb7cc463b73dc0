"""What the shop knows of people: exported whole, erased on request, dropped when its time is over.

Every area that keeps personal data registers what it has, in AppConfig.ready():

    privacy.register("orders", export=export, erase=erase, erase_guest=erase_guest)
    privacy.register_retention("guest orders", "RETENTION_GUEST_ORDER_YEARS", forget_old_guests)
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import CASCADE, ForeignObjectRel
from django.utils import timezone

from commerce.customers.models import User
from core.rendering import utc_text

# RFC 2606: no mail ever reaches a name below .invalid.
PLACEHOLDER = "erased-{token}@erased.invalid"


@dataclass(frozen=True, slots=True)
class Area:
    """What one area does for an export and an erasure."""

    export: Callable[[User], Any]
    erase: Callable[[User], None]
    erase_guest: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """`apply(before, dry_run)` drops one batch of what is older and says how many it were, 0 at
    the end; with `dry_run` it drops nothing and counts all of it.

    `setting` ends in _DAYS, _MONTHS or _YEARS; 0 there keeps everything.
    """

    setting: str
    apply: Callable[[datetime, bool], int]


_areas: dict[str, Area] = {}
_retentions: dict[str, Retention] = {}


def register(
    label: str,
    *,
    export: Callable[[User], Any],
    erase: Callable[[User], None],
    erase_guest: Callable[[str], None] | None = None,
) -> None:
    """Have an area take part. `label` is the key of what it exports, which has to be JSON.

    `erase` is called in the erasure's transaction while the account is still whole, in the
    order of registration: higher floors first. It blanks or deletes what belongs to the account
    and is not deleted with a user's row anyway (foreign keys with CASCADE are); it may refuse
    by a DomainError, and then nothing is erased. `erase_guest` gets a mail address in any case,
    for what is known under it without an account.
    """
    _areas[label] = Area(export, erase, erase_guest)


def register_retention(label: str, setting: str, apply: Callable[[datetime, bool], int]) -> None:
    """Have something dropped by `manage.py apply_retention`, see Retention."""
    _retentions[label] = Retention(setting, apply)


def retentions() -> dict[str, Retention]:
    """What is dropped after some time, by label."""
    return _retentions


def addresses_of(user: User) -> list[str]:
    """The mail addresses that are known to be the account's own.

    One that is not confirmed may be somebody else's, and so may what was ordered with it.
    """
    confirmed = {
        row.email.lower(): row.verified for row in EmailAddress.objects.filter(user_id=user.pk)
    }
    confirmed.setdefault(user.email.lower(), True)  # made by staff, who vouch for it
    return [address for address, is_confirmed in confirmed.items() if is_confirmed]


def export(user: User) -> dict[str, Any]:
    """Everything that the shop holds about a customer, area by area, as JSON."""
    return {
        "exported_at": utc_text(timezone.now()),
        "customer_id": str(user.pk),
        **{label: area.export(user) for label, area in _areas.items()},
    }


@transaction.atomic
def erase(user: User) -> None:
    """Forget who a customer is. The account stays as a row that says nothing; the books stay.

    Raises what an area refuses with, such as orders.errors.OrdersOpen; nothing is erased then.
    An account that is erased already is left alone.
    """
    account = User.objects.select_for_update().get(pk=user.pk)
    if account.erased_at:
        return
    addresses = addresses_of(account)
    for area in _areas.values():
        area.erase(account)
    for address in addresses:
        _erase_guest(address)
    _delete_what_is_the_account_s(account)
    _blank(account)


@transaction.atomic
def erase_guest(address: str) -> None:
    """Forget who ordered or asked with a mail address and without an account. Raises as `erase`."""
    _erase_guest(address.strip())


def _erase_guest(address: str) -> None:
    for area in _areas.values():
        if area.erase_guest:
            area.erase_guest(address)


def _delete_what_is_the_account_s(account: User) -> None:
    """Delete all that a database would delete together with the row: sign-in, addresses, carts…"""
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is CASCADE:
            rows = relation.related_model._base_manager
            rows.filter(**{relation.field.name: account.pk}).delete()


def _blank(account: User) -> None:
    account.email = PLACEHOLDER.format(token=secrets.token_hex(16))
    account.first_name = account.last_name = account.phone_number = account.locale = ""
    account.date_of_birth = account.wishlist_token = account.last_login = None
    account.preferences = {}
    account.is_active = account.is_staff = account.is_superuser = False
    account.set_unusable_password()
    account.erased_at = timezone.now()
    account.save()
    account.groups.clear()
    account.user_permissions.clear()
