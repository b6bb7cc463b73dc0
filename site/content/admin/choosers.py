"""Choosing one product in a form, with a search."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from commerce.catalogue.models import Product, Variant
from content.admin.columns import PictureColumn, TagColumn


class ProductSearchForm(BaseFilterForm):
    """Finds products by name or SKU."""

    q = forms.CharField(
        label="Search term", required=False, widget=forms.TextInput(attrs={"placeholder": "Search"})
    )

    def filter(self, objects: QuerySet[Product]) -> QuerySet[Product]:
        """Those in which every word is found."""
        self.search_query = self.cleaned_data["q"]
        self.is_searching = bool(self.search_query)
        for word in self.search_query.split()[:8]:
            variants = Variant.objects.filter(product=OuterRef("pk"), sku__icontains=word)
            objects = objects.filter(Q(name__icontains=word) | Exists(variants))
        return objects


class _ForPromotions:
    """Shows products only to who may see them."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for the permission first."""
        if not request.user.has_perm("catalogue.view_product"):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(  # type: ignore[misc]
            request, *args, **kwargs
        )
        return response


class _Products(_ForPromotions):
    """Products by name, with picture, brand and status."""

    filter_form_class = ProductSearchForm

    def get_object_list(self) -> QuerySet[Product]:
        """Products with their brand, in the same query."""
        return Product.objects.select_related("brand").order_by("name", "pk")

    @property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            PictureColumn("thumbnail", label=""),
            self.title_column,  # type: ignore[attr-defined]
            Column("brand", accessor=lambda p: p.brand.name if p.brand else ""),
            TagColumn("status", accessor="get_status_display"),
        ]


class _Choose(_Products, chooser.ChooseView):
    """The window."""


class _Results(_Products, chooser.ChooseResultsView):
    """Its results alone."""


class _Chosen(_ForPromotions, chooser.ChosenView):
    """The answer to a choice."""


class _ChosenMultiple(_ForPromotions, chooser.ChosenMultipleView):
    """The answer to several choices."""


class ProductChooser(ChooserViewSet):
    """The window that a product is chosen in."""

    model = Product
    icon = "tag"
    choose_one_text = "Choose a product"
    choose_another_text = "Choose another product"
    edit_item_text = "Prices and stock"
    choose_view_class = _Choose
    choose_results_view_class = _Results
    chosen_view_class = _Chosen
    chosen_multiple_view_class = _ChosenMultiple
    per_page = 12
    # Foreign keys to products in other forms keep their own widget.
    register_widget = False


product_chooser = ProductChooser("shop_product_chooser", url_prefix="shop/choose-product")
