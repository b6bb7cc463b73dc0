"""Views of products."""

from http import HTTPStatus

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.inventory import selectors as inventory
from content.api import present, present_staff, recommending, reviews, selectors, writing
from content.api.audience import audience_of
from content.api.filters import read_ids, read_wish
from content.api.parameters import AUDIENCE, PRODUCT_LIST
from content.api.permissions import ReadsStock, StaffWritesView
from content.api.serializers import ProductInput
from content.api.shapes import ProductListShape, ProductShape, RecommendationsShape, ReviewsShape
from content.api.shapes_staff import LowStockShape, StaffProductShape
from core.api import PublicView
from core.conditional import public_get
from core.idempotency import idempotent
from core.openapi import IDEMPOTENCY_KEY, PAGE_PARAMETERS, Page, shape
from core.pagination import paginate


class ProductsView(StaffWritesView):
    """The list of products."""

    @extend_schema(parameters=PRODUCT_LIST, responses=shape(ProductListShape))
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """Products as cards: filtered, ordered, in pages, with facets by `facets=1`."""
        audience = audience_of(request)
        wish = read_wish(request.query_params, audience)
        with_facets = request.query_params.get("facets") in {"1", "true"}
        return Response(selectors.product_page(request, wish, audience, with_facets=with_facets))

    @extend_schema(
        request=ProductInput,
        responses={201: shape(StaffProductShape)},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        """For staff: make a product, its page and its record together."""
        form = ProductInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = writing.create_product(data=form.validated_data, user=request.user)
        return Response(present_staff.product(made), HTTPStatus.CREATED)


class ProductView(StaffWritesView):
    """One product."""

    @extend_schema(parameters=AUDIENCE, responses=shape(ProductShape))
    @public_get()
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """The whole product by its id or slug, with the price and stock of this moment."""
        return Response(selectors.product(key, audience_of(request)))

    @extend_schema(request=ProductInput, responses=shape(StaffProductShape))
    def put(self, request: Request, key: str) -> Response:
        """For staff: replace a product; what is left out goes back to empty."""
        return self._write(request, key, replace=True)

    @extend_schema(request=ProductInput, responses=shape(StaffProductShape))
    def patch(self, request: Request, key: str) -> Response:
        """For staff: change what is sent, and nothing else."""
        return self._write(request, key, replace=False)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """For staff: unpublish and archive it. Orders keep their lines."""
        writing.remove_product(key=key, user=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, key: str, *, replace: bool) -> Response:
        form = ProductInput(data=request.data, partial=not replace)
        form.is_valid(raise_exception=True)
        written = writing.update_product(
            key=key, data=form.validated_data, user=request.user, replace=replace
        )
        return Response(present_staff.product(written))


class LowStockView(APIView):
    """What runs out."""

    permission_classes = (ReadsStock,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=Page(LowStockShape))
    def get(self, request: Request) -> Response:
        """For staff: variants on sale at or under their threshold, scarcest first."""
        rows = inventory.low_stock()
        answer = paginate(request, rows, ordering=("left", "variant_id"), present=present.low_stock)
        return Response(answer, headers={"Cache-Control": "private, no-store"})


class RecommendationsView(PublicView):
    """What goes with a product."""

    @extend_schema(parameters=AUDIENCE, responses=shape(RecommendationsShape))
    @public_get(max_age=300)
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """At most eight products in stock: the editors' choice, what is viewed and bought
        together, then best sellers beside it."""
        return Response({"results": recommending.for_product(key, audience_of(request))})


class CartRecommendationsView(PublicView):
    """What goes with several products."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "products",
                str,
                description="Ids with commas between them, of a cart or of what was looked at"
                " last, at most 50. Empty: what the shop recommends to everybody.",
            ),
            *AUDIENCE,
        ],
        responses=shape(RecommendationsShape),
    )
    @public_get(max_age=300)
    def get(self, request: Request) -> HttpResponseBase:
        """At most eight products in stock that are none of these."""
        ids = read_ids(request.query_params.get("products", ""))
        return Response({"results": recommending.for_products(ids, audience_of(request))})


class ReviewsView(PublicView):
    """What buyers say."""

    @extend_schema(
        parameters=[*reviews.PARAMETERS, *PAGE_PARAMETERS, *AUDIENCE], responses=shape(ReviewsShape)
    )
    @public_get()
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """The rating summary and the approved reviews, newest first."""
        return Response(reviews.of_product(request, key, audience_of(request)))
