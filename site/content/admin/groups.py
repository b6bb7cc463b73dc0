"""Who may do what in the shop: groups that a new installation has."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

SHOP_MANAGERS = "Shop managers"
ORDER_DESK = "Order desk"
STOCK_KEEPERS = "Stock keepers"

_ADMIN = ["wagtailadmin.access_admin"]
_ORDERS = [
    "orders.view_order",
    "orders.change_order",
    "payments.view_payment",
    "payments.change_payment",
]
_STOCK = [
    "catalogue.view_product",
    "inventory.view_stocklevel",
    "inventory.change_stocklevel",
    "inventory.view_stockmovement",
]
_OF_A_SHOP = ("orders", "payments", "catalogue", "inventory", "pricing", "shipping")


def ensure_groups() -> None:
    """Make the staff groups that are missing. One that is there stays as its owner left it."""
    for label in _OF_A_SHOP:
        create_permissions(apps.get_app_config(label), verbosity=0)
    wanted: dict[str, QuerySet[Permission]] = {
        SHOP_MANAGERS: _named(_ADMIN)
        | Permission.objects.filter(content_type__app_label__in=_OF_A_SHOP),
        ORDER_DESK: _named(_ADMIN + _ORDERS),
        STOCK_KEEPERS: _named(_ADMIN + _STOCK),
    }
    for name, permissions in wanted.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(permissions)


def after_migrate(**kwargs: Any) -> None:
    """A receiver of post_migrate."""
    ensure_groups()


def _named(permissions: list[str]) -> QuerySet[Permission]:
    wanted = Q(pk=None)
    for name in permissions:
        label, codename = name.split(".")
        wanted |= Q(content_type__app_label=label, codename=codename)
    return Permission.objects.filter(wanted)
