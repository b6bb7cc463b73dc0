"""The report of searches: how many, what for, and what can be done for those that find nothing."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from commerce.customers.api.staff_table import plain
from search import statistics
from search.admin import chart
from search.selectors import index_state
from search.statistics import MAX_DAYS, Period, QueryRow
from search.wording import normalised

VIEW = "search.view_dailyquery"
ADD_SYNONYM = "search.add_synonym"
PIN = "wagtailsearchpromotions.add_searchpromotion"
RANGES = (7, 30, 90)
PAGE_SIZE = 25
LISTS = {"all": "All", "nothing": "Without results"}


class ReportForm(forms.Form):
    """Which days and which language."""

    since = forms.DateField(label="From", required=False, widget=AdminDateInput)
    until = forms.DateField(label="To", required=False, widget=AdminDateInput)
    locale = forms.ChoiceField(label="Language", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(settings.LANGUAGES)
        codes = dict.fromkeys([*known, *statistics.locales()])
        field = self.fields["locale"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.choices = [("", "All languages"), *((code, known.get(code, code)) for code in codes)]

    def clean(self) -> dict[str, Any]:
        """Days in their order, and not too many of them."""
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("since", "It is after the last day.")
        elif since and ((until or timezone.localdate()) - since).days >= MAX_DAYS:
            self.add_error("since", f"At most {MAX_DAYS} days.")
        return data


class SearchPage(WagtailAdminTemplateMixin, TemplateView):
    """The report; `?export=csv` is its table as a file."""

    template_name = "shop_admin/search/page.html"
    page_title = "Search"
    header_icon = "search"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let those in who may see it."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The page, or the file."""
        if request.GET.get("export") == "csv":
            return self._file()
        return super().get(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, this page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    @cached_property
    def form(self) -> ReportForm:
        """What was asked for."""
        return ReportForm(self.request.GET)

    @cached_property
    def period(self) -> Period:
        """The days; the last 30 where none, or no sensible ones, are asked for."""
        given = self.form.cleaned_data if self.form.is_valid() else {}
        locale = given.get("locale", "")
        since: date | None = given.get("since")
        until: date | None = given.get("until")
        if not (since or until):
            return Period.last(self.days, locale)
        last = until or timezone.localdate()
        before = min(self.days - 1, (last - date.min).days)
        return Period(min(since or last - timedelta(days=before), last), last, locale)

    @property
    def days(self) -> int:
        """The button that is pressed."""
        asked = self.request.GET.get("days", "")
        return int(asked) if asked in map(str, RANGES) else 30

    @property
    def listed(self) -> str:
        """Which queries."""
        asked = self.request.GET.get("list", "")
        return asked if asked in LISTS else "all"

    @property
    def order(self) -> str:
        """Which queries first: a name of `statistics.ORDERS`."""
        usual = "without_results" if self.listed == "nothing" else "searches"
        asked = self.request.GET.get("order", "")
        return asked if asked in statistics.ORDERS else usual

    def _rows(self) -> Any:
        rows = statistics.queries(
            self.period,
            containing=normalised(self.request.GET.get("q", "")[:100]),
            only_without_results=self.listed == "nothing",
        )
        return rows.order_by(*statistics.ordering(self.order))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows, in a constant number of queries."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        days = statistics.per_day(self.period)
        page = Paginator(self._rows(), PAGE_SIZE).get_page(self.request.GET.get("p"))
        is_custom = bool(
            self.form.is_valid() and (self.form["since"].data or self.form["until"].data)
        )
        names = dict(settings.LANGUAGES)
        return context | {
            "index": index_state(self.request.user),
            "form": self.form,
            "period": self.period,
            "totals": statistics.total(figures for _, figures in days),
            "chart": chart.chart(days),
            "ranges": [
                {
                    "label": f"{days} days",
                    "url": self._url(days=days, since="", until="", p=""),
                    "is_now": not is_custom and days == self.days,
                }
                for days in RANGES
            ],
            "is_custom": is_custom,
            "lists": [
                {
                    "label": label,
                    "url": self._url(list=name, order="", p="") + "#queries",
                    "is_now": name == self.listed,
                }
                for name, label in LISTS.items()
            ],
            "columns": [self._column(name) for name in statistics.ORDERS],
            "rows": [self._row(statistics.row_of(row), names) for row in page],
            "page": page,
            "newer": self._page_url(page.previous_page_number()) if page.has_previous() else "",
            "older": self._page_url(page.next_page_number()) if page.has_next() else "",
            "q": self.request.GET.get("q", "")[:100].replace("\0", ""),
            "asked": [
                (name, self.request.GET[name])
                for name in ("days", "since", "until", "locale", "list", "order")
                if self.request.GET.get(name)
            ],
            "without_q": self._url(q="", p="") + "#queries",
            "export_url": self._url(export="csv", p=""),
            "may_add_synonym": self.request.user.has_perm(ADD_SYNONYM),
            "may_see_synonyms": self.request.user.has_perm("search.view_synonym"),
            "may_pin": self.request.user.has_perm(PIN),
        }

    def _column(self, name: str) -> dict[str, Any]:
        label = {"without_results": "No results"}.get(name, name.capitalize())
        return {
            "label": label,
            "url": self._url(order=name, p="") + "#queries",
            "is_now": name == self.order,
        }

    def _row(self, row: QueryRow, names: dict[str, str]) -> dict[str, Any]:
        back = self._url()
        asked = urlencode({"text": row.text, "locale": row.locale, "next": back})
        return {
            "query": row,
            "language": names.get(row.locale, row.locale),
            "synonym_url": f"{reverse('shop_synonyms:add')}?{asked}",
            "pin_url": f"{reverse('shop_search:pin')}?{asked}",
        }

    def _page_url(self, number: int) -> str:
        return self._url(p=number) + "#queries"

    def _url(self, **changed: str | int) -> str:
        """This page with other parameters; an empty one is left out."""
        asked = self.request.GET.copy()
        for name, value in changed.items():
            asked[name] = str(value)
        kept = {name: value for name, value in asked.items() if value}
        return f"{self.request.path}?{urlencode(kept)}" if kept else self.request.path

    def _file(self) -> HttpResponse | StreamingHttpResponse:
        name = f"searches-{self.period.since}-{self.period.until}.csv"
        return StreamingHttpResponse(
            _lines(self._rows()),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class _Echo:
    def write(self, text: str) -> str:
        """Give back what a csv.writer makes of a row."""
        return text


def _lines(rows: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(
        ["Query", "Language", "Searches", "Without results", "Clicks", "Conversions",
         "Click-through", "Conversion rate"]
    )  # fmt: skip
    for values in rows.iterator(500):
        row = statistics.row_of(values)
        figures = row.figures
        yield writer.writerow(
            [
                plain(row.text),
                row.locale,
                figures.searches,
                figures.without_results,
                figures.clicks,
                figures.conversions,
                "" if figures.click_through is None else figures.click_through,
                "" if figures.conversion_rate is None else figures.conversion_rate,
            ]
        )
