"""Customers over HTTP, for staff. Whatever is done is announced and gets into the log."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import Group
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.customers import staff_selectors, staff_services
from commerce.customers.api.base import CustomerView
from commerce.customers.api.staff_inputs import (
    CustomerFilter,
    CustomerNoteInput,
    GroupsInput,
    GuestInput,
)
from commerce.customers.api.staff_present import present_customer, present_detail, present_note
from commerce.customers.api.staff_shapes import (
    CustomerDetailShape,
    CustomerNoteShape,
    CustomerShape,
)
from commerce.customers.api.staff_table import csv_lines
from core.openapi import PAGE_PARAMETERS, Page, shape
from core.pagination import take_slice


class MayDoWithCustomers(BasePermission):
    """Staff with the permission that the view names for the method, and no others."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Both: being staff, and the permission."""
        user = request.user
        wanted: str | None = getattr(view, "permissions", {}).get(request.method)
        return bool(wanted and user.is_authenticated and user.is_staff and user.has_perm(wanted))


class StaffView(CustomerView):
    """For staff. `permissions` names what each method needs; a method without is refused."""

    permission_classes = [MayDoWithCustomers]
    permissions: ClassVar[dict[str, str]] = {}


class CustomersView(StaffView):
    """All customers."""

    permissions = {"GET": "customers.view_user"}

    @extend_schema(parameters=[*PAGE_PARAMETERS, CustomerFilter], responses=Page(CustomerShape))
    def get(self, request: Request) -> Response:
        """Search by name, mail address, phone or order number; filter; put in order."""
        form = CustomerFilter(data=request.query_params)
        form.is_valid(raise_exception=True)
        page = take_slice(
            request, form.chosen().prefetch_related("groups"), ordering=form.columns()
        )
        figures = staff_selectors.figures_of(page.rows)
        return Response(page.answer([present_customer(row, figures[row.pk]) for row in page.rows]))


class CustomerDetailView(StaffView):
    """One customer."""

    permissions = {"GET": "customers.view_user"}

    @extend_schema(responses=shape(CustomerDetailShape))
    def get(self, request: Request, customer_id: UUID) -> Response:
        """With addresses, orders, notes, consents, cart and wishlist."""
        return Response(present_detail(staff_selectors.customer(customer_id)))


class CustomerNotesView(StaffView):
    """What staff wrote down."""

    permissions = {"POST": "customers.add_customernote"}

    @extend_schema(request=CustomerNoteInput, responses={201: shape(CustomerNoteShape)})
    def post(self, request: Request, customer_id: UUID) -> Response:
        """Write something down. The customer can read it in an export of their data."""
        form = CustomerNoteInput(data=request.data)
        form.is_valid(raise_exception=True)
        note = staff_services.add_note(
            staff_selectors.customer(customer_id),
            text=form.validated_data["text"],
            actor=self.customer(request),
        )
        return Response(present_note(note), HTTPStatus.CREATED)


class CustomerGroupsView(StaffView):
    """Which groups a customer is in."""

    permissions = {"POST": "customers.change_user"}

    @extend_schema(request=GroupsInput, responses=shape(CustomerDetailShape))
    def post(self, request: Request, customer_id: UUID) -> Response:
        """Put the customer into exactly these groups.

        Refused (403) where a group that comes or goes may do more than the caller.
        """
        form = GroupsInput(data=request.data)
        form.is_valid(raise_exception=True)
        groups: list[Group] = form.validated_data["groups"]
        customer = staff_selectors.customer(customer_id)
        staff_services.set_groups(customer, groups, actor=self.customer(request))
        return Response(present_detail(staff_selectors.customer(customer_id)))


class CustomerEraseView(StaffView):
    """Forgetting a customer."""

    permissions = {"POST": "customers.delete_user"}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, customer_id: UUID) -> Response:
        """Anonymise the account; the books stay. 409 `orders_open` while an order has not ended."""
        customer = staff_selectors.customer(customer_id)
        staff_services.erase(customer, actor=self.customer(request))
        return Response(status=HTTPStatus.NO_CONTENT)


class GuestEraseView(StaffView):
    """Forgetting somebody who never had an account."""

    permissions = {"POST": "customers.delete_user"}

    @extend_schema(request=GuestInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Blank who it was in what a mail address ordered and asked without an account.

        204 whether there was anything or not; 409 `orders_open` while an order has not ended.
        """
        form = GuestInput(data=request.data)
        form.is_valid(raise_exception=True)
        staff_services.erase_guest(form.validated_data["email"], actor=self.customer(request))
        return Response(status=HTTPStatus.NO_CONTENT)


class AnyMediaType(DefaultContentNegotiation):
    """A file is sent whatever the Accept header says."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        """The JSON one, for errors."""
        return renderers[0], renderers[0].media_type


class CustomersExportView(StaffView):
    """The list as a file."""

    permissions = {"GET": "customers.view_user"}
    content_negotiation_class = AnyMediaType

    @extend_schema(parameters=[CustomerFilter], responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every customer that fits the filters, as CSV (UTF-8); an amount column per currency."""
        form = CustomerFilter(data=request.query_params)
        form.is_valid(raise_exception=True)
        given = sorted({name for name in request.query_params if name in form.get_fields()})
        staff_services.note_list_export(actor=self.customer(request), filters=given)
        lines: Iterator[bytes] = csv_lines(form.chosen().order_by(*form.columns()))
        return StreamingHttpResponse(
            lines,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
        )
