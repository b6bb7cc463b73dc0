"""Registers the Shop menu with Wagtail: views, permissions, icons, styles, the home page."""

from typing import Any, ClassVar

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

from content.admin.choosers import product_chooser
from content.admin.home import ShopSummary
from content.admin.orders.viewset import OrderViewSet
from content.admin.promotions import PromotionViewSet
from content.admin.shipping import MethodViewSet, ZoneViewSet
from content.admin.stock.viewset import ProductViewSet
from content.admin.taxes import TaxViewSet

ICONS = ("bag", "percent", "truck", "receipt")


class ShopGroup(ViewSetGroup):
    """Everything of the shop that is no page. Each entry is shown to who may see its records."""

    menu_label = "Shop"
    menu_name = "shop"
    menu_icon = "shop-bag"
    menu_order = 150
    items: ClassVar = (
        OrderViewSet,
        ProductViewSet,
        PromotionViewSet,
        ZoneViewSet,
        MethodViewSet,
        TaxViewSet,
    )


def shop() -> list[ViewSet]:
    """The menu with its views, and the window that products are chosen in."""
    return [ShopGroup(), product_chooser]


def permissions() -> QuerySet[Permission]:
    """What groups may be given beyond the records of the menu itself."""
    wanted = (
        Q(content_type__app_label="catalogue", codename="change_price")
        | Q(content_type__app_label="catalogue", content_type__model="variant")
        | Q(content_type__app_label="inventory", content_type__model="stocklevel")
        | Q(content_type__app_label="payments", content_type__model="payment")
    )
    return Permission.objects.filter(wanted)


def log_actions(actions: Any) -> None:
    """What Wagtail's log calls the things that are done here."""
    for name, label, message in (
        ("shop.order.accept", "Accept order", "Order accepted"),
        ("shop.order.ship", "Ship order", "Parcel sent"),
        ("shop.order.complete", "Complete order", "Order completed"),
        ("shop.order.cancel", "Cancel order", "Order cancelled"),
        ("shop.order.payment", "Note payment", "Payment noted"),
        ("shop.order.note", "Note on order", "Note added"),
        ("shop.product.prices", "Change prices", "Prices or labels of variants changed"),
        ("shop.product.stock", "Change stock", "Stock changed"),
        ("shop.product.variants", "Change variants", "Options or variants changed"),
    ):
        actions.register_action(name, label, message)


def icons(known: list[str]) -> list[str]:
    """The shop's own icons."""
    return [*known, *(f"shop_admin/icons/{name}.svg" for name in ICONS)]


def styles() -> str:
    """The shop's styles, made of Wagtail's own colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("content/admin/shop.css"))


def scripts() -> str:
    """What rows and filters need; every page works without it."""
    return format_html('<script defer src="{}"></script>', static("content/admin/shop.js"))


def home(request: HttpRequest, panels: list[Component]) -> None:
    """Figures first."""
    if ShopSummary.is_for(request.user):
        panels.insert(0, ShopSummary())


for _hook, _function in {
    "register_admin_viewset": shop,
    "register_permissions": permissions,
    "register_log_actions": log_actions,
    "register_icons": icons,
    "insert_global_admin_css": styles,
    "insert_global_admin_js": scripts,
    "construct_homepage_panels": home,
}.items():
    hooks.register(_hook, _function)
