"""The list of products with what they cost and how many there are."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.conf import settings
from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic

from commerce.catalogue.models import Brand, Category, Price, Product, ProductStatus, Variant
from commerce.inventory.models import StockLevel
from content.admin import amounts
from content.admin.columns import PictureColumn, TagColumn
from content.pages import ProductPage

_LOW = Q(on_hand__lte=F("reserved") + F("low_stock_threshold"))
_OUT = Q(on_hand__lte=F("reserved"))


class ProductFilters(WagtailFilterSet):
    """What the list can be narrowed down to."""

    status = django_filters.MultipleChoiceFilter(
        choices=ProductStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    brand = django_filters.ModelChoiceFilter(queryset=Brand.objects.filter(archived_at=None))
    category = django_filters.ModelChoiceFilter(
        queryset=Category.objects.filter(archived_at=None).order_by("path"), method="below"
    )
    stock = django_filters.ChoiceFilter(
        label="Stock",
        choices=[("low", "Low or out of stock"), ("out", "Out of stock")],
        method="by_stock",
        widget=forms.RadioSelect,
        empty_label="All",
    )

    class Meta:
        model = Product
        fields: ClassVar[list[str]] = []

    def below(self, queryset: QuerySet[Product], name: str, value: Category) -> QuerySet[Product]:
        """The products of a category and of those below it."""
        return queryset.filter(category__path__startswith=value.path)

    def by_stock(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """The products with a variant that is low, or out."""
        levels = StockLevel.objects.filter(
            _LOW if value == "low" else _OUT,
            variant__product=OuterRef("pk"),
            variant__archived_at=None,
        )
        return queryset.filter(Exists(levels))


def _of_variants(expression: Any) -> Subquery:
    """One figure over a product's variants, NULL where it has none."""
    variants = Variant.objects.filter(product=OuterRef("pk"), archived_at=None)
    rows = variants.order_by().values("product").annotate(figure=expression).values("figure")
    return Subquery(rows, output_field=IntegerField())


def _of_prices(expression: Any) -> Subquery:
    """One figure over a product's prices in the shop's first currency."""
    prices = Price.objects.filter(
        variant__product=OuterRef("pk"),
        variant__archived_at=None,
        currency=settings.DEFAULT_CURRENCY,
    )
    rows = prices.order_by().values("variant__product").annotate(figure=expression)
    return Subquery(rows.values("figure"))


def products_with_figures() -> QuerySet[Product]:
    """Products with `variant_count`, `lowest`, `highest`, `on_hand`, `available`, `scarce`."""
    return (
        Product.objects.select_related("brand", "category")
        .prefetch_related(
            Prefetch(
                "pages",
                queryset=ProductPage.objects.only("pk", "product_id", "alias_of_id").order_by("pk"),
            )
        )
        .annotate(
            variant_count=_of_variants(Count("pk")),
            lowest=_of_prices(Min("amount_minor")),
            highest=_of_prices(Max("amount_minor")),
            on_hand=_of_variants(Sum("stock__on_hand")),
            available=_of_variants(Sum(F("stock__on_hand") - F("stock__reserved"))),
            scarce=_of_variants(
                Count(
                    "pk",
                    filter=Q(
                        stock__on_hand__lte=F("stock__reserved") + F("stock__low_stock_threshold")
                    ),
                )
            ),
        )
    )


def page_to_edit(product: Product) -> int | None:
    """The id of the page that editors write, of a product with its pages prefetched."""
    pages = list(product.pages.all())
    originals = [page for page in pages if page.alias_of_id is None] or pages
    return originals[0].pk if originals else None


class StockColumn(Column):
    """How many can be sold now, marked where variants run low."""

    cell_template_name = "shop_admin/tables/stock_cell.html"


class ProductList(generic.IndexView):
    """All products, newest first."""

    model = Product
    page_title = "Products"
    default_ordering = "-created_at"
    is_searchable = True
    filterset_class = ProductFilters

    def get_base_queryset(self) -> QuerySet[Product]:
        """The figures come with the rows: no query per row."""
        return products_with_figures()

    def order_queryset(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """As chosen, and always in a definite order."""
        ordered: QuerySet[Product] = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "-pk")

    def search_queryset(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """Name, SKU and barcode; every word has to be found."""
        for word in self.search_query.split()[:8]:
            variants = Variant.objects.filter(product=OuterRef("pk"))
            queryset = queryset.filter(
                Q(name__icontains=word)
                | Q(slug__icontains=word)
                | Exists(variants.filter(Q(sku__icontains=word) | Q(barcode=word)))
            )
        return queryset

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        currency = settings.DEFAULT_CURRENCY
        return [
            PictureColumn("thumbnail", label=""),
            self._get_title_column("name"),
            Column(
                "brand", accessor=lambda p: p.brand.name if p.brand else "", classname="shop-wide"
            ),
            Column(
                "category",
                accessor=lambda p: p.category.name if p.category else "",
                classname="shop-wide",
            ),
            TagColumn(
                "status", accessor="get_status_display", sort_key="status", classname="shop-wide"
            ),
            Column(
                "variants",
                accessor=lambda p: str(p.variant_count or 0),
                classname="shop-number shop-wide",
            ),
            Column(
                "price",
                accessor=lambda p: amounts.show_range(p.lowest, p.highest, currency),
                sort_key="lowest",
                classname="shop-number",
            ),
            StockColumn(
                "available",
                label="In stock",
                accessor=lambda p: p.available or 0,
                sort_key="available",
                classname="shop-number",
            ),
        ]

    def get_list_more_buttons(self, instance: Product) -> list[MenuItem]:
        """What can be done with a row."""
        url = reverse(self.inspect_url_name, args=[instance.pk])
        buttons = [MenuItem("Prices and stock", url=url, icon_name="list-ul", priority=10)]
        page = page_to_edit(instance)
        if page is not None:
            url = reverse("wagtailadmin_pages:edit", args=[page])
            buttons.append(MenuItem("Edit page", url=url, icon_name="edit", priority=20))
        return buttons
