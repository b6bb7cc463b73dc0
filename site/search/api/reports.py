"""What was searched for, for staff."""

from datetime import date, timedelta
from typing import Any, NotRequired, TypedDict

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.openapi import PAGE_PARAMETERS, shape
from core.pagination import take_slice
from search import statistics
from search.statistics import MAX_DAYS, ORDERS, Figures, Period
from search.wording import normalised

VIEW = "search.view_dailyquery"


class ReadsSearches(BasePermission):
    """Staff who may see what was searched for."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Both: being staff, and the permission."""
        user = request.user
        return bool(user.is_authenticated and user.is_staff and user.has_perm(VIEW))


class QueriesFilter(serializers.Serializer[None]):
    """Which days, in which language, which queries, in which order."""

    days = serializers.IntegerField(
        min_value=1, max_value=MAX_DAYS, default=30, help_text="Up to `until`, without `since`."
    )
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False, help_text="The last day; today unless told.")
    locale = serializers.CharField(max_length=12, required=False, default="")
    q = serializers.CharField(max_length=100, required=False, default="")
    without_results = serializers.BooleanField(required=False, default=False)
    ordering = serializers.ChoiceField(choices=[*ORDERS, "text"], default="searches")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Days in their order, and not too many of them."""
        until: date = given.get("until") or timezone.localdate()
        before = min(given["days"] - 1, (until - date.min).days)
        since: date = given.get("since") or until - timedelta(days=before)
        if since > until:
            raise serializers.ValidationError({"since": "It is after `until`."})
        if (until - since).days >= MAX_DAYS:
            raise serializers.ValidationError({"since": f"At most {MAX_DAYS} days."})
        return given | {"period": Period(since, until, given["locale"])}


class SearchFiguresShape(TypedDict):
    """Sums. The rates are shares of the searches, null without searches.

    `clicks` and `conversions` count products; the rates count searches that led to any.
    """

    searches: int
    without_results: int
    clicks: int
    conversions: int
    failure_rate: float | None
    click_through: float | None
    conversion_rate: float | None


class SearchDayShape(SearchFiguresShape):
    """One day."""

    day: date


class SearchedQueryShape(SearchFiguresShape):
    """One text in one language."""

    text: str
    locale: str


class SearchedQueriesShape(TypedDict):
    """A page of queries; `totals` and `days` are of the whole period, whatever `q` leaves."""

    since: date
    until: date
    totals: SearchFiguresShape
    days: list[SearchDayShape]
    count: NotRequired[int]
    next: str | None
    previous: str | None
    results: list[SearchedQueryShape]


class QueriesView(APIView):
    """What was searched for."""

    permission_classes = (ReadsSearches,)

    @extend_schema(
        parameters=[*PAGE_PARAMETERS, QueriesFilter], responses=shape(SearchedQueriesShape)
    )
    def get(self, request: Request) -> Response:
        """Queries with their figures, most searched for first."""
        form = QueriesFilter(data=request.query_params)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        period: Period = given["period"]
        rows = statistics.queries(
            period,
            containing=normalised(given["q"]),
            only_without_results=given["without_results"],
        )
        page = take_slice(request, rows, ordering=statistics.ordering(given["ordering"]))
        days = statistics.per_day(period)
        return Response(
            {
                "since": period.since,
                "until": period.until,
                "totals": present(statistics.total(figures for _, figures in days)),
                "days": [{"day": day, **present(figures)} for day, figures in days],
                **page.answer([_present_row(row) for row in page.rows]),
            }
        )


def present(figures: Figures) -> SearchFiguresShape:
    """Figures as the API gives them."""
    return {
        "searches": figures.searches,
        "without_results": figures.without_results,
        "clicks": figures.clicks,
        "conversions": figures.conversions,
        "failure_rate": figures.failure_rate,
        "click_through": figures.click_through,
        "conversion_rate": figures.conversion_rate,
    }


def _present_row(values: dict[str, Any]) -> SearchedQueryShape:
    row = statistics.row_of(values)
    return {"text": row.text, "locale": row.locale, **present(row.figures)}
