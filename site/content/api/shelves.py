"""Views of categories and brands."""

from http import HTTPStatus

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from content.api import present, present_staff, selectors, writing
from content.api.audience import audience_of
from content.api.parameters import AUDIENCE
from content.api.permissions import StaffWritesView
from content.api.serializers import BrandInput, CategoryInput
from content.api.shapes import BrandShape, CategoriesShape, CategoryTreeShape
from content.api.shapes_staff import StaffPageShape
from content.models import BrandCard
from core.conditional import public_get
from core.idempotency import idempotent
from core.openapi import IDEMPOTENCY_KEY, PAGE_PARAMETERS, Page, shape
from core.pagination import take_slice


class CategoriesView(StaffWritesView):
    """The tree of categories."""

    @extend_schema(parameters=AUDIENCE, responses=shape(CategoriesShape))
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """All categories, each with those below it."""
        return Response({"results": selectors.category_tree(audience_of(request).locale)})

    @extend_schema(
        request=CategoryInput, responses={201: shape(StaffPageShape)}, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        """For staff: make a category, its page and its record together."""
        form = CategoryInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = writing.create_category(data=form.validated_data, user=request.user)
        return Response(present_staff.page(made), HTTPStatus.CREATED)


class CategoryView(StaffWritesView):
    """One category."""

    @extend_schema(parameters=AUDIENCE, responses=shape(CategoryTreeShape))
    @public_get()
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """A category by its id or slug, with its texts and those directly below it."""
        return Response(selectors.category(key, audience_of(request).locale))

    @extend_schema(request=CategoryInput, responses=shape(StaffPageShape))
    def put(self, request: Request, key: str) -> Response:
        """For staff: replace a category; what is left out goes back to empty."""
        return self._write(request, key, replace=True)

    @extend_schema(request=CategoryInput, responses=shape(StaffPageShape))
    def patch(self, request: Request, key: str) -> Response:
        """For staff: change what is sent, and nothing else."""
        return self._write(request, key, replace=False)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """For staff: unpublish and archive it. Orders keep their lines."""
        writing.remove_category(key=key, user=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, key: str, *, replace: bool) -> Response:
        form = CategoryInput(data=request.data, partial=not replace)
        form.is_valid(raise_exception=True)
        written = writing.update_category(
            key=key, data=form.validated_data, user=request.user, replace=replace
        )
        return Response(present_staff.page(written))


class BrandsView(StaffWritesView):
    """The brands."""

    @extend_schema(parameters=[*PAGE_PARAMETERS, *AUDIENCE], responses=Page(BrandShape))
    @public_get()
    def get(self, request: Request) -> HttpResponseBase:
        """All brands by name, in pages."""
        rows = BrandCard.objects.filter(locale=audience_of(request).locale)
        page = take_slice(request, rows.values("body", "name", "id"), ordering=("name", "id"))
        return Response(page.answer(present.prepared(row["body"] for row in page.rows)))

    @extend_schema(
        request=BrandInput, responses={201: shape(StaffPageShape)}, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        """For staff: make a brand, its page and its record together."""
        form = BrandInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = writing.create_brand(data=form.validated_data, user=request.user)
        return Response(present_staff.page(made), HTTPStatus.CREATED)


class BrandView(StaffWritesView):
    """One brand."""

    @extend_schema(parameters=AUDIENCE, responses=shape(BrandShape))
    @public_get()
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """A brand by its id or slug, with its texts."""
        return Response(selectors.brand(key, audience_of(request).locale))

    @extend_schema(request=BrandInput, responses=shape(StaffPageShape))
    def put(self, request: Request, key: str) -> Response:
        """For staff: replace a brand; what is left out goes back to empty."""
        return self._write(request, key, replace=True)

    @extend_schema(request=BrandInput, responses=shape(StaffPageShape))
    def patch(self, request: Request, key: str) -> Response:
        """For staff: change what is sent, and nothing else."""
        return self._write(request, key, replace=False)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """For staff: unpublish and archive it. Orders keep their lines."""
        writing.remove_brand(key=key, user=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, key: str, *, replace: bool) -> Response:
        form = BrandInput(data=request.data, partial=not replace)
        form.is_valid(raise_exception=True)
        written = writing.update_brand(
            key=key, data=form.validated_data, user=request.user, replace=replace
        )
        return Response(present_staff.page(written))
