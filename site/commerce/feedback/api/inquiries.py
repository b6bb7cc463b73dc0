"""Inquiries over HTTP: anybody asks; who asked reads the answers and goes on writing."""

from http import HTTPStatus
from uuid import UUID

from django.utils.translation import get_language_from_request
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from commerce.catalogue import selectors as catalogue
from commerce.customers.api.authentication import customer_of
from commerce.customers.models import User
from commerce.feedback import inquiries, selectors
from commerce.feedback.api.present import present_draft, present_inquiry
from commerce.feedback.api.serializers import InquiryInput, MessageInput
from commerce.feedback.api.shapes import InquiryShape
from commerce.feedback.models import Inquiry
from commerce.orders import selectors as orders
from commerce.orders.api.views import signed_in
from core.errors import FieldError, NotFound, ValidationFailed
from core.openapi import PAGE_PARAMETERS, Page, shape
from core.pagination import paginate
from core.throttling import ByAddress, ShopThrottle

NOT_KEPT = {"Cache-Control": "private, no-store"}
TOKEN = OpenApiParameter("token", str, description="A guest's key to the inquiry, from its mail.")


def find(request: Request, inquiry_id: UUID) -> Inquiry:
    """The inquiry, if it is the caller's own or a guest sends its token. Raises NotFound."""
    who = customer_of(request)
    return selectors.inquiry(
        inquiry_id,
        customer_id=who.pk if who else None,
        token=request.query_params.get("token", "")[:64],
    )


class InquiriesView(APIView):
    """Questions about a product, an order or the shop."""

    rate_scope = "inquiries"

    def get_permissions(self) -> list[BasePermission]:
        """Anybody asks; a list there is only for who is signed in."""
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        """Few questions an hour from one address, whoever is signed in."""
        return [ShopThrottle(), *([ByAddress()] if self.request.method == "POST" else [])]

    @extend_schema(parameters=PAGE_PARAMETERS, responses=Page(InquiryShape))
    def get(self, request: Request) -> Response:
        """The customer's own, newest first."""
        rows = selectors.inquiries_of(signed_in(request).pk)
        answer = paginate(request, rows, ordering=("-id",), present=present_inquiry)
        return Response(answer, headers=NOT_KEPT)

    @extend_schema(request=InquiryInput, responses={201: shape(InquiryShape)}, auth=None)
    def post(self, request: Request) -> Response:
        """Ask the shop; the answer comes by mail. `website` has to stay empty."""
        who = customer_of(request)
        asker = {"name": who.get_full_name() if who else "", "email": who.email if who else ""}
        form = InquiryInput(data=request.data, context={"asker": asker})
        form.is_valid(raise_exception=True)
        given = form.validated_data
        question = inquiries.Question(
            name=given["name"],
            email=given["email"],
            subject=given["subject"],
            message=given["message"],
            locale=_language(request, who),
            customer_id=who.pk if who else None,
            product_id=_product(given.get("product_id")),
            order_id=_order(given.get("order_number"), given["order_token"], who),
        )
        if given.get("website"):
            draft = inquiries.drafted(question)
            return _answer(present_draft(draft, question.message), HTTPStatus.CREATED)
        made = inquiries.open_inquiry(question)
        stored = selectors.inquiries().get(pk=made.pk)
        return _answer(present_inquiry(stored), HTTPStatus.CREATED)


class InquiryView(APIView):
    """One inquiry."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[TOKEN], responses=shape(InquiryShape))
    def get(self, request: Request, inquiry_id: UUID) -> Response:
        """The customer's own, or a guest's with its token."""
        return _answer(present_inquiry(find(request, inquiry_id)))


class MessagesView(APIView):
    """What is added to an inquiry."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[TOKEN], request=MessageInput, responses={201: shape(InquiryShape)})
    def post(self, request: Request, inquiry_id: UUID) -> Response:
        """Go on writing; an inquiry that was answered or closed is open again."""
        form = MessageInput(data=request.data)
        form.is_valid(raise_exception=True)
        who = customer_of(request)
        inquiries.write_again(
            find(request, inquiry_id).pk,
            text=form.validated_data["message"],
            author_id=who.pk if who else None,
        )
        return _answer(present_inquiry(find(request, inquiry_id)), HTTPStatus.CREATED)


def _answer(shown: InquiryShape, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(shown, status, headers=NOT_KEPT)


def _language(request: Request, who: User | None) -> str:
    return (who.locale if who else "") or get_language_from_request(request._request)


def _product(product_id: int | None) -> int | None:
    if product_id is None:
        return None
    product = catalogue.product_by(str(product_id))
    if product is None or product.pk != product_id:
        detail = "There is no such product."
        raise ValidationFailed(
            detail, errors=[FieldError(field="product_id", code="does_not_exist", detail=detail)]
        )
    return product_id


def _order(number: str | None, token: str, who: User | None) -> UUID | None:
    """The order, if it is the asker's own. Raises ValidationFailed otherwise."""
    if not number:
        return None
    try:
        order = orders.visible(
            number, customer_id=who.pk if who else None, is_staff=False, token=token
        )
    except NotFound as missing:
        row = FieldError(field="order_number", code="does_not_exist", detail=missing.detail)
        raise ValidationFailed(missing.detail, errors=[row]) from None
    return order.pk
