"""Customers in the Shop menu: a list and a page each. Accounts are made by their owners."""

from typing import Any

from django.urls import URLPattern, path

from commerce.customers.models import User
from content.admin.customers.listing import CustomerList
from content.admin.customers.page import CustomerPage, ExportPage, GuestPage
from content.admin.customers.sees import SeesPage
from content.admin.records import RecordURLFinder, RecordViewSet


class CustomerURLFinder(RecordURLFinder):
    """Leads to everybody but the erased, who have no page."""

    def get_edit_url(self, instance: User) -> str | None:
        """The customer's page."""
        return None if instance.erased_at else super().get_edit_url(instance)


class CustomerViewSet(RecordViewSet):
    """List, page, and what leads on from there."""

    model = User
    name = "shop_customers"
    url_prefix = "shop/customers"
    icon = "group"
    menu_label = "Customers"
    menu_name = "shop-customers"
    index_view_class = CustomerList
    inspect_view_class = CustomerPage
    export_filename = "customers"
    finder = CustomerURLFinder

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list, its results alone, guests, and the pages of one customer."""
        inspect = self.get_inspect_view_kwargs()

        def page(view: Any) -> Any:
            return self.construct_view(view, **inspect | {"template_name": view.template_name})

        return [
            *super().get_urlpatterns(),
            path("guests/", GuestPage.as_view(), name="guests"),
            path("<uuid:pk>/sees/", page(SeesPage), name="sees"),
            path("<uuid:pk>/export/", page(ExportPage), name="export"),
        ]
