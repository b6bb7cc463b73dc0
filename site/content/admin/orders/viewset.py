"""Orders in the Shop menu: a list and a page each. Orders are made by shoppers, not here."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.viewsets.model import ModelViewSet

from commerce.orders.models import Order
from content.admin.orders.invoice import invoice_page
from content.admin.orders.listing import OrderList
from content.admin.orders.page import OrderPage


class OrderViewSet(ModelViewSet):
    """List and page."""

    model = Order
    name = "shop_orders"
    url_prefix = "shop/orders"
    icon = "shop-bag"
    menu_label = "Orders"
    menu_name = "shop-orders"
    # The reference index would be written with every checkout.
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = OrderList
    inspect_view_class = OrderPage
    list_per_page = 25
    form_fields: ClassVar[list[str]] = []
    export_filename = "orders"

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Leave out the addresses of views that orders do not have."""
        absent = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "history_url_name"), None
        )
        merged: dict[str, Any] = super().get_common_view_kwargs(**absent, **kwargs)
        return merged | {"usage_url_name": None}

    @property
    def url_finder_class(self) -> type:
        """Where Wagtail's reports link to."""
        return type(
            "OrderURLFinder",
            (ModelAdminURLFinder,),
            {"edit_url_name": self.get_url_name("inspect")},
        )

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, its results alone, page, invoice."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<uuid:pk>/", self.inspect_view, name="inspect"),
            path("<uuid:pk>/invoice/", invoice_page, name="invoice"),
        ]
