"""Checkout over HTTP."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils.translation import get_language_from_request
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.carts import selectors as carts
from commerce.carts.api import whose
from commerce.carts.api.present import present_cart
from commerce.carts.api.views import TOKEN
from commerce.carts.models import Cart
from commerce.checkout import services
from commerce.checkout.api.serializers import CheckoutInput, OptionsInput
from commerce.checkout.api.shapes import (
    CheckoutOptionsShape,
    CheckoutShape,
    PaymentMethodShape,
)
from commerce.checkout.errors import CartChanged, CartEmpty
from commerce.customers.api.authentication import customer_of
from commerce.customers.models import User
from commerce.orders import selectors as orders
from commerce.orders.api.present import present_order
from commerce.payments import services as payments
from commerce.payments.api.present import present_start
from commerce.pricing import services as pricing
from commerce.pricing.quotes import shipped_by
from core.errors import NotFound
from core.idempotency import idempotent
from core.money import Money
from core.openapi import IDEMPOTENCY_KEY, shape


class CheckoutOptionsView(APIView):
    """What can be chosen."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[TOKEN], request=OptionsInput, responses=shape(CheckoutOptionsShape))
    def post(self, request: Request) -> Response:
        """Shipping methods with prices, payment methods and taxes for an address."""
        form = OptionsInput(data=request.data)
        form.is_valid(raise_exception=True)
        cart = whose.require_cart(request)
        customer = customer_of(request)
        lines = carts.lines_of(cart)
        if not lines:
            raise CartEmpty("Put something into the cart first.")
        address = form.validated_data.get("shipping_address") or {}
        country = address.get("country", settings.DEFAULT_COUNTRY)
        quoted = carts.quote_cart(cart, lines, country=country, region=address.get("region", ""))
        answer: CheckoutOptionsShape = {
            "shipping_methods": [
                {
                    "id": choice.method_id,
                    "name": choice.name,
                    "price": Money(with_it.shipping_minor, cart.currency).json(),
                    "delivery": {"min_days": choice.min_days, "max_days": choice.max_days},
                    "tax": Money(with_it.tax_minor, cart.currency).json(),
                    "total": Money(with_it.total_minor, cart.currency).json(),
                }
                for choice in pricing.shipping_choices(quoted, country=country)
                for with_it in [shipped_by(quoted, choice)]
            ],
            "payment_methods": [
                _method(each, customer)
                for each in payments.offered(
                    payments.Purchase(
                        currency=cart.currency,
                        total_minor=quoted.total_minor,
                        country=country,
                        customer_id=customer.pk if customer else None,
                        email=customer.email if customer else "",
                        locale=get_language_from_request(request._request),
                    )
                )
            ],
            "tax": Money(quoted.tax_minor, cart.currency).json(),
            "total": Money(quoted.total_minor, cart.currency).json(),
        }
        return Response(answer, headers={"Cache-Control": "no-store"})


class CheckoutView(APIView):
    """Placing an order."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY, TOKEN],
        request=CheckoutInput,
        responses={201: shape(CheckoutShape)},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Order what is in the cart, or say what is in the way and change nothing."""
        form = CheckoutInput(data=request.data)
        form.is_valid(raise_exception=True)
        given: dict[str, Any] = form.validated_data
        customer = customer_of(request)
        key: str = getattr(request, "idempotency_key", None) or ""
        try:
            cart = whose.require_cart(request)
        except NotFound:
            before = services.placed_with(
                idempotency_key=key, customer=customer, cart_token=whose.token_of(request)
            )
            if before is None:
                raise
            return self._answer(before, customer)
        try:
            placed = services.place_order(
                cart=cart,
                customer=customer,
                email=given.get("email", ""),
                shipping_address=given["shipping_address"],
                billing_address=given.get("billing_address"),
                shipping_method=given.get("shipping_method"),
                payment_method=given["payment_method"],
                note=given["note"],
                cart_version=given.get("cart_version"),
                locale=get_language_from_request(request._request),
                idempotency_key=key,
                marketing_wording=(given.get("marketing_consent") or {}).get("wording", ""),
                success_url=given.get("success_url", ""),
                cancel_url=given.get("cancel_url", ""),
                save_method=given["save_method"],
                saved_method=given["saved_method"],
            )
        except CartChanged as caught:
            caught.extra["cart"] = _cart_now(cart)
            raise
        return self._answer(placed, customer)

    def _answer(self, placed: services.Placed, customer: User | None) -> Response:
        order = orders.whole().get(pk=placed.order.pk)
        answer: CheckoutShape = {
            "order": present_order(order, with_token=customer is None),
            "payment": present_start(placed.payment, placed.started),
        }
        response = Response(answer, HTTPStatus.CREATED, headers={"Cache-Control": "no-store"})
        response.delete_cookie(whose.COOKIE, samesite="Lax")
        return response


def _cart_now(cart: Cart) -> object:
    cart.refresh_from_db()
    lines = carts.lines_of(cart)
    return present_cart(cart, lines, carts.quote_cart(cart, lines))


def _method(each: payments.Method, customer: User | None) -> PaymentMethodShape:
    answer: PaymentMethodShape = {"id": each.id, "name": each.name}
    if each.instructions:
        answer["instructions"] = each.instructions
    if customer is not None and payments.keeper_of_cards(each.id) is not None:
        answer["keeps_cards"] = True
    return answer
