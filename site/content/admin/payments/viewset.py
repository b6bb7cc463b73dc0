"""Payments in the Shop menu: a list and a page each. Payments are made by shoppers, not here."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.viewsets.model import ModelViewSet

from commerce.payments.models import Payment
from content.admin.payments.listing import PaymentList
from content.admin.payments.page import PaymentPage


class PaymentURLFinder(ModelAdminURLFinder):
    """Where Wagtail's reports link to, for those who may look."""

    edit_url_name = "shop_payments:inspect"

    def get_edit_url(self, instance: Payment) -> str | None:
        """The payment's page."""
        if self.user and not self.user.has_perm("payments.view_payment"):
            return None
        return str(self.construct_edit_url(instance))


class PaymentViewSet(ModelViewSet):
    """List and page."""

    model = Payment
    name = "shop_payments"
    url_prefix = "shop/payments"
    icon = "shop-card"
    menu_label = "Payments"
    menu_name = "shop-payments"
    # The reference index would be written with every checkout.
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = PaymentList
    inspect_view_class = PaymentPage
    list_per_page = 25
    form_fields: ClassVar[list[str]] = []
    export_filename = "payouts"
    url_finder_class = PaymentURLFinder

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Leave out the addresses of views that payments do not have."""
        absent = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "history_url_name"), None
        )
        merged: dict[str, Any] = super().get_common_view_kwargs(**absent, **kwargs)
        return merged | {"usage_url_name": None}

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, its results alone, page."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<uuid:pk>/", self.inspect_view, name="inspect"),
        ]
