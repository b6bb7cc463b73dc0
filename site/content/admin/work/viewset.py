"""Background work in the Shop menu, for those who may see the outbox."""

from django.urls import URLPattern, path
from wagtail.admin.viewsets.base import ViewSet

from content.admin.menu import PageMenuItem
from content.admin.work.page import VIEW, WorkPage


class WorkMenuItem(PageMenuItem):
    """The entry of the menu."""

    permission = VIEW


class WorkViewSet(ViewSet):
    """One page."""

    name = "shop_work"
    url_prefix = "shop/work"
    icon = "cogs"
    menu_label = "Background work"
    menu_name = "shop-work"
    menu_item_class = WorkMenuItem

    def get_urlpatterns(self) -> list[URLPattern]:
        """The page."""
        return [path("", WorkPage.as_view(), name="index")]
