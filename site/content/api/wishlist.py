"""The wishlist over HTTP, with the cards of its products."""

from http import HTTPStatus
from typing import cast
from uuid import UUID

import orjson
from django.db.models import F
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.carts.errors import UnknownProduct
from commerce.catalogue.models import Product, ProductStatus
from commerce.customers import links, selectors, services
from commerce.customers.api.base import CustomerView
from commerce.customers.models import Wish
from content.api import present
from content.api.audience import Audience, audience_of
from content.api.parameters import AUDIENCE
from content.api.selectors import cards_in_order, live_cards
from content.api.shapes import ProductCardShape
from content.api.shapes_wishlist import SharedWishlistShape, WishlistLinkShape, WishShape
from content.wishes import seen_now
from core.api import PublicView
from core.conditional import public_get
from core.openapi import PAGE_PARAMETERS, Page, shape
from core.pagination import take_slice
from core.rendering import utc_text

ALREADY = "This product is on your wishlist already."


class NewsInput(serializers.Serializer):  # type: ignore[type-arg]
    """Which news of a wish are wanted by mail; what is left out stays as it is."""

    tell_in_stock = serializers.BooleanField(required=False)
    tell_price_drop = serializers.BooleanField(required=False)


class WishInput(NewsInput):
    """A product, and which news of it are wanted."""

    product_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class WishlistView(CustomerView):
    """The customer's wishlist."""

    @extend_schema(parameters=[*PAGE_PARAMETERS, *AUDIENCE], responses=Page(WishShape))
    def get(self, request: Request) -> Response:
        """The wishes, newest first, with their products' cards."""
        audience = audience_of(request)
        rows = selectors.wishes_of(self.customer(request).pk)
        page = take_slice(request, rows, ordering=("-id",))
        return Response(page.answer(present_wishes(page.rows, audience)))

    @extend_schema(
        parameters=AUDIENCE,
        request=WishInput,
        responses={201: shape(WishShape), 200: shape(WishShape)},
    )
    def post(self, request: Request) -> Response:
        """Wish for a product; 200 with a message if it is on the list already."""
        audience = audience_of(request)
        form = WishInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        product_id = given.pop("product_id")
        if not Product.objects.filter(pk=product_id, status=ProductStatus.LISTED).exists():
            raise UnknownProduct
        added = services.add_wish(
            self.customer(request).pk,
            product_id,
            seen=seen_now(product_id, audience.currency),
            **given,
        )
        [answer] = present_wishes([added.wish], audience)
        if not added.is_new:
            answer["message"] = ALREADY
        return Response(answer, HTTPStatus.CREATED if added.is_new else HTTPStatus.OK)


class WishView(CustomerView):
    """One wish."""

    @extend_schema(parameters=AUDIENCE, request=NewsInput, responses=shape(WishShape))
    def patch(self, request: Request, wish_id: UUID) -> Response:
        """Say which news of it are wanted by mail."""
        audience = audience_of(request)
        form = NewsInput(data=request.data)
        form.is_valid(raise_exception=True)
        customer_id = self.customer(request).pk
        wish = selectors.wish_of(customer_id, wish_id)
        changed = services.change_wish(
            customer_id,
            wish_id,
            seen=seen_now(wish.product_id, audience.currency),
            **form.validated_data,
        )
        return Response(present_wishes([changed], audience)[0])

    @extend_schema(responses={204: None})
    def delete(self, request: Request, wish_id: UUID) -> Response:
        """Take it off the list."""
        services.remove_wish(self.customer(request).pk, wish_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class ShareView(CustomerView):
    """The link that shows the wishlist."""

    @extend_schema(request=None, responses=shape(WishlistLinkShape))
    def post(self, request: Request) -> Response:
        """The link, made now if there was none; it stays the same until it is deleted."""
        token = services.share_wishlist(self.customer(request).pk)
        answer: WishlistLinkShape = {"url": links.wishlist_url(token), "token": token}
        return Response(answer)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Share it no more: the link that was given away is dead."""
        services.stop_sharing_wishlist(self.customer(request).pk)
        return Response(status=HTTPStatus.NO_CONTENT)


class SharedView(PublicView):
    """Somebody else's wishlist."""

    @extend_schema(parameters=[*PAGE_PARAMETERS, *AUDIENCE], responses=shape(SharedWishlistShape))
    @public_get()
    def get(self, request: Request, token: str) -> HttpResponseBase:
        """What its owner wishes for and can be bought; nothing else of them but a first name."""
        audience = audience_of(request)
        owner = selectors.owner_of_wishlist(token)
        cards = live_cards(audience).filter(product__wishes__customer=owner)
        rows = cards.annotate(wish_id=F("product__wishes__id")).values("body", "wish_id")
        page = take_slice(request, rows, ordering=("-wish_id",))
        answer = page.answer(present.prepared(row["body"] for row in page.rows))
        return Response({"first_name": owner.first_name, **answer})


def present_wishes(rows: list[Wish], audience: Audience) -> list[WishShape]:
    """Wishes with their products' cards, which are one query."""
    cards = cards_in_order([wish.product_id for wish in rows], audience)
    return [
        {
            "id": str(wish.pk),
            "product_id": wish.product_id,
            "name": wish.product.name,
            "product": _card(cards.get(wish.product_id)),
            "tell_in_stock": wish.tell_in_stock,
            "tell_price_drop": wish.tell_price_drop,
            "added_at": utc_text(wish.added_at),
        }
        for wish in rows
    ]


def _card(body: str | None) -> ProductCardShape | None:
    """The stored JSON of a card, to be put into an answer as it is."""
    return cast("ProductCardShape", orjson.Fragment(body)) if body else None
