"""Orders over HTTP: the customer's and the guest's own, and what staff do with all."""

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.customers.api.authentication import customer_of
from commerce.customers.models import User
from commerce.orders import invoices, selectors, services
from commerce.orders.api.permissions import MayChangeOrders
from commerce.orders.api.present import present_invoice, present_order
from commerce.orders.api.serializers import (
    CancelInput,
    ClaimInput,
    NoteInput,
    OrderFilter,
    ShipInput,
    StatusInput,
)
from commerce.orders.api.shapes import InvoiceShape, OrderShape
from commerce.orders.models import Order, OrderStatus
from core.errors import NotSignedIn
from core.openapi import PAGE_PARAMETERS, Page, shape
from core.pagination import paginate

TOKEN = OpenApiParameter("token", str, description="A guest's key to the order, from its mail.")


def signed_in(request: Request) -> User:
    """Who is signed in. Raises NotSignedIn."""
    who = customer_of(request)
    if who is None:
        raise NotSignedIn
    return who


def find(request: Request, id_or_number: str, *, permission: str = "orders.view_order") -> Order:
    """The order, if it is the caller's own or staff with `permission` ask. Raises NotFound."""
    who = customer_of(request)
    return selectors.visible(
        id_or_number,
        customer_id=who.pk if who else None,
        is_staff=bool(who and who.is_staff and who.has_perm(permission)),
        token=request.query_params.get("token", "")[:64],
    )


class OrdersView(APIView):
    """The order history."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        parameters=[*PAGE_PARAMETERS, OpenApiParameter("status", str)], responses=Page(OrderShape)
    )
    def get(self, request: Request) -> Response:
        """The customer's own orders, newest first; `status` in any case."""
        form = OrderFilter(data=request.query_params)
        form.is_valid(raise_exception=True)
        orders = selectors.of_customer(signed_in(request).pk)
        if status := form.validated_data.get("status"):
            orders = orders.filter(status=status)
        return Response(
            paginate(request, orders, ordering=("-placed_at", "-id"), present=present_order)
        )


class ClaimView(APIView):
    """Taking a guest's order into an account."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=ClaimInput, responses=shape(OrderShape))
    def post(self, request: Request) -> Response:
        """The order of this number and token becomes the customer's; repeating changes nothing."""
        form = ClaimInput(data=request.data)
        form.is_valid(raise_exception=True)
        order = services.claim(signed_in(request).pk, **form.validated_data)
        return Response(
            present_order(selectors.whole().get(pk=order.pk)), headers={"Cache-Control": "no-store"}
        )


class OrderView(APIView):
    """One order."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[TOKEN], responses=shape(OrderShape))
    def get(self, request: Request, id_or_number: str) -> Response:
        """The customer's own, a guest's with its token, or any for staff."""
        order = find(request, id_or_number)
        return Response(
            present_order(order, for_staff=_is_staff(request)),
            headers={"Cache-Control": "no-store"},
        )


class InvoiceView(APIView):
    """An order's invoice."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[TOKEN], responses=shape(InvoiceShape))
    def get(self, request: Request, id_or_number: str) -> Response:
        """As it was written when the order was accepted; 404 until then.

        For the order's customer, its guest with the token, and staff who may see invoices.
        """
        order = find(request, id_or_number, permission="orders.view_invoice")
        invoice = invoices.invoice_of(order)
        return Response(present_invoice(invoice), headers={"Cache-Control": "no-store"})


class CancelView(APIView):
    """Calling an order off."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[TOKEN], request=CancelInput, responses=shape(OrderShape))
    def post(self, request: Request, id_or_number: str) -> Response:
        """Cancel what has not been shipped; its stock goes back."""
        form = CancelInput(data=request.data)
        form.is_valid(raise_exception=True)
        order = find(request, id_or_number, permission="orders.change_order")
        who = customer_of(request)
        by_staff = who is not None and who.pk != order.customer_id and who.is_staff
        services.cancel(
            order.pk,
            message=form.validated_data["reason"]
            or ("Cancelled by the shop." if by_staff else "Cancelled by the customer."),
            actor_id=who.pk if who else None,
        )
        order = find(request, id_or_number, permission="orders.change_order")
        return Response(present_order(order, for_staff=_is_staff(request)))


class StaffOrderEndpoint(APIView):
    """What staff may do with an order: they need the permission to change orders."""

    permission_classes = [MayChangeOrders]

    def act(
        self, request: Request, id_or_number: str, change: Callable[[UUID, UUID], object]
    ) -> Response:
        """Find it, change it, show it."""
        change(find(request, id_or_number).pk, signed_in(request).pk)
        return Response(present_order(find(request, id_or_number), for_staff=True))


class UpdateStatusView(StaffOrderEndpoint):
    """Any allowed transition."""

    @extend_schema(request=StatusInput, responses=shape(OrderShape))
    def patch(self, request: Request, id_or_number: str) -> Response:
        """Bring the order to a status, with all that belongs to it."""
        form = StatusInput(data=request.data)
        form.is_valid(raise_exception=True)
        status = OrderStatus(form.validated_data["status"])
        return self.act(
            request,
            id_or_number,
            lambda pk, who: services.update_status(
                pk, status=status, message=form.validated_data["message"], actor_id=who
            ),
        )


class ShipView(StaffOrderEndpoint):
    """A parcel leaves."""

    @extend_schema(request=ShipInput, responses=shape(OrderShape))
    def post(self, request: Request, id_or_number: str) -> Response:
        """Send all that is left, or the named lines."""
        form = ShipInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        quantities: Counter[UUID] = Counter()
        for row in given["lines"]:
            quantities[row["item_id"]] += row["quantity"]
        return self.act(
            request,
            id_or_number,
            lambda pk, who: services.ship(
                pk,
                carrier=given["carrier"],
                tracking_number=given["tracking_number"],
                quantities=quantities or None,
                actor_id=who,
            ),
        )


class CompleteView(StaffOrderEndpoint):
    """The shopper has it."""

    @extend_schema(request=None, responses=shape(OrderShape))
    def post(self, request: Request, id_or_number: str) -> Response:
        """Complete a shipped order."""
        return self.act(request, id_or_number, lambda pk, who: services.complete(pk, actor_id=who))


class NotesView(StaffOrderEndpoint):
    """Notes on an order."""

    @extend_schema(request=NoteInput, responses={201: shape(OrderShape)})
    def post(self, request: Request, id_or_number: str) -> Response:
        """Write something down; only a public note is shown to the shopper."""
        form = NoteInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        response = self.act(
            request,
            id_or_number,
            lambda pk, who: services.add_note(
                pk, message=given["message"], is_public=given["is_public"], actor_id=who
            ),
        )
        response.status_code = HTTPStatus.CREATED
        return response


def _is_staff(request: Request) -> bool:
    who = customer_of(request)
    return bool(who and who.is_staff and who.has_perm("orders.view_order"))
