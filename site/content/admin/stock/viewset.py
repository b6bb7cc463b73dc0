"""Products in the Shop menu: a list, and a page each for prices and stock."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.viewsets.model import ModelViewSet

from commerce.catalogue.models import Product
from content.admin.stock.listing import ProductList
from content.admin.stock.page import ProductStockPage


class ProductViewSet(ModelViewSet):
    """List and page. Products are made with their pages, which editors write."""

    model = Product
    name = "shop_products"
    url_prefix = "shop/products"
    icon = "tag"
    menu_label = "Products"
    menu_name = "shop-products"
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = ProductList
    inspect_view_class = ProductStockPage
    list_per_page = 25
    form_fields: ClassVar[list[str]] = []

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Leave out the addresses of views that products do not have."""
        absent = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "history_url_name"), None
        )
        merged: dict[str, Any] = super().get_common_view_kwargs(**absent, **kwargs)
        return merged | {"usage_url_name": None}

    @property
    def url_finder_class(self) -> type:
        """Where Wagtail's reports link to."""
        return type(
            "ProductURLFinder",
            (ModelAdminURLFinder,),
            {"edit_url_name": self.get_url_name("inspect")},
        )

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, its results alone, page."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<int:pk>/", self.inspect_view, name="inspect"),
        ]
