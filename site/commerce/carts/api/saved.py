"""Saved carts over HTTP."""

from http import HTTPStatus
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.carts import saved, selectors
from commerce.carts.api import whose
from commerce.carts.api.present import present_cart, present_saved, present_skipped
from commerce.carts.api.shapes import RestoredCartShape, SavedCartShape
from commerce.carts.api.views import TOKEN
from commerce.customers.api.addresses import PlainText
from commerce.customers.api.base import CustomerView
from core.openapi import PAGE_PARAMETERS, Page, shape
from core.pagination import take_slice


class SavedCartInput(serializers.Serializer):  # type: ignore[type-arg]
    """What the customer calls it."""

    name = PlainText(max_length=100)


class SavedCartsView(CustomerView):
    """The carts that a customer keeps."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=Page(SavedCartShape))
    def get(self, request: Request) -> Response:
        """The saved carts, newest first, at today's prices."""
        rows = saved.of_customer(self.customer(request).pk)
        page = take_slice(request, rows, ordering=("-id",))
        found = saved.sold_now(page.rows)
        return Response(page.answer([present_saved(row, found[row.currency]) for row in page.rows]))

    @extend_schema(
        parameters=[TOKEN], request=SavedCartInput, responses={201: shape(SavedCartShape)}
    )
    def post(self, request: Request) -> Response:
        """Keep a copy of the present cart under a name."""
        form = SavedCartInput(data=request.data)
        form.is_valid(raise_exception=True)
        customer_id = self.customer(request).pk
        kept = saved.save_cart(
            whose.require_cart(request).pk,
            customer_id=customer_id,
            name=form.validated_data["name"],
        )
        found = saved.sold_now([kept])[kept.currency]
        return Response(present_saved(kept, found), HTTPStatus.CREATED)


class SavedCartView(CustomerView):
    """One saved cart."""

    @extend_schema(responses=shape(SavedCartShape))
    def get(self, request: Request, saved_cart_id: UUID) -> Response:
        """What is in it, at today's prices."""
        kept = saved.named(self.customer(request).pk, saved_cart_id)
        return Response(present_saved(kept, saved.sold_now([kept])[kept.currency]))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, saved_cart_id: UUID) -> Response:
        """Keep it no longer."""
        saved.forget(self.customer(request).pk, saved_cart_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class RestoreView(CustomerView):
    """Taking up a saved cart again."""

    @extend_schema(parameters=[TOKEN], request=None, responses=shape(RestoredCartShape))
    def post(self, request: Request, saved_cart_id: UUID) -> Response:
        """Put it into the present cart. The whole cart, and what is not in it as it was saved."""
        kept = saved.named(self.customer(request).pk, saved_cart_id)
        cart, skipped = saved.restore(whose.open_cart(request).pk, kept)
        lines = selectors.lines_of(cart)
        shown = present_cart(cart, lines, selectors.quote_cart(cart, lines))
        answer: RestoredCartShape = {
            **shown,
            "skipped": [present_skipped(each) for each in skipped],
        }
        return Response(answer)
