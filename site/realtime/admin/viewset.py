"""The live dashboard and the reports in the Shop menu, for those who may see them."""

from typing import ClassVar

from django.urls import URLPattern, path
from django.views.generic import RedirectView
from wagtail.admin.viewsets.base import ViewSet

from content.admin.menu import PageMenuItem
from realtime.admin.live import LivePage
from realtime.admin.page import PERMISSION, ReportPage


class ReportsMenuItem(PageMenuItem):
    """An entry of the menu."""

    permission = PERMISSION


class _OfReports(ViewSet):
    menu_hook = "register_shop_menu_item"
    menu_item_class: ClassVar[type[PageMenuItem]] = ReportsMenuItem


class LiveViewSet(_OfReports):
    """One page."""

    name = "shop_live"
    url_prefix = "shop/live"
    icon = "shop-pulse"
    menu_label = "Live"
    menu_name = "shop-live"
    menu_order = -20

    def get_urlpatterns(self) -> list[URLPattern]:
        """The page."""
        return [path("", LivePage.as_view(), name="index")]


class ReportsViewSet(_OfReports):
    """A page for each report."""

    name = "shop_reports"
    url_prefix = "shop/reports"
    icon = "shop-chart"
    menu_label = "Reports"
    menu_name = "shop-reports"
    menu_order = -10

    def get_urlpatterns(self) -> list[URLPattern]:
        """The first one, and any."""
        first = RedirectView.as_view(pattern_name="shop_reports:report", query_string=True)
        return [
            path("", first, {"report": "summary"}, name="index"),
            path("<slug:report>/", ReportPage.as_view(), name="report"),
        ]
