"""Search in the Shop menu, for those who may see what was searched for."""

from django.urls import URLPattern, path
from wagtail.admin.viewsets.base import ViewSet

from content.admin.menu import PageMenuItem
from search.admin.page import VIEW, SearchPage
from search.admin.pins import PinPage
from search.admin.reindex import ReindexPage


class SearchMenuItem(PageMenuItem):
    """The entry of the menu."""

    permission = VIEW


class SearchViewSet(ViewSet):
    """The report, and the form that pins a product."""

    name = "shop_search"
    url_prefix = "shop/search"
    icon = "search"
    menu_label = "Search"
    menu_name = "shop-search"
    menu_hook = "register_shop_menu_item"
    menu_order = 10
    menu_item_class = SearchMenuItem

    def get_urlpatterns(self) -> list[URLPattern]:
        """All three."""
        return [
            path("", SearchPage.as_view(), name="index"),
            path("reindex/", ReindexPage.as_view(), name="reindex"),
            path("pin/", PinPage.as_view(), name="pin"),
        ]
