"""Promotions in the Shop menu, each with its scope and its codes."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminDateTimeInput

from commerce.catalogue.models import Brand, Category, Product
from commerce.pricing.models import Code, Promotion, PromotionKind
from content.admin import amounts
from content.admin.choosers import product_chooser
from content.admin.columns import TagColumn
from content.admin.inlines import CreateWithRows, DeleteUnused, EditWithRows, FormWithRows


class CodeForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a shopper types, and how often it may be used."""

    class Meta:
        model = Code
        fields: ClassVar = ["code", "max_uses", "max_uses_per_customer"]
        labels: ClassVar = {"max_uses": "Uses at most", "max_uses_per_customer": "Per customer"}

    def clean_code(self) -> str:
        """Codes are compared in capitals and shown so."""
        code: str = self.cleaned_data["code"].strip().upper()
        if " " in code:
            raise forms.ValidationError("A code has no spaces.")
        return code

    def clean_max_uses(self) -> int | None:
        """Not fewer than it has been used."""
        most: int | None = self.cleaned_data["max_uses"]
        if most is not None and most < self.instance.used:
            raise forms.ValidationError(f"It was used {self.instance.used} times already.")
        return most


class BaseCodes(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The codes of a promotion."""

    labels: ClassVar = {"code": "Code", "max_uses": "Uses at most", "used": "Used"}

    def clean(self) -> None:
        """Refuse a code twice, and the removal of one that was used."""
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            code = form.cleaned_data.get("code", "") if hasattr(form, "cleaned_data") else ""
            if form in self.deleted_forms:
                if form.instance.used:
                    raise forms.ValidationError(
                        f"{form.instance.code} was used and stays for the record."
                        " To end it, let it be used at most as often as it was."
                    )
                continue
            if code and code in seen:
                raise forms.ValidationError(f"{code} is there twice.")
            seen.add(code)


Codes = forms.inlineformset_factory(
    Promotion, Code, form=CodeForm, formset=BaseCodes, extra=0, can_delete=True
)


class ProductRow(forms.Form):
    """One product that a promotion is for."""

    product = forms.ModelChoiceField(
        Product.objects.all(), widget=product_chooser.widget_class, required=False
    )


ProductRows = forms.formset_factory(ProductRow, extra=0, can_delete=True)


class PromotionForm(FormWithRows):
    """A rule that lowers prices. Amounts are typed in whole units and kept in minor ones."""

    rows_classes: ClassVar = {"codes": Codes}

    percent = forms.DecimalField(
        label="Percentage", min_value=0, max_value=100, decimal_places=2, required=False
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.filter(archived_at=None).order_by("path"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What stands in a category below counts too.",
    )
    brands = forms.ModelMultipleChoiceField(
        Brand.objects.filter(archived_at=None),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Promotion
        fields: ClassVar = [
            "name", "kind", "percent", "needs_code", "is_active", "starts_at", "ends_at",
            "priority",
        ]  # fmt: skip
        widgets: ClassVar = {
            "starts_at": AdminDateTimeInput,
            "ends_at": AdminDateTimeInput,
            "kind": forms.RadioSelect,
        }
        labels: ClassVar = {
            "kind": "What it takes off",
            "needs_code": "Only with a code",
            "is_active": "Active",
            "starts_at": "From",
            "ends_at": "Until",
        }
        help_texts: ClassVar = {
            "name": "Shoppers read it in their cart.",
            "priority": "A lower number is applied first.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        promotion = self.instance
        self.fields["kind"].choices = PromotionKind.choices
        self.fields["categories"].initial = promotion.category_ids
        self.fields["brands"].initial = promotion.brand_ids
        for currency in settings.CURRENCIES:
            self._add_amount(f"amount_{currency}", currency, promotion.amounts_minor)
            self._add_amount(f"minimum_{currency}", currency, promotion.min_subtotals_minor)
        chosen = Product.objects.in_bulk(promotion.product_ids)
        self.products = ProductRows(
            self.data if self.is_bound else None,
            prefix="products",
            initial=[{"product": product} for product in chosen.values()],
        )

    def _add_amount(self, name: str, currency: str, minor: dict[str, int]) -> None:
        self.fields[name] = forms.CharField(
            label=currency,
            required=False,
            max_length=24,
            initial=amounts.typed(minor.get(currency), currency),
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )

    @property
    def amount_fields(self) -> list[forms.BoundField]:
        """What a fixed promotion takes off, by currency."""
        return [self[f"amount_{currency}"] for currency in settings.CURRENCIES]

    @property
    def minimum_fields(self) -> list[forms.BoundField]:
        """From which subtotal it holds, by currency."""
        return [self[f"minimum_{currency}"] for currency in settings.CURRENCIES]

    @property
    def media(self) -> forms.Media:
        """Also what the chooser needs."""
        return super().media + self.products.empty_form.media

    def is_valid(self) -> bool:
        """Whether the record, its codes and its products are."""
        return all([super().is_valid(), self.products.is_valid()])

    def has_changed(self) -> bool:
        """Whether anything is different."""
        return super().has_changed() or self.products.has_changed()

    def clean(self) -> dict[str, Any]:
        """Read the amounts, and refuse a promotion that would take nothing off."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["percent"] = data.get("percent") or Decimal(0)
        self.amounts_minor = self._read("amount")
        self.min_subtotals_minor = self._read("minimum")
        if data.get("kind") == PromotionKind.PERCENTAGE and not data.get("percent"):
            self.add_error("percent", "Say how many per cent.")
        if data.get("kind") == PromotionKind.FIXED and not any(self.amounts_minor.values()):
            self.add_error(f"amount_{settings.DEFAULT_CURRENCY}", "Say how much it takes off.")
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", "It has to end after it starts.")
        return data

    def _read(self, kind: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for currency in settings.CURRENCIES:
            name = f"{kind}_{currency}"
            try:
                minor = amounts.read(self.cleaned_data.get(name, ""), currency)
            except forms.ValidationError as error:
                self.add_error(name, error)
                continue
            if minor:
                found[currency] = minor
        return found

    def save(self, commit: bool = True) -> Promotion:
        """Write the promotion with its scope and its codes."""
        promotion: Promotion = self.instance
        promotion.amounts_minor = self.amounts_minor
        promotion.min_subtotals_minor = self.min_subtotals_minor
        promotion.category_ids = [row.pk for row in self.cleaned_data["categories"]]
        promotion.brand_ids = [row.pk for row in self.cleaned_data["brands"]]
        chosen = [
            row["product"].pk
            for row in self.products.cleaned_data
            if row.get("product") and not row.get("DELETE")
        ]
        promotion.product_ids = list(dict.fromkeys(chosen))
        saved: Promotion = super().save(commit)
        return saved


def _state(promotion: Promotion) -> str:
    now = timezone.now()
    if not promotion.is_active:
        return "Inactive"
    if promotion.ends_at and promotion.ends_at <= now:
        return "Over"
    if promotion.starts_at and promotion.starts_at > now:
        return "Planned"
    return "Live"


def _takes_off(promotion: Promotion) -> str:
    if promotion.kind == PromotionKind.PERCENTAGE:
        return f"{promotion.percent.normalize():f} %"
    if promotion.kind == PromotionKind.FIXED:
        return " · ".join(amounts.show(n, c) for c, n in sorted(promotion.amounts_minor.items()))
    return str(PromotionKind.FREE_SHIPPING.label)


class PromotionList(generic.IndexView):
    """All promotions, in the order in which they are applied."""

    page_title = "Promotions and codes"
    search_fields: ClassVar = ["name", "codes__code"]

    def get_base_queryset(self) -> QuerySet[Promotion]:
        """With the number of their codes."""
        return Promotion.objects.annotate(code_count=Count("codes", distinct=True))

    def search_queryset(self, queryset: QuerySet[Promotion]) -> QuerySet[Promotion]:
        """A promotion once, however many of its codes match."""
        found: QuerySet[Promotion] = super().search_queryset(queryset)
        return found.distinct()

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("name"),
            TagColumn(
                "state",
                accessor=_state,
                tone=lambda p: {"Live": "positive", "Planned": "info"}.get(_state(p), ""),
            ),
            Column("takes_off", label="Takes off", accessor=_takes_off),
            Column(
                "codes",
                accessor=lambda p: str(p.code_count) if p.needs_code or p.code_count else "none",
            ),
            DateColumn("starts_at", label="Starts"),
            DateColumn("ends_at", label="Ends"),
        ]


class PromotionViewSet(ModelViewSet):
    """List and forms of promotions."""

    model = Promotion
    name = "shop_promotions"
    url_prefix = "shop/promotions"
    icon = "shop-percent"
    menu_label = "Promotions and codes"
    menu_name = "shop-promotions"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = PromotionList
    add_view_class = CreateWithRows
    edit_view_class = EditWithRows
    delete_view_class = DeleteUnused
    create_template_name = "shop_admin/promotion_create.html"
    edit_template_name = "shop_admin/promotion_edit.html"

    def get_form_class(self, for_update: bool = False) -> type[PromotionForm]:
        """The form with scope and codes."""
        return PromotionForm
