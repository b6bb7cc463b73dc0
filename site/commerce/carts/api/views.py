"""The cart over HTTP. Every answer is the whole cart."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.carts import selectors, services
from commerce.carts.api import whose
from commerce.carts.api.present import present_cart
from commerce.carts.api.serializers import (
    CodeInput,
    QuantityInput,
    VerifyInput,
    WhatInput,
    wanted_currency,
)
from commerce.carts.api.shapes import CartShape, VerifiedShape
from commerce.carts.models import Cart
from commerce.carts.verifying import verify
from core.openapi import shape

CURRENCY = OpenApiParameter("currency", str, description="The cart is priced in it from now on.")
TOKEN = OpenApiParameter(
    whose.HEADER, str, OpenApiParameter.HEADER, description="A guest's cart; or its cookie."
)


class CartEndpoint(APIView):
    """What every cart endpoint shares."""

    permission_classes = [AllowAny]

    def whole(
        self,
        request: Request,
        now: Cart | services.Changed,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        """The cart as it is now, with its quote and its cookie."""
        if isinstance(now, services.Changed):
            cart, lines, found = now.cart, now.lines, now.found
        else:
            cart, lines, found = now, selectors.lines_of(now), None
        quoted = selectors.quote_cart(cart, lines, found=found)
        response = Response(present_cart(cart, lines, quoted), status)
        whose.remember(request, response, cart)
        return response


class CartView(CartEndpoint):
    """The cart itself."""

    @extend_schema(parameters=[CURRENCY, TOKEN], responses=shape(CartShape))
    def get(self, request: Request) -> Response:
        """The cart; an empty one, which is not stored, for who has none."""
        cart = whose.find_cart(request)
        if cart is not None:
            return self.whole(request, cart)
        empty = Cart(currency=wanted_currency(request) or settings.DEFAULT_CURRENCY, token="")
        quoted = selectors.quote_cart(empty, [])
        return Response(present_cart(empty, [], quoted), headers={"Cache-Control": "no-store"})

    @extend_schema(parameters=[TOKEN], responses=shape(CartShape))
    def delete(self, request: Request) -> Response:
        """Take everything out."""
        return self.whole(request, services.clear(whose.require_cart(request).pk))


class CartItemsView(CartEndpoint):
    """Adding to the cart."""

    @extend_schema(
        parameters=[CURRENCY, TOKEN], request=WhatInput, responses={201: shape(CartShape)}
    )
    def post(self, request: Request) -> Response:
        """Put so many more of a variant into the cart, which is made if need be."""
        form = WhatInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        variant_id = services.choose_variant(
            variant_id=given.get("variant_id"), product_id=given.get("product_id")
        )
        with transaction.atomic():  # a refusal leaves no new cart behind
            cart = whose.open_cart(request)
            changed = services.add(cart.pk, variant_id=variant_id, quantity=given["quantity"])
        return self.whole(request, changed, HTTPStatus.CREATED)


class CartItemView(CartEndpoint):
    """One line of the cart."""

    @extend_schema(parameters=[TOKEN], request=QuantityInput, responses=shape(CartShape))
    def patch(self, request: Request, line_id: UUID) -> Response:
        """Set how many; 0 removes the line."""
        form = QuantityInput(data=request.data)
        form.is_valid(raise_exception=True)
        cart = whose.require_cart(request)
        quantity = form.validated_data["quantity"]
        return self.whole(request, services.change(cart.pk, line_id=line_id, quantity=quantity))

    @extend_schema(parameters=[TOKEN], responses=shape(CartShape))
    def delete(self, request: Request, line_id: UUID) -> Response:
        """Take the line out."""
        cart = whose.require_cart(request)
        return self.whole(request, services.change(cart.pk, line_id=line_id, quantity=0))


class CartCodesView(CartEndpoint):
    """Codes in the cart."""

    @extend_schema(parameters=[TOKEN], request=CodeInput, responses={201: shape(CartShape)})
    def post(self, request: Request) -> Response:
        """Use a code."""
        form = CodeInput(data=request.data)
        form.is_valid(raise_exception=True)
        with transaction.atomic():  # a refusal leaves no new cart behind
            cart = whose.open_cart(request)
            cart = services.add_code(cart.pk, code=form.validated_data["code"])
        return self.whole(request, cart, HTTPStatus.CREATED)


class CartCodeView(CartEndpoint):
    """One code in the cart."""

    @extend_schema(parameters=[TOKEN], responses=shape(CartShape))
    def delete(self, request: Request, code: str) -> Response:
        """Use it no more."""
        cart = whose.require_cart(request)
        return self.whole(request, services.remove_code(cart.pk, code=code))


class CartVerifyView(APIView):
    """For storefronts that keep the cart themselves."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[CURRENCY], request=VerifyInput, responses=shape(VerifiedShape))
    def post(self, request: Request) -> Response:
        """The valid lines at today's price, and for each bad one why."""
        form = VerifyInput(data=request.data)
        form.is_valid(raise_exception=True)
        currency = wanted_currency(request) or settings.DEFAULT_CURRENCY
        return Response(verify(form.validated_data["items"], currency=currency))
