"""Taxes in the Shop menu."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.functional import cached_property
from django_countries import countries
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from commerce.catalogue.models import TaxClass
from commerce.pricing.models import TaxRate
from content.admin.inlines import DeleteUnused


class TaxRateForm(WagtailAdminModelForm):
    """A rate, typed in per cent."""

    country = forms.ChoiceField(choices=[("", "Choose …"), *countries])
    tax_class = forms.ChoiceField(choices=TaxClass.choices)
    percent = forms.DecimalField(
        label="Rate in per cent", min_value=0, max_value=100, max_digits=6, decimal_places=3
    )

    class Meta:
        model = TaxRate
        fields: ClassVar = ["name", "country", "region", "tax_class", "applies_to_shipping"]
        labels: ClassVar = {"applies_to_shipping": "Shipping is taxed with it too"}
        help_texts: ClassVar = {
            "name": "Shoppers read it beside the amount.",
            "region": "A state or province as addresses name it. Empty: the whole country.",
        }

    field_order: ClassVar = [
        "name", "country", "region", "tax_class", "percent", "applies_to_shipping",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["percent"].initial = (self.instance.rate * 100).normalize()

    def save(self, commit: bool = True) -> TaxRate:
        """Write the rate as a share of 1."""
        self.instance.rate = self.cleaned_data["percent"] / Decimal(100)
        saved: TaxRate = super().save(commit)
        return saved


class TaxList(generic.IndexView):
    """All rates, by place."""

    page_title = "Taxes"
    search_fields: ClassVar = ["name", "country", "region"]

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("name"),
            Column("country", accessor=lambda t: str(countries.name(t.country) or t.country)),
            Column("region"),
            Column("tax_class", label="Class", accessor=lambda t: TaxClass(t.tax_class).label),
            Column(
                "rate",
                accessor=lambda t: f"{(t.rate * 100).normalize():f} %",
                sort_key="rate",
                classname="shop-number",
            ),
            BooleanColumn("applies_to_shipping", label="Shipping too"),
        ]


class TaxViewSet(ModelViewSet):
    """List and forms of tax rates."""

    model = TaxRate
    name = "shop_taxes"
    url_prefix = "shop/taxes"
    icon = "shop-receipt"
    menu_label = "Taxes"
    menu_name = "shop-taxes"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = TaxList
    delete_view_class = DeleteUnused

    def get_form_class(self, for_update: bool = False) -> type[TaxRateForm]:
        """The form in per cent."""
        return TaxRateForm
