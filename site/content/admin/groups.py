"""Who may do what in the shop: groups that a new installation has.

Each permission is given to them once. What a later release brings reaches them when it is
installed, and what their owner took away stays away.
"""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q, QuerySet

from content.admin.models import GivenPermission

SHOP_MANAGERS = "Shop managers"
ORDER_DESK = "Order desk"
STOCK_KEEPERS = "Stock keepers"
SEARCH_EDITORS = "Search editors"

_ADMIN = ["wagtailadmin.access_admin"]
_ORDERS = [
    "orders.view_order",
    "orders.change_order",
    "payments.view_payment",
    "payments.receive_payment",
    "payments.refund_payment",
]
_STOCK = [
    "catalogue.view_product",
    "inventory.view_stocklevel",
    "inventory.change_stocklevel",
    "inventory.view_stockmovement",
]
_MAIL_LOG = ["content.view_mail", "content.change_mail"]
_MAIL_TEXTS = [f"content.{verb}_mailtext" for verb in ("view", "add", "change", "delete")]
_CUSTOMERS = [
    "customers.view_user",
    "customers.view_customernote",
    "customers.add_customernote",
    "orders.view_invoice",
]
# Erasing. `customers.change_user` is in no group: with it somebody can make themselves anything.
_PRIVACY = ["customers.delete_user"]
_WORK = ["core.view_outboxdelivery", "core.change_outboxdelivery"]
_FEEDBACK = [
    "feedback.view_review",
    "feedback.moderate_review",
    "feedback.view_inquiry",
    "feedback.answer_inquiry",
]
_OFFERS = [f"realtime.{verb}_offer" for verb in ("view", "add", "change", "delete")]
_RECOMMENDATIONS = [f"realtime.{verb}_curation" for verb in ("view", "add", "change", "delete")]
_REPORTS = ["realtime.view_reports"]
_FAQS = [f"content.{verb}_faq" for verb in ("view", "add", "change")]
_SEARCH = [
    "search.view_dailyquery",
    "search.reindex",
    *(f"search.{verb}_synonym" for verb in ("view", "add", "change", "delete")),
    *(f"wagtailsearchpromotions.{verb}_searchpromotion" for verb in ("add", "change", "delete")),
]
_OF_A_SHOP = ("orders", "payments", "catalogue", "inventory", "pricing", "shipping", "feedback")


@transaction.atomic
def ensure_groups() -> None:
    """Make the staff groups that are missing, and give each what it was never given."""
    others = ("content", "core", "customers", "realtime", "search", "wagtailsearchpromotions")
    for label in (*_OF_A_SHOP, *others):
        create_permissions(apps.get_app_config(label), verbosity=0)
    work = _ADMIN + _MAIL_LOG + _MAIL_TEXTS + _WORK + _CUSTOMERS + _PRIVACY + _FAQS
    wanted: dict[str, QuerySet[Permission]] = {
        SHOP_MANAGERS: _named(work + _SEARCH + _OFFERS + _RECOMMENDATIONS + _REPORTS)
        | Permission.objects.filter(content_type__app_label__in=_OF_A_SHOP),
        ORDER_DESK: _named(_ADMIN + _ORDERS + _MAIL_LOG + _CUSTOMERS + _FEEDBACK),
        STOCK_KEEPERS: _named(_ADMIN + _STOCK),
        SEARCH_EDITORS: _named(_ADMIN + _SEARCH),
    }
    for name, permissions in wanted.items():
        group, _ = Group.objects.get_or_create(name=name)
        new = list(permissions.exclude(givenpermission__group=group))
        group.permissions.add(*new)
        GivenPermission.objects.bulk_create(
            GivenPermission(group=group, permission=each) for each in new
        )


def after_migrate(*, app_config: AppConfig, **kwargs: Any) -> None:
    """A receiver of post_migrate, which is sent for each app: once, after the last."""
    if app_config == [each for each in apps.get_app_configs() if each.models_module][-1]:
        ensure_groups()


def _named(permissions: list[str]) -> QuerySet[Permission]:
    wanted = Q(pk=None)
    for name in permissions:
        label, codename = name.split(".")
        wanted |= Q(content_type__app_label=label, codename=codename)
    return Permission.objects.filter(wanted)
