"""The live dashboard and the reports in Wagtail's admin."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from realtime.admin.viewset import LiveViewSet, ReportsViewSet

ICONS = ("pulse", "chart")


def views() -> list[ViewSet]:
    """The live dashboard and the reports."""
    return [LiveViewSet(), ReportsViewSet()]


def permissions() -> QuerySet[Permission]:
    """What groups may be given."""
    return Permission.objects.filter(
        content_type__app_label="realtime", codename__in=["view_reports"]
    )


def icons(known: list[str]) -> list[str]:
    """Icons of the menu."""
    return [*known, *(f"shop_admin/icons/{name}.svg" for name in ICONS)]


def styles() -> str:
    """Charts and reports, made of Wagtail's own colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("realtime/admin.css"))


for _hook, _function in {
    "register_admin_viewset": views,
    "register_permissions": permissions,
    "register_icons": icons,
    "insert_global_admin_css": styles,
}.items():
    hooks.register(_hook, _function)
