"""The list of orders: columns, filters, search, export."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django_countries import countries
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic

from commerce.orders.models import (
    FulfilmentStatus,
    Order,
    OrderLine,
    OrderStatus,
    PaymentStatus,
)
from commerce.payments.services import PROVIDERS
from content.admin import amounts
from content.admin.columns import TagColumn


def customer_name(order: Order) -> str:
    """Who ordered: the address's name, which guests have too."""
    address = order.shipping_address or order.billing_address or {}
    name = f"{address.get('first_name', '')} {address.get('last_name', '')}".strip()
    return name or (order.customer.get_full_name() if order.customer else "")


def payment_method_name(method: str) -> str:
    """What a payment method is called."""
    return PROVIDERS[method].name if method in PROVIDERS else method


class OrderFilters(WagtailFilterSet):
    """What the list can be narrowed down to."""

    status = django_filters.MultipleChoiceFilter(
        choices=OrderStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    payment_status = django_filters.MultipleChoiceFilter(
        label="Payment", choices=PaymentStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    fulfilment_status = django_filters.MultipleChoiceFilter(
        label="Fulfilment", choices=FulfilmentStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    placed_at = django_filters.DateFromToRangeFilter(label="Placed", widget=DateRangePickerWidget)
    country = django_filters.ChoiceFilter(
        label="Country", field_name="shipping_address__country", choices=list(countries)
    )

    class Meta:
        model = Order
        fields: ClassVar[list[str]] = []


def search(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """The orders in which every word of `text` is found: number, mail address, name or SKU."""
    for word in text.split()[:8]:
        lines = OrderLine.objects.filter(order=OuterRef("pk"))
        orders = orders.filter(
            Q(number__icontains=word.lstrip("#"))
            | Q(email__icontains=word)
            | Q(shipping_address__first_name__icontains=word)
            | Q(shipping_address__last_name__icontains=word)
            | Q(customer__first_name__icontains=word)
            | Q(customer__last_name__icontains=word)
            | Exists(lines.filter(Q(sku__icontains=word) | Q(name__icontains=word)))
        )
    return orders


def _plain(text: str) -> str:
    """What a shopper typed, so that a spreadsheet does not run it as a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


EXPORT: dict[str, tuple[str, Callable[[Order], Any]]] = {
    "number": ("Number", lambda o: o.number),
    "placed_at": ("Placed", lambda o: localtime(o.placed_at)),
    "status": ("Status", lambda o: o.get_status_display()),
    "payment": ("Payment", lambda o: o.get_payment_status_display()),
    "fulfilment": ("Fulfilment", lambda o: o.get_fulfilment_status_display()),
    "customer": ("Customer", lambda o: _plain(customer_name(o))),
    "email": ("Email", lambda o: _plain(o.email)),
    "country": ("Country", lambda o: o.shipping_address.get("country", "")),
    "city": ("City", lambda o: _plain(o.shipping_address.get("city", ""))),
    "payment_method": ("Payment method", lambda o: payment_method_name(o.payment_method)),
    "currency": ("Currency", lambda o: o.currency),
    "subtotal": ("Subtotal", lambda o: amounts.number(o.subtotal_minor, o.currency)),
    "discount": ("Discount", lambda o: amounts.number(o.discount_minor, o.currency)),
    "shipping": ("Shipping", lambda o: amounts.number(o.shipping_minor, o.currency)),
    "tax": ("Tax", lambda o: amounts.number(o.tax_minor, o.currency)),
    "total": ("Total", lambda o: amounts.number(o.total_minor, o.currency)),
    "refunded": ("Refunded", lambda o: amounts.number(o.refunded_minor, o.currency)),
}


class CustomerColumn(Column):
    """Name and mail address, one under the other."""

    cell_template_name = "shop_admin/tables/customer_cell.html"


class OrderList(generic.IndexView):
    """All orders, newest first."""

    model = Order
    page_title = "Orders"
    default_ordering = "-placed_at"
    is_searchable = True
    filterset_class = OrderFilters
    list_export: ClassVar = list(EXPORT)
    export_headings: ClassVar = {name: heading for name, (heading, _) in EXPORT.items()}
    export_filename = "orders"

    def get_base_queryset(self) -> QuerySet[Order]:
        """Orders with their customer, in the same query."""
        return Order.objects.select_related("customer")

    def order_queryset(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """As chosen, and always in a definite order, so that no page repeats another's row."""
        ordered: QuerySet[Order] = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "-pk")

    def search_queryset(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """The matches of what was typed."""
        return search(queryset, self.search_query) if self.is_searching else queryset

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("number"),
            DateColumn("placed_at", label="Placed", sort_key="placed_at", classname="shop-wide"),
            CustomerColumn("customer", accessor=customer_name),
            TagColumn("status", accessor="get_status_display", sort_key="status"),
            TagColumn(
                "payment_status",
                label="Payment",
                accessor="get_payment_status_display",
                classname="shop-wide",
            ),
            TagColumn(
                "fulfilment_status",
                label="Fulfilment",
                accessor="get_fulfilment_status_display",
                classname="shop-wide",
            ),
            Column(
                "total",
                accessor=lambda o: amounts.show(o.total_minor, o.currency),
                sort_key="total_minor",
                classname="shop-number",
            ),
        ]

    def get_list_buttons(self, instance: Order) -> list[Any]:
        """None: the number leads to the page, where everything is done."""
        return []

    def to_row_dict(self, item: Order) -> OrderedDict[str, Any]:
        """The cells of an exported row."""
        return OrderedDict((name, read(item)) for name, (_, read) in EXPORT.items())
