"""Reports over HTTP, for staff who may see them."""

from http import HTTPMethod
from typing import Any, ClassVar

from django.conf import settings
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.customers.api.staff import AnyMediaType
from core.errors import NotFound
from core.openapi import shape
from realtime import dashboard
from realtime.reports.every import REPORTS
from realtime.reports.figures import Report, answer
from realtime.reports.spans import COMPARISONS, MAX_DAYS, Span, span_of
from realtime.reports.table import csv_lines, file_name

VIEW = "realtime.view_reports"
PRIVATE = {"Cache-Control": "no-store"}


class MaySeeReports(BasePermission):
    """Staff with the permission `realtime.view_reports`, and no others."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Both: being staff, and the permission."""
        user = request.user
        return bool(user.is_authenticated and user.is_staff and user.has_perm(VIEW))


class SpanInput(serializers.Serializer[Any]):
    """Which days, in which currency, compared with what."""

    since = serializers.DateField(required=False, help_text="The first day; 30 days unless told.")
    until = serializers.DateField(
        required=False, help_text=f"The last day, today unless told; {MAX_DAYS} days at most."
    )
    currency = serializers.ChoiceField(
        choices=[(code, code) for code in settings.CURRENCIES],
        required=False,
        help_text="Of amounts and of the orders they are from; the shop's first unless told.",
    )

    def span(self) -> Span:
        """The days. Raises ValidationFailed where they make no sense."""
        given = self.validated_data
        return span_of(given.get("since"), given.get("until"))

    @property
    def chosen_currency(self) -> str:
        """The currency that was asked for, or the shop's first."""
        return str(self.validated_data.get("currency") or settings.DEFAULT_CURRENCY)


class ReportInput(SpanInput):
    """The same, compared with a former span of as many days."""

    compare = serializers.ChoiceField(
        choices=list(COMPARISONS.items()),
        required=False,
        help_text="`previous`: the days right before; `year`: from the same day a year ago.",
    )


class ReportView(APIView):
    """One report."""

    permission_classes = [MaySeeReports]
    report: ClassVar[Report]

    def get(self, request: Request) -> Response:
        """Its totals and rows, and with `compare` those of the former span."""
        form = ReportInput(data=request.query_params)
        form.is_valid(raise_exception=True)
        found = answer(
            self.report,
            form.span(),
            currency=form.chosen_currency,
            compare=form.validated_data.get("compare", ""),
        )
        return Response(found, headers=PRIVATE)


def _view_of(report: Report) -> Any:
    """A view of its own for each, so that the document has each answer's shape."""
    name = report.title.replace(" ", "")
    view: Any = type(f"{name}ReportView", (ReportView,), {"report": report, "__doc__": report.lead})
    extend = extend_schema(
        parameters=[ReportInput],
        responses=shape(report.shape),
        description=f"{report.lead} Defined in docs/reports.md.",
        methods=[HTTPMethod.GET],
    )
    return extend(view).as_view()


VIEWS: dict[str, Any] = {name: _view_of(report) for name, report in REPORTS.items()}


class ExportView(APIView):
    """A report as a file."""

    permission_classes = [MaySeeReports]
    content_negotiation_class = AnyMediaType

    @extend_schema(
        parameters=[
            SpanInput,
            OpenApiParameter("report", str, OpenApiParameter.PATH, enum=list(REPORTS)),
        ],
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, report: str) -> StreamingHttpResponse:
        """The report's rows as CSV (UTF-8), every one of them."""
        wanted = REPORTS.get(report)
        if wanted is None:
            raise NotFound("There is no such report.")
        form = SpanInput(data=request.query_params)
        form.is_valid(raise_exception=True)
        span, currency = form.span(), form.chosen_currency
        lines = csv_lines(wanted, wanted.make(span, currency).rows, currency)
        name = file_name(wanted, span)
        return StreamingHttpResponse(
            lines,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', **PRIVATE},
        )


class LiveView(APIView):
    """This moment."""

    permission_classes = [MaySeeReports]

    @extend_schema(responses=shape(dashboard.Snapshot))
    def get(self, request: Request) -> Response:
        """What the live dashboard shows; `/ws/dashboard/` tells of every change."""
        return Response(dashboard.snapshot(), headers=PRIVATE)
