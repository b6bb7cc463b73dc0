"""Recommendations in Wagtail's admin: the entry in the Shop menu, and who may have it."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from realtime.admin.recommendations import CurationViewSet


def views() -> list[ViewSet]:
    """The entry in the Shop menu."""
    return [CurationViewSet()]


def permissions() -> QuerySet[Permission]:
    """What groups may be given."""
    return Permission.objects.filter(
        content_type__app_label="realtime", content_type__model="curation"
    )


for _hook, _function in {
    "register_admin_viewset": views,
    "register_permissions": permissions,
}.items():
    hooks.register(_hook, _function)
