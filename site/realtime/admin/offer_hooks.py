"""Offers in Wagtail's admin: the entry in the Shop menu, and the way there from a promotion."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import Button

from content.models import PromotionPage
from realtime.admin.offers import OfferViewSet


def views() -> list[ViewSet]:
    """The entry in the Shop menu."""
    return [OfferViewSet()]


def permissions() -> QuerySet[Permission]:
    """What groups may be given."""
    return Permission.objects.filter(
        content_type__app_label="realtime", content_type__model="offer"
    )


def of_promotion(
    page: Any, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[Any]:
    """The way from a promotion's editor to its offers."""
    is_promotion = page.pk and page.specific_class is PromotionPage
    if is_promotion and user.has_perm("realtime.view_offer"):
        url = f"{reverse('shop_offers:index')}?{urlencode({'page': page.pk})}"
        yield Button("Live offers", url, icon_name="comment", priority=80)


for _hook, _function in {
    "register_admin_viewset": views,
    "register_permissions": permissions,
    "register_page_header_buttons": of_promotion,
    "register_page_listing_more_buttons": lambda page, user, next_url=None: of_promotion(
        page, user, "", next_url
    ),
}.items():
    hooks.register(_hook, _function)
