"""The list of customers: columns, filters, search, export."""

from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar, cast
from uuid import UUID

import django_filters
from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django_countries import countries
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button

from commerce.customers import staff_selectors, staff_services
from commerce.customers.api.staff_table import plain
from commerce.customers.models import User
from commerce.customers.staff_selectors import Figures
from content.admin import amounts
from content.admin.columns import TagColumn
from core.money import Money, exponent

YES_NO = [("true", "Yes"), ("false", "No")]


class CustomerFilters(WagtailFilterSet):
    """What the list can be narrowed down to. Amounts are in the shop's first currency."""

    groups = django_filters.ModelMultipleChoiceFilter(
        label="Group", queryset=Group.objects.order_by("name"), widget=forms.CheckboxSelectMultiple
    )
    has_orders = django_filters.ChoiceFilter(label="Has ordered", choices=YES_NO, method="ordered")
    min_spend = django_filters.NumberFilter(
        label=f"Spent at least ({settings.DEFAULT_CURRENCY})", method="spent", min_value=0,
        max_value=10**9,
    )  # fmt: skip
    marketing = django_filters.ChoiceFilter(
        label="Wants marketing mail", choices=YES_NO, method="wants"
    )
    is_staff = django_filters.BooleanFilter(
        label="Staff", widget=forms.Select(choices=[("", "—"), *YES_NO])
    )
    date_joined = django_filters.DateFromToRangeFilter(label="Joined", widget=DateRangePickerWidget)
    country = django_filters.ChoiceFilter(
        label="Country", choices=list(countries), method="lives_in"
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = []

    def ordered(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """With orders, or without."""
        return staff_selectors.who_ordered(rows, has_orders=value == "true")

    def spent(self, rows: QuerySet[User], name: str, value: Decimal) -> QuerySet[User]:
        """At least so much."""
        currency = settings.DEFAULT_CURRENCY
        minor = Money.parse(round(value, exponent(currency)), currency).minor
        return staff_selectors.with_spend(rows, currency=currency, at_least=minor)

    def wants(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """What was last said about marketing mail."""
        return staff_selectors.who_wants_marketing(rows, wanted=value == "true")

    def lives_in(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """An address or an order there."""
        return staff_selectors.of_country(rows, value)


def spend_text(figures: Figures) -> str:
    """What was spent, in every currency that was used."""
    return ", ".join(amounts.show(minor, code) for code, minor in figures.spend.items())


class NameColumn(Column):
    """Name and mail address, with the way to the page."""

    cell_template_name = "shop_admin/customer/name_cell.html"

    def get_cell_context_data(self, instance: User, parent_context: Any) -> dict[str, Any]:
        """The row's page."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return context | {"url": reverse("shop_customers:inspect", args=[instance.pk])}


class Chunked:
    """Rows of an export with their figures, so many at once: memory does not grow with them."""

    model = User
    SIZE = 500

    def __init__(self, view: "CustomerList", rows: QuerySet[User]) -> None:
        self.view, self.rows = view, rows

    def __iter__(self) -> Iterator[User]:
        rows = self.rows.iterator(self.SIZE)
        for chunk in iter(lambda: list(islice(rows, self.SIZE)), []):
            self.view.figures = staff_selectors.figures_of(chunk)
            yield from chunk


class CustomerList(generic.IndexView):
    """All customers, the newest first."""

    model = User
    page_title = "Customers"
    default_ordering = "-date_joined"
    is_searchable = True
    filterset_class = CustomerFilters
    any_permission_required: ClassVar = ["view"]
    list_export: ClassVar = [
        "email", "first_name", "last_name", "phone_number", "joined", "orders", "last_order",
        "spend", "groups", "marketing", "staff",
    ]  # fmt: skip
    export_headings: ClassVar = {
        "email": "Email", "first_name": "First name", "last_name": "Last name",
        "phone_number": "Phone", "joined": "Joined", "orders": "Orders",
        "last_order": "Last order", "spend": "Spent", "groups": "Groups",
        "marketing": "Marketing mail", "staff": "Staff",
    }  # fmt: skip
    export_filename = "customers"
    figures: dict[UUID, Figures]

    def get_base_queryset(self) -> QuerySet[User]:
        """Everybody who was not erased."""
        return staff_selectors.everybody().prefetch_related("groups")

    def order_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        """As chosen, and always in a definite order."""
        if "last_ordered" in self.ordering or "orders_total" in self.ordering:
            queryset = staff_selectors.with_orders(queryset)
        if "spend_minor" in self.ordering:
            queryset = staff_selectors.with_spend(queryset, currency=settings.DEFAULT_CURRENCY)
        ordered: QuerySet[User] = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "-pk")

    def search_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        """The matches of what was typed."""
        if not self.is_searching:
            return queryset
        return staff_selectors.search(queryset, self.search_query)

    def paginate_queryset(self, queryset: QuerySet[User], page_size: int) -> Any:
        """A page, with what its customers ordered."""
        paginator, page, rows, has_others = super().paginate_queryset(queryset, page_size)
        self.figures = staff_selectors.figures_of(list(page.object_list))
        return paginator, page, rows, has_others

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""

        def figures(user: User) -> Figures:
            return self.figures[user.pk]

        return [
            NameColumn("name", accessor="get_full_name", sort_key="last_name"),
            Column(
                "orders", accessor=lambda u: figures(u).orders_count, sort_key="orders_total",
                classname="shop-number",
            ),
            Column(
                "spend", label="Spent", accessor=lambda u: spend_text(figures(u)),
                sort_key="spend_minor", classname="shop-number",
            ),
            DateColumn(
                "last_order", accessor=lambda u: figures(u).last_order_at,
                sort_key="last_ordered", classname="shop-wide",
            ),
            TagColumn(
                "marketing", label="Mail",
                accessor=lambda u: "Subscribed" if figures(u).wants_marketing else "",
                tone=lambda u: "positive", classname="shop-wide",
            ),
            Column(
                "groups", accessor=lambda u: ", ".join(group.name for group in u.groups.all()),
                classname="shop-wide",
            ),
            DateColumn(
                "date_joined", label="Joined", sort_key="date_joined", classname="shop-wide"
            ),
        ]  # fmt: skip

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        """Forgetting somebody who has no account, beside the exports."""
        buttons: list[Any] = super().header_more_buttons
        if self.request.user.has_perm("customers.delete_user"):
            url = reverse("shop_customers:guests")
            buttons.append(Button("Erase a guest", url=url, icon_name="bin", priority=90))
        return buttons

    def get_list_buttons(self, instance: User) -> list[Any]:
        """None: the name leads to the page, where everything is done."""
        return []

    def as_spreadsheet(self, queryset: QuerySet[User], spreadsheet_format: str) -> HttpResponse:
        """The list as a file, which is written down."""
        self.note_export(self.request)
        answer: HttpResponse = super().as_spreadsheet(Chunked(self, queryset), spreadsheet_format)
        return answer

    @transaction.atomic
    def note_export(self, request: HttpRequest) -> None:
        """Into the log."""
        named = sorted(name for name in self.filters.form.fields if request.GET.get(name))
        staff_services.note_list_export(actor=cast(User, request.user), filters=named)

    def to_row_dict(self, item: User) -> OrderedDict[str, Any]:
        """The cells of an exported row; nothing in them is run as a formula."""
        figures = self.figures[item.pk]
        cells = {
            "email": plain(item.email),
            "first_name": plain(item.first_name),
            "last_name": plain(item.last_name),
            "phone_number": plain(item.phone_number),
            "joined": localtime(item.date_joined),
            "orders": figures.orders_count,
            "last_order": localtime(figures.last_order_at) if figures.last_order_at else "",
            "spend": spend_text(figures),
            "groups": plain(", ".join(group.name for group in item.groups.all())),
            "marketing": "yes" if figures.wants_marketing else "no",
            "staff": "yes" if item.is_staff else "no",
        }
        return OrderedDict((name, cells[name]) for name in self.list_export)
