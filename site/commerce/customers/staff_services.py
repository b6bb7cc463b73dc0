"""What staff do with customers. Each is announced, and so it gets into the log."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from commerce.customers import privacy
from commerce.customers.events import staff_acted
from commerce.customers.models import CustomerNote, User
from core.errors import NotAllowed


@transaction.atomic
def add_note(customer: User, *, text: str, actor: User) -> CustomerNote:
    """Write something down about a customer, who can read it in an export."""
    note = CustomerNote.objects.create(customer=customer, author=actor, text=text)
    staff_acted("note", actor_id=actor.pk, customer_id=customer.pk, note_id=note.pk)
    return note


@transaction.atomic
def set_groups(customer: User, groups: Collection[Group], *, actor: User) -> None:
    """Put a customer into exactly these groups.

    Raises NotAllowed where a group that comes or goes may do more than who changes it.
    """
    now = {group.pk: group for group in customer.groups.select_for_update()}
    wanted = {group.pk: group for group in groups}
    changed = [g for pk, g in (now | wanted).items() if (pk in now) != (pk in wanted)]
    if not changed:
        return
    _require_no_more_rights(changed, actor)
    _require_above(customer, actor)
    customer.groups.set(wanted.values())
    staff_acted(
        "groups",
        actor_id=actor.pk,
        customer_id=customer.pk,
        added=sorted(g.name for pk, g in wanted.items() if pk not in now),
        removed=sorted(g.name for pk, g in now.items() if pk not in wanted),
    )


@transaction.atomic
def erase(customer: User, *, actor: User) -> None:
    """Erase a customer on request. Raises as `privacy.erase`; NotAllowed for staff and oneself."""
    if customer.pk == actor.pk:
        raise NotAllowed("Erase your own account as its owner.")
    _require_above(customer, actor)
    privacy.erase(customer)
    staff_acted("erase", actor_id=actor.pk, customer_id=customer.pk)


@transaction.atomic
def erase_guest(address: str, *, actor: User) -> None:
    """Erase what is known of a mail address without an account. Raises as `privacy.erase_guest`."""
    privacy.erase_guest(address)
    staff_acted("erase_guest", actor_id=actor.pk)


@transaction.atomic
def export(customer: User, *, actor: User) -> dict[str, Any]:
    """Everything that is held about a customer, handed to staff."""
    staff_acted("export", actor_id=actor.pk, customer_id=customer.pk)
    return privacy.export(customer)


@transaction.atomic
def note_look(customer: User, *, actor: User) -> None:
    """Write down that somebody looked at what a customer sees."""
    staff_acted("view_as", actor_id=actor.pk, customer_id=customer.pk)


@transaction.atomic
def note_list_export(*, actor: User, filters: list[str]) -> None:
    """Write down that somebody took the list of customers away, narrowed by those filters."""
    staff_acted("export_list", actor_id=actor.pk, filtered_by=filters)


def _require_no_more_rights(groups: Collection[Group], actor: User) -> None:
    if actor.is_superuser:
        return
    mine = actor.get_all_permissions()
    for group in groups:
        rows = group.permissions.values_list("content_type__app_label", "codename")
        if not {f"{label}.{name}" for label, name in rows} <= mine:
            raise NotAllowed(f"The group {group.name} may do more than you.")


def _require_above(customer: User, actor: User) -> None:
    """Other staff's accounts are a superuser's business."""
    if (customer.is_staff or customer.is_superuser) and not actor.is_superuser:
        raise NotAllowed("Only a superuser may do this to an account of staff.")
