"""Shipping in the Shop menu: zones, and methods with their rates."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django_countries import countries
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from commerce.shipping.models import Method, Rate, Zone
from content.admin import amounts
from content.admin.columns import TagColumn
from content.admin.inlines import CreateWithRows, DeleteUnused, EditWithRows, FormWithRows


class ZoneForm(WagtailAdminModelForm):
    """Countries that share shipping methods."""

    countries = forms.MultipleChoiceField(
        choices=list(countries),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"data-shop-filter": "Find a country"}),
        help_text="None at all: the rest of the world.",
    )

    class Meta:
        model = Zone
        fields: ClassVar = ["name", "position", "countries"]
        help_texts: ClassVar = {
            "position": "If two zones name a country, the one with the lower number holds."
        }


def _countries(zone: Zone) -> str:
    names = [str(countries.name(code) or code) for code in zone.countries]
    if not names:
        return "Rest of the world"
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")


class ZoneList(generic.IndexView):
    """All zones, in the order in which they are asked."""

    page_title = "Shipping zones"

    def get_base_queryset(self) -> QuerySet[Zone]:
        """With their methods."""
        return Zone.objects.prefetch_related("methods")

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("name"),
            Column("countries", accessor=_countries),
            Column("methods", accessor=lambda z: ", ".join(m.name for m in z.methods.all())),
        ]


class ZoneViewSet(ModelViewSet):
    """List and forms of zones."""

    model = Zone
    name = "shop_zones"
    url_prefix = "shop/zones"
    icon = "globe"
    menu_label = "Shipping zones"
    menu_name = "shop-zones"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = ZoneList
    delete_view_class = DeleteUnused
    create_template_name = "shop_admin/zone_create.html"
    edit_template_name = "shop_admin/zone_edit.html"

    def get_form_class(self, for_update: bool = False) -> type[ZoneForm]:
        """The form with the countries as a choice."""
        return ZoneForm


class RateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A price from a subtotal and a weight upwards, in whole units."""

    price = forms.CharField(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    min_subtotal = forms.CharField(
        label="From a subtotal of",
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    class Meta:
        model = Rate
        fields: ClassVar = ["currency", "price", "min_subtotal", "min_weight_grams"]
        labels: ClassVar = {"min_weight_grams": "From a weight of (g)"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"] = forms.ChoiceField(choices=[(c, c) for c in settings.CURRENCIES])
        self.fields["min_weight_grams"].required = False
        if self.instance.pk:
            rate = self.instance
            self.fields["price"].initial = amounts.typed(rate.price_minor, rate.currency)
            subtotal = rate.min_subtotal_minor or None
            self.fields["min_subtotal"].initial = amounts.typed(subtotal, rate.currency)

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the row's currency."""
        data = super().clean() or self.cleaned_data
        currency = data.get("currency") or settings.DEFAULT_CURRENCY
        for name, column in (("price", "price_minor"), ("min_subtotal", "min_subtotal_minor")):
            try:
                minor = amounts.read(data.get(name) or "", currency)
            except forms.ValidationError as error:
                self.add_error(name, error)
                continue
            setattr(self.instance, column, minor or 0)
        data["min_weight_grams"] = data.get("min_weight_grams") or 0
        return data


class BaseRates(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The rates of a method."""

    def clean(self) -> None:
        """Refuse the same step twice, and a method that costs nothing anywhere."""
        super().clean()
        if any(self.errors):
            return
        steps: set[tuple[str, int, int]] = set()
        for form in self.forms:
            if form in self.deleted_forms or not form.cleaned_data:
                continue
            rate = form.instance
            step = (
                form.cleaned_data["currency"],
                rate.min_subtotal_minor,
                form.cleaned_data["min_weight_grams"],
            )
            if step in steps:
                raise forms.ValidationError(f"Two rates in {step[0]} begin at the same step.")
            steps.add(step)
        if not steps:
            raise forms.ValidationError("Without a rate nobody can choose this method.")


Rates = forms.inlineformset_factory(
    Method, Rate, form=RateForm, formset=BaseRates, extra=0, can_delete=True
)


class MethodForm(FormWithRows):
    """A service with what it costs."""

    rows_classes: ClassVar = {"rates": Rates}

    class Meta:
        model = Method
        fields: ClassVar = ["name", "zone", "min_days", "max_days", "position", "is_active"]
        labels: ClassVar = {
            "min_days": "Days at least",
            "max_days": "Days at most",
            "is_active": "Active",
        }

    def clean(self) -> dict[str, Any]:
        """The window has to be one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        low, high = data.get("min_days"), data.get("max_days")
        if low is not None and high is not None and high < low:
            self.add_error("max_days", "It cannot be fewer than the days at least.")
        return data


def _rates(method: Method) -> str:
    cheapest: dict[str, list[int]] = {}
    for rate in method.rates.all():
        cheapest.setdefault(rate.currency, []).append(rate.price_minor)
    return " · ".join(amounts.show_range(min(v), max(v), c) for c, v in sorted(cheapest.items()))


class MethodList(generic.IndexView):
    """All methods, by zone."""

    page_title = "Shipping methods"

    def get_base_queryset(self) -> QuerySet[Method]:
        """With zone and rates."""
        methods = Method.objects.select_related("zone").prefetch_related("rates")
        return methods.order_by("zone__position", "zone_id", "position", "pk")

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("name"),
            Column("zone", accessor="zone.name"),
            Column("days", accessor=lambda m: f"{m.min_days}–{m.max_days}"),
            Column("rates", accessor=_rates),
            TagColumn(
                "is_active",
                label="Status",
                accessor=lambda m: "Active" if m.is_active else "Inactive",
                tone=lambda m: "positive" if m.is_active else "",
            ),
        ]


class MethodViewSet(ModelViewSet):
    """List and forms of methods."""

    model = Method
    name = "shop_methods"
    url_prefix = "shop/methods"
    icon = "shop-truck"
    menu_label = "Shipping methods"
    menu_name = "shop-methods"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = MethodList
    add_view_class = CreateWithRows
    edit_view_class = EditWithRows
    delete_view_class = DeleteUnused
    create_template_name = "shop_admin/method_create.html"
    edit_template_name = "shop_admin/method_edit.html"

    def get_form_class(self, for_update: bool = False) -> type[MethodForm]:
        """The form with the rates."""
        return MethodForm
