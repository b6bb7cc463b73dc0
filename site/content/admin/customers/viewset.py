"""Customers in the Shop menu: a list and a page each. Accounts are made by their owners."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.viewsets.model import ModelViewSet

from commerce.customers.models import User
from content.admin.customers.listing import CustomerList
from content.admin.customers.page import CustomerPage, ExportPage, GuestPage
from content.admin.customers.sees import SeesPage

VIEW = "customers.view_user"


class CustomerURLFinder(ModelAdminURLFinder):
    """Where Wagtail's reports link to, for those who may look."""

    edit_url_name = "shop_customers:inspect"

    def get_edit_url(self, instance: User) -> str | None:
        """The customer's page; the erased have none."""
        if instance.erased_at or (self.user and not self.user.has_perm(VIEW)):
            return None
        return str(self.construct_edit_url(instance))


class CustomerViewSet(ModelViewSet):
    """List, page, and what leads on from there."""

    model = User
    name = "shop_customers"
    url_prefix = "shop/customers"
    icon = "group"
    menu_label = "Customers"
    menu_name = "shop-customers"
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = CustomerList
    inspect_view_class = CustomerPage
    list_per_page = 25
    form_fields: ClassVar[list[str]] = []
    export_filename = "customers"
    url_finder_class = CustomerURLFinder

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Leave out the addresses of views that customers do not have here."""
        absent = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "history_url_name"), None
        )
        merged: dict[str, Any] = super().get_common_view_kwargs(**absent, **kwargs)
        return merged | {"usage_url_name": None}

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list, its results alone, guests, and the pages of one customer."""
        inspect = self.get_inspect_view_kwargs()

        def page(view: Any) -> Any:
            return self.construct_view(view, **inspect | {"template_name": view.template_name})

        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("guests/", GuestPage.as_view(), name="guests"),
            path("<uuid:pk>/", self.inspect_view, name="inspect"),
            path("<uuid:pk>/sees/", page(SeesPage), name="sees"),
            path("<uuid:pk>/export/", page(ExportPage), name="export"),
        ]
