"""Payments over HTTP: starting, asking, refunding, and the providers' webhooks."""

from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.customers.api.authentication import customer_of
from commerce.orders import selectors as orders
from commerce.payments import selectors, services
from commerce.payments.api.present import (
    present_payment,
    present_refund,
    present_saved_methods,
    present_start,
    present_verified,
)
from commerce.payments.api.serializers import PayInput, RefundInput
from commerce.payments.api.shapes import (
    PaymentShape,
    PaymentStartShape,
    ReceivedShape,
    RefundShape,
    SavedMethodsShape,
    VerifiedShape,
)
from commerce.payments.errors import Busy
from commerce.payments.providers.base import ProviderError
from core.errors import BodyTooLarge, NotSignedIn
from core.idempotency import idempotent
from core.money import Money
from core.openapi import IDEMPOTENCY_KEY, PAGE_PARAMETERS, Page, shape
from core.pagination import paginate

TOKEN = OpenApiParameter("token", str, description="A guest's key to the order, from its mail.")
NO_STORE = {"Cache-Control": "no-store"}


class MayRefund(BasePermission):
    """Staff with the permission to send money back."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Both: being staff, and the permission."""
        user = request.user
        return bool(
            user.is_authenticated and user.is_staff and user.has_perm("payments.refund_payment")
        )


class PayView(APIView):
    """Paying for an order that is placed."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=PayInput,
        responses={201: shape(PaymentStartShape)},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Start a payment, or go on with the one that is open; another provider may be named.

        For the order's customer, or its guest with the token. Its customer may keep the card
        that pays (`save_method`), or pay with one that is kept (`saved_method`, an id from
        /api/payments/methods/): then the answer is `paid`, or a `redirect_url` of the bank's.
        """
        form = PayInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        who = customer_of(request)
        order = orders.visible(
            str(given.get("order_id") or given["order_number"]),
            customer_id=who.pk if who else None,
            is_staff=False,
            token=given["token"],
        )
        begun = services.start_payment(
            order.pk,
            provider=given["provider"],
            success_url=given["success_url"],
            cancel_url=given["cancel_url"],
            ui=given["ui"],
            wish=services.CardWish(
                # Whoever only has the order's token is shown nobody's cards.
                customer_id=who.pk if who and who.pk == order.customer_id else None,
                save=given["save_method"],
                use=given["saved_method"],
            ),
        )
        response = Response(
            present_start(begun.payment, begun.started), HTTPStatus.CREATED, headers=NO_STORE
        )
        response.holds_secret = bool(begun.started.client_secret)  # type: ignore[attr-defined]
        return response


class PaymentsView(APIView):
    """The customer's payments."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=PAGE_PARAMETERS, responses=Page(PaymentShape))
    def get(self, request: Request) -> Response:
        """Those of the customer's own orders, newest first."""
        who = customer_of(request)
        if who is None:
            raise NotSignedIn
        payments = selectors.of_customer(who.pk)
        return Response(
            paginate(request, payments, ordering=("-created_at", "-id"), present=present_payment),
            headers=NO_STORE,
        )


class PaymentView(APIView):
    """One payment."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[TOKEN], responses=shape(PaymentShape))
    def get(self, request: Request, payment_id: UUID) -> Response:
        """The customer's own, a guest's with the order's token, or any for staff."""
        who = customer_of(request)
        payment = selectors.visible(
            payment_id,
            customer_id=who.pk if who else None,
            is_staff=bool(who and who.is_staff and who.has_perm("payments.view_payment")),
            token=request.query_params.get("token", "")[:64],
        )
        return Response(present_payment(payment), headers=NO_STORE)


class SavedMethodsView(APIView):
    """The cards that the customer keeps."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=shape(SavedMethodsShape))
    def get(self, request: Request) -> Response:
        """Asked of the providers that keep them, newest first; the shop stores no card."""
        who = customer_of(request)
        if who is None:
            raise NotSignedIn
        return Response(present_saved_methods(services.methods_of(who.pk)), headers=NO_STORE)


class SavedMethodView(APIView):
    """One kept card."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, method_id: str) -> Response:
        """Have the provider forget a card of the customer's own."""
        who = customer_of(request)
        if who is None:
            raise NotSignedIn
        services.remove_method(who.pk, method_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class VerifyView(APIView):
    """The page that a provider sends shoppers back to asks here."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[
            OpenApiParameter("session_id", str, description="What Stripe calls the session."),
            OpenApiParameter("reference", str, description="What any provider calls it."),
        ],
        responses=shape(VerifiedShape),
    )
    def get(self, request: Request) -> Response:
        """Ask the provider where a payment stands, and settle it if its webhook is late.

        A provider that does not answer leaves it as it is known. A page may ask as often as it
        likes: the provider hears of it every 2 seconds at most.
        """
        query = request.query_params
        payment = selectors.by_reference(query.get("session_id") or query.get("reference", ""))
        services.settle_for_shopper(payment)
        payment = selectors.whole().get(pk=payment.pk)
        return Response(present_verified(payment), headers=NO_STORE)


class RefundsView(APIView):
    """Money of an order that goes back."""

    permission_classes = [MayRefund]

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=RefundInput,
        responses={201: shape(RefundShape)},
    )
    @idempotent
    def post(self, request: Request, id_or_number: str) -> Response:
        """Refund an amount, units of lines, or all that is left; never more than came.

        A provider that does not answer is asked again by itself: the refund is then `pending`.
        """
        form = RefundInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        who = customer_of(request)
        order = orders.visible(id_or_number, customer_id=None, is_staff=True)
        units: Counter[UUID] = Counter()
        for row in given.get("lines", []):
            units[row["id"]] += row["quantity"]
        amount = given.get("amount")
        refund = services.request_refund(
            order.pk,
            amount_minor=Money.parse(amount, order.currency).minor if amount else None,
            lines=units or None,
            reason=given["reason"],
            restock=given["restock"],
            actor_id=who.pk if who else None,
            idempotency_key=getattr(request, "idempotency_key", None) or "",
        )
        with suppress(ProviderError, Busy):  # then the outbox goes on with it
            services.send_refund(refund.pk)
        refund = selectors.refunds().get(pk=refund.pk)
        return Response(present_refund(refund), HTTPStatus.CREATED, headers=NO_STORE)


class WebhookView(APIView):
    """What a provider tells. Nobody signs in: the signature of the raw body is the proof."""

    permission_classes = [AllowAny]
    authentication_classes = ()
    throttle_classes = ()
    provider = ""

    @extend_schema(request=OpenApiTypes.OBJECT, responses=shape(ReceivedShape))
    def post(self, request: Request) -> Response:
        """Store each event once and answer at once; what follows is done in the background.

        400 `bad_signature` stores nothing; 404 where the shop does not use this provider.
        """
        limit = settings.WEBHOOK_MAX_BODY_BYTES
        plain = request._request
        announced = plain.META.get("CONTENT_LENGTH") or "0"
        if announced.isdigit() and int(announced) > limit:
            raise BodyTooLarge(f"At most {limit} bytes are read.")
        body = plain.body
        if len(body) > limit:
            raise BodyTooLarge(f"At most {limit} bytes are read.")
        answer: ReceivedShape = {
            "received": True,
            "new": services.take_in(self.provider, body, plain.headers),
        }
        return Response(answer, headers=NO_STORE)
