"""The pages of the reports: figures, a chart, a table, and the table as a file."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from core.errors import ValidationFailed
from realtime.admin.chart import chart
from realtime.admin.words import change, shown
from realtime.reports.buyers import MONTHS
from realtime.reports.every import REPORTS
from realtime.reports.figures import ChartOf, Column, Report, answer
from realtime.reports.products import PRODUCTS
from realtime.reports.spans import COMPARISONS, PREVIOUS, USUAL_DAYS, Span, span_of
from realtime.reports.table import csv_lines, file_name

PERMISSION = "realtime.view_reports"
RANGES = (7, 30, 90, 365)
MOST_ROWS = 200
HEATS = 5
NO_COMPARISON = "none"
BEST = ChartOf("bars", "name", "revenue", "Best products")


class ReportForm(forms.Form):
    """Which days, compared with what, in which currency."""

    since = forms.DateField(label="From", required=False, widget=AdminDateInput)
    until = forms.DateField(label="To", required=False, widget=AdminDateInput)
    compare = forms.ChoiceField(
        label="Compare with",
        required=False,
        choices=[*COMPARISONS.items(), (NO_COMPARISON, "Nothing")],
    )
    currency = forms.ChoiceField(
        label="Currency", required=False, choices=[(code, code) for code in settings.CURRENCIES]
    )

    def clean(self) -> dict[str, Any]:
        """Days that make sense; the span is `cleaned_data["span"]`."""
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                data["span"] = span_of(data.get("since"), data.get("until"))
            except ValidationFailed as refused:
                self.add_error(refused.errors[0]["field"], refused.detail)
        return data


class ReportsPage(WagtailAdminTemplateMixin, TemplateView):
    """What pages of reports share: who may see them."""

    header_icon = "shop-chart"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let those in who may see them."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, this page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class ReportPage(ReportsPage):
    """One report; `?export=csv` is its table as a file."""

    template_name = "shop_admin/reports/page.html"
    page_title = "Reports"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The page, or the file."""
        if self.kwargs["report"] not in REPORTS:
            raise Http404
        if request.GET.get("export") == "csv":
            return self._file()
        return super().get(request, *args, **kwargs)

    @cached_property
    def report(self) -> Report:
        """Which one."""
        return REPORTS[self.kwargs["report"]]

    @cached_property
    def form(self) -> ReportForm:
        """What was asked for."""
        return ReportForm(
            {
                "since": self.request.GET.get("since", ""),
                "until": self.request.GET.get("until", ""),
                "compare": self.request.GET.get("compare", PREVIOUS),
                "currency": self.request.GET.get("currency", settings.DEFAULT_CURRENCY),
            }
        )

    @cached_property
    def span(self) -> Span:
        """The days; the usual ones where those that were asked for make no sense."""
        if not self.form.is_valid():
            return Span.latest()
        if self.form.cleaned_data["since"] or self.form.cleaned_data["until"]:
            return self.form.cleaned_data["span"]
        return Span.latest(self.days)

    @property
    def days(self) -> int:
        """The button that is pressed; months need more days than days do."""
        asked = self.request.GET.get("days", "")
        usual = 365 if self.report.columns[0].kind == "month" else USUAL_DAYS
        return int(asked) if asked in map(str, RANGES) else usual

    @property
    def currency(self) -> str:
        """In which currency."""
        return self._given("currency") or settings.DEFAULT_CURRENCY

    @property
    def compare(self) -> str:
        """What it is compared with, nothing if that is asked for."""
        asked = self._given("compare")
        return "" if asked == NO_COMPARISON else asked

    def _given(self, name: str) -> str:
        self.form.is_valid()
        return str(self.form.cleaned_data.get(name, "") or "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows, in a constant number of queries."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        report, span = self.report, self.span
        found = answer(report, span, currency=self.currency, compare=self.compare)
        before = found["before"]
        rows = found["rows"]
        custom = bool(self._given("since") or self._given("until"))
        drawn = report.chart and chart(
            report.chart, report.columns, rows, before["rows"] if before else []
        )
        has_figures = bool(rows) and any(
            value not in {None, 0} for value in map(_plain, found["totals"].values())
        )
        return context | {
            "report": report,
            "reports": [
                {
                    "title": each.title,
                    "url": self._url(name=each.name),
                    "is_now": each is report,
                }
                for each in REPORTS.values()
            ],
            "form": self.form,
            "span": span,
            "before": before,
            "ranges": [
                {
                    "label": "A year" if days == 365 else f"{days} days",
                    "url": self._url(days=days, since="", until=""),
                    "is_now": not custom and days == self.days,
                }
                for days in RANGES
            ],
            "is_custom": custom,
            "days": self.days,
            "sums": [_sum(column, found["totals"], before) for column in report.totals],
            "chart": drawn,
            "has_figures": has_figures,
            "headings": _headings(report.columns),
            "rows": [_cells(report.columns, row) for row in _in_order(report, rows)[:MOST_ROWS]],
            "more": max(len(rows) - MOST_ROWS, 0),
            "export_url": self._url(export="csv"),
            "funnel": found.get("funnel"),
            "best": found.get("top_products")
            and chart(BEST, PRODUCTS.columns, found["top_products"], []),
        }

    def _url(self, name: str = "", **changed: str | int) -> str:
        """This page, or another report, with the same or other days."""
        kept = ("days", "since", "until", "compare", "currency")
        asked = {key: self.request.GET[key] for key in kept if self.request.GET.get(key)}
        asked |= {key: str(value) for key, value in changed.items()}
        query = urlencode({key: value for key, value in asked.items() if value})
        path = reverse("shop_reports:report", args=[name or self.report.name])
        return f"{path}?{query}" if query else path

    def _file(self) -> StreamingHttpResponse:
        rows = self.report.make(self.span, self.currency).rows
        name = file_name(self.report, self.span)
        return StreamingHttpResponse(
            csv_lines(self.report, rows, self.currency),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _plain(value: Any) -> Any:
    return getattr(value, "minor", value)


def _in_order(report: Report, rows: Sequence[Any]) -> Sequence[Any]:
    """The latest day first: that is what is looked for."""
    return rows[::-1] if report.columns[0].kind == "day" else rows


def _sum(column: Column, totals: Any, before: Any) -> dict[str, Any]:
    value = totals[column.key]
    return {
        "label": column.label,
        "value": shown(value, column.kind),
        "change": change(column, value, before["totals"][column.key]) if before else None,
    }


def _headings(columns: Sequence[Column]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for column in columns:
        if column.kind == "shares":
            found += [
                {"label": f"{column.label} {number}", "is_number": True}
                for number in range(1, MONTHS + 1)
            ]
        else:
            found.append({"label": column.label, "is_number": not _is_name(column)})
    return found


def _is_name(column: Column) -> bool:
    return column.kind in {"text", "day", "month"}


def _cells(columns: Sequence[Column], row: Any) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = []
    for column in columns:
        if column.kind == "shares":
            for number, value in enumerate(row[column.key], 1):
                cells.append(
                    {
                        "label": f"{column.label} {number}",
                        "text": "" if value is None else shown(value, "share"),
                        "heat": 0 if not value else min(1 + int(value * HEATS), HEATS),
                        "is_number": True,
                    }
                )
        else:
            cells.append(
                {
                    "label": column.label,
                    "text": shown(row[column.key], column.kind),
                    "is_number": not _is_name(column),
                    "is_date": isinstance(row[column.key], date),
                }
            )
    return cells
