"""What editors say of recommendations, in the Shop menu."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from content.admin.choosers import product_chooser
from content.admin.columns import PictureColumn, TagColumn
from realtime.models import Curation, CurationKind

TONES: dict[str, str] = {CurationKind.PIN: "positive", CurationKind.FORBID: "critical"}


class CurationForm(WagtailAdminModelForm):
    """A product that is always, or never, shown beside another one, or everywhere."""

    class Meta:
        model = Curation
        fields: ClassVar = ["kind", "other", "product"]
        widgets: ClassVar = {
            "kind": forms.RadioSelect,
            "other": product_chooser.widget_class,
            "product": product_chooser.widget_class,
        }
        labels: ClassVar = {"kind": "What to do", "other": "Product", "product": "Beside"}
        help_texts: ClassVar = {
            "kind": "“Always show” puts it first, the oldest rule before newer ones, and leaves"
            " it out while it is sold out. “Never show” goes before “Always show”.",
            "other": "The product that is recommended, or not.",
            "product": "The product on whose page, or in whose cart, this holds."
            " Empty: everywhere, on the home page as well.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Without the dashes that stand for nothing.
        self.fields["kind"].choices = CurationKind.choices
        self.fields["kind"].initial = CurationKind.PIN

    def clean(self) -> dict[str, Any]:
        """Refuse a product beside itself, and a second rule for the same two."""
        found: dict[str, Any] = super().clean()
        other, product = found.get("other"), found.get("product")
        if other is not None and other == product:
            self.add_error("product", "A product never stands beside itself.")
        elif other is not None and "product" in found:
            same = Curation.objects.filter(other=other, product=product)
            if same.exclude(pk=self.instance.pk).exists():
                self.add_error(None, "There is a rule for this already. Change or delete that one.")
        return found


class CurationFilters(WagtailFilterSet):
    """Pinned or forbidden."""

    class Meta:
        model = Curation
        fields: ClassVar = ["kind"]


class CurationList(generic.IndexView):
    """All rules, by product."""

    page_title = "Recommendations"
    add_item_label = "Add rule"
    search_fields: ClassVar = ["other__name", "product__name"]
    default_ordering = "other__name"
    filterset_class = CurationFilters

    def get_base_queryset(self) -> QuerySet[Curation]:
        """Rules with their products, in one query."""
        return Curation.objects.select_related("other", "product")

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            PictureColumn("picture", label="", accessor="other.thumbnail"),
            self._get_title_column("other"),
            TagColumn(
                "kind",
                label="What to do",
                accessor="get_kind_display",
                sort_key="kind",
                tone=lambda rule: TONES[rule.kind],
            ),
            Column(
                "product",
                label="Beside",
                accessor=lambda rule: rule.product.name if rule.product else "Everywhere",
                sort_key="product__name",
            ),
        ]


class CurationViewSet(ModelViewSet):
    """List and forms of what editors say."""

    model = Curation
    name = "shop_recommendations"
    url_prefix = "shop/recommendations"
    icon = "thumbtack"
    menu_label = "Recommendations"
    menu_name = "shop-recommendations"
    menu_hook = "register_shop_menu_item"
    menu_order = 20
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = CurationList

    def get_form_class(self, for_update: bool = False) -> type[CurationForm]:
        """The form with the product chooser."""
        return CurationForm
