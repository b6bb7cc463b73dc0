"""Orders in the Shop menu: a list and a page each. Orders are made by shoppers, not here."""

from django.urls import URLPattern, path

from commerce.orders.models import Order
from content.admin.orders.invoice import invoice_page
from content.admin.orders.listing import OrderList
from content.admin.orders.page import OrderPage
from content.admin.records import RecordViewSet


class OrderViewSet(RecordViewSet):
    """List and page."""

    model = Order
    name = "shop_orders"
    url_prefix = "shop/orders"
    icon = "shop-bag"
    menu_label = "Orders"
    menu_name = "shop-orders"
    index_view_class = OrderList
    inspect_view_class = OrderPage
    export_filename = "orders"

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, its results alone, page, invoice."""
        return [
            *super().get_urlpatterns(),
            path("<uuid:pk>/invoice/", invoice_page, name="invoice"),
        ]
