"""What this room adds to Wagtail's admin."""

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from search.admin.synonyms import SynonymViewSet
from search.admin.viewset import SearchViewSet


def views() -> list[ViewSet]:
    """The report in the Shop menu, and the synonyms that it leads to."""
    return [SearchViewSet(), SynonymViewSet()]


def permissions() -> QuerySet[Permission]:
    """What groups may be given."""
    wanted = Q(codename__in=["view_dailyquery", "reindex"]) | Q(content_type__model="synonym")
    return Permission.objects.filter(wanted, content_type__app_label="search")


def styles() -> str:
    """The chart's, made of Wagtail's own colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("search/admin.css"))


for _hook, _function in {
    "register_admin_viewset": views,
    "register_permissions": permissions,
    "insert_global_admin_css": styles,
}.items():
    hooks.register(_hook, _function)
