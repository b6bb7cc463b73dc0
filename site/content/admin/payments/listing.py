"""The list of payments: columns, filters, search, and the file to compare payouts with."""

from collections import OrderedDict
from typing import Any, ClassVar

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.functional import cached_property
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button

from commerce.payments.models import Payment, PaymentState, Refund
from commerce.payments.services import PROVIDERS
from content.admin import amounts
from content.admin.columns import TagColumn
from content.admin.orders.listing import payment_method_name
from content.admin.payments import payouts, trouble


class PaymentFilters(WagtailFilterSet):
    """What the list can be narrowed down to."""

    trouble = django_filters.ChoiceFilter(
        label="To look at",
        choices=[("any", "For any reason"), *((k, told[0]) for k, told in trouble.REASONS.items())],
        method="troubled",
    )
    state = django_filters.MultipleChoiceFilter(
        choices=PaymentState.choices, widget=forms.CheckboxSelectMultiple
    )
    provider = django_filters.MultipleChoiceFilter(
        choices=[(name, each.name) for name, each in PROVIDERS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    currency = django_filters.ChoiceFilter(choices=[(code, code) for code in settings.CURRENCIES])
    created_at = django_filters.DateFromToRangeFilter(label="Begun", widget=DateRangePickerWidget)
    settled_at = django_filters.DateFromToRangeFilter(label="Ended", widget=DateRangePickerWidget)

    class Meta:
        model = Payment
        fields: ClassVar[list[str]] = []

    def troubled(self, rows: QuerySet[Payment], name: str, value: str) -> QuerySet[Payment]:
        """Those that somebody has to look at."""
        return trouble.only(rows, value)


def search(payments: QuerySet[Payment], text: str) -> QuerySet[Payment]:
    """The payments in which every word is found: order, mail address, or a provider's name."""
    for word in text.replace("\x00", "").split()[:8]:
        of_refund = Refund.objects.filter(reference__icontains=word).values("payment_id")
        payments = payments.filter(
            Q(order__number__icontains=word.lstrip("#"))
            | Q(order__email__icontains=word)
            | Q(reference__icontains=word)
            | Q(transaction__icontains=word)
            | Q(pk__in=of_refund)
        )
    return payments


class StateColumn(TagColumn):
    """The state, and why somebody has to look."""

    cell_template_name = "shop_admin/payment/state_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        """Both tags."""
        context = super().get_cell_context_data(instance, parent_context)
        reason = trouble.REASONS.get(instance.trouble)
        return context | {"trouble": reason[0] if reason else ""}


class AmountColumn(Column):
    """What is owed, and what of it went back."""

    cell_template_name = "shop_admin/payment/amount_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        """Both amounts."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        back = instance.refunded_minor
        return context | {"refunded": amounts.show(-back, instance.currency) if back else ""}


class PaymentList(generic.IndexView):
    """All payments, newest first."""

    model = Payment
    page_title = "Payments"
    default_ordering = "-created_at"
    is_searchable = True
    filterset_class = PaymentFilters
    any_permission_required: ClassVar = ["view"]
    # The buttons are named by what is in the files, see `header_more_buttons`.
    show_export_buttons = False
    list_export: ClassVar = list(payouts.COLUMNS)
    export_headings: ClassVar = {name: told for name, (told, _) in payouts.COLUMNS.items()}
    export_filename = "payouts"

    def get_base_queryset(self) -> QuerySet[Payment]:
        """Payments with their order, in the same query."""
        return Payment.objects.select_related("order")

    def order_queryset(self, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        """As chosen, and always in a definite order, so that no page repeats another's row."""
        ordered: QuerySet[Payment] = super().order_queryset(queryset)
        return trouble.with_reason(ordered.order_by(*ordered.query.order_by, "-pk"))

    def search_queryset(self, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        """The matches of what was typed."""
        return search(queryset, self.search_query) if self.is_searching else queryset

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("order", classname="shop-nowrap"),
            Column(
                "provider", label="Provider", classname="shop-wide",
                accessor=lambda p: payment_method_name(p.provider), sort_key="provider",
            ),
            StateColumn("state", accessor="get_state_display", sort_key="state"),
            Column(
                "email", label="Customer", classname="shop-wide", accessor=lambda p: p.order.email
            ),
            DateColumn(
                "created_at", label="Begun", sort_key="created_at", classname="shop-wide"
            ),
            AmountColumn(
                "amount", label="Amount", sort_key="amount_minor", classname="shop-number",
                accessor=lambda p: amounts.show(p.amount_minor, p.currency),
            ),
        ]  # fmt: skip

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        """What moved, as a file: payments that came and refunds that arrived."""
        buttons: list[Any] = list(super().header_more_buttons)
        for label, url in (
            ("Payouts as CSV", self.csv_export_url),
            ("Payouts as XLSX", self.xlsx_export_url),
        ):
            buttons.append(Button(label, url=url, icon_name="download", priority=90))
        return buttons

    def get_list_buttons(self, instance: Payment) -> list[Any]:
        """None: the number leads to the page, where everything is done."""
        return []

    def as_spreadsheet(self, queryset: QuerySet[Payment], spreadsheet_format: str) -> HttpResponse:
        """The money that moved between the dates "Ended", of the payments that are listed.

        A refund counts on the day on which it arrived, whenever its payment was.
        """
        payments = self.search_queryset(self.get_base_queryset())
        refunds = Refund.objects.all()
        came = payments
        if self.filters and self.filters.is_valid():
            chosen = dict(self.filters.form.cleaned_data)
            ended = chosen.pop("settled_at", None)
            for name, value in chosen.items():
                payments = self.filters.filters[name].filter(payments, value)
            in_time = self.filters.filters["settled_at"].filter
            came, refunds = in_time(payments, ended), in_time(refunds, ended)
        refunds = refunds.filter(payment__in=payments.values("pk"))
        answer: HttpResponse = super().as_spreadsheet(
            payouts.Movements(came, refunds), spreadsheet_format
        )
        return answer

    def to_row_dict(self, item: payouts.Movement) -> OrderedDict[str, Any]:
        """The cells of an exported row; nothing in them is run as a formula."""
        return payouts.cells(item)
