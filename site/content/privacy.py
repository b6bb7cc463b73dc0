"""What Wagtail keeps of people: what was done to their records, their picture, drafts of forms."""

from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from wagtail.admin.models import FormState
from wagtail.models import ModelLogEntry, PageLogEntry
from wagtail.users.models import UserProfile

from commerce.customers import privacy
from commerce.customers.models import User
from core.rendering import utc_text

ERASED = "Erased"
# Records of the shop whose log may name their customer. A product may bear anybody's name.
ABOUT_PEOPLE = ("customers", "orders", "payments", "feedback")


def register() -> None:
    """Take part in exports and erasures."""
    privacy.register("staff_log", export=export, erase=erase, erase_guest=erase_guest)


def export(user: User) -> list[dict[str, Any]]:
    """What staff did with the customer's record."""
    mine = ModelLogEntry.objects.for_instance(user).order_by("timestamp", "pk")
    return [
        {"action": entry.action, "at": utc_text(entry.timestamp), "data": entry.data}
        for entry in mine
    ]


def erase(user: User) -> None:
    """Blank names in the log (that something was done, and by whom, stays) and drop the rest."""
    about = ContentType.objects.get_for_model(User)
    ModelLogEntry.objects.for_instance(user).update(label=ERASED, data={})
    _blank_log(user.email)
    name = user.get_full_name()
    if name:
        named = ModelLogEntry.objects.filter(content_type__app_label__in=ABOUT_PEOPLE)
        named.filter(label__iexact=name).update(label=ERASED, data={})
    FormState.objects.filter(content_type=about, object_id=str(user.pk)).delete()
    for profile in UserProfile.objects.filter(user=user).exclude(avatar=""):
        transaction.on_commit(partial(profile.avatar.storage.delete, profile.avatar.name))


def erase_guest(address: str) -> None:
    """Blank what the log says of a mail address."""
    _blank_log(address)


def _blank_log(address: str) -> None:
    for table in (ModelLogEntry, PageLogEntry):
        rows = table.objects.annotate(whole=Cast("data", TextField()))
        found = Q(label__icontains=address) | Q(whole__icontains=address)
        rows.filter(found).update(label=ERASED, data={})
