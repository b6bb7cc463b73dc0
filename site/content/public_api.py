"""Wagtail's API v2 views for everybody to read: this project's fields, errors and addresses."""

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponseBase
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from wagtail.api.v2.utils import BadRequestError
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.contrib.redirects.api import RedirectsAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.serializers import ImageSerializer
from wagtail.images.api.v2.views import ImagesAPIViewSet
from wagtail.models import Page

from content import pages
from content.api_fields import ImageField
from content.pages.base import StorefrontPage
from core.conditional import public_get
from core.errors import BadRequest, NotFound
from core.rendering import JSONRenderer

MAX_AGE = 60


class Public:
    """Read by anybody, without a look at who asks; errors as problems."""

    authentication_classes: tuple[()] = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)

    @public_get(max_age=MAX_AGE)
    def listing_view(self, request: Request) -> HttpResponseBase:
        """A list, with its ETag."""
        _check(request)
        answer: HttpResponseBase = super().listing_view(request)  # type: ignore[misc]
        return answer

    @public_get(max_age=MAX_AGE)
    def detail_view(self, request: Request, pk: int) -> HttpResponseBase:
        """One of them, with its ETag."""
        _check(request)
        answer: HttpResponseBase = super().detail_view(request, pk)  # type: ignore[misc]
        return answer

    def handle_exception(self, exc: Exception) -> HttpResponseBase:
        """Wagtail's errors as the project's."""
        if isinstance(exc, Http404):
            exc = NotFound()
        elif isinstance(exc, BadRequestError):
            exc = BadRequest(str(exc))
        answer: HttpResponseBase = super().handle_exception(exc)  # type: ignore[misc]
        return answer


class PublicPagesAPIViewSet(Public, PagesAPIViewSet):
    """Live pages with storefront addresses."""

    def get_queryset(self) -> Any:
        """Pages as what they are: only that knows their address and their fields."""
        rows = super().get_queryset()
        return rows.specific() if rows.model is Page else rows

    def find_object(self, queryset: Any, request: Request) -> Any:
        """Also by `html_path=/products/<slug>/`, an address of the storefront."""
        path = request.GET.get("html_path")
        if path is None:
            return super().find_object(queryset, request)
        locale = request.GET.get("locale", settings.LANGUAGE_CODE)
        path = "/" + path.split("?", 1)[0].strip("/")
        for model in _page_models():
            route = re.escape(model.storefront_route.rstrip("/") or "/")
            found = re.fullmatch(route.replace(r"\{slug\}", "(?P<slug>[^/]+)"), path)
            if not found:
                continue
            rows = model.objects.filter(locale__language_code=locale, **found.groupdict())
            page = queryset.filter(pk__in=rows.values("pk")).first()
            if page is not None:
                return page
        return None


class PublicImageSerializer(ImageSerializer):
    """Adds the widths that publishing has made."""

    image = ImageField(source="*")


class PublicImagesAPIViewSet(Public, ImagesAPIViewSet):
    """Pictures with the renditions that exist."""

    base_serializer_class = PublicImageSerializer
    body_fields = [*ImagesAPIViewSet.body_fields, "image"]

    def get_queryset(self) -> Any:
        """With their renditions, in one query for all."""
        return super().get_queryset().prefetch_related("renditions")


class PublicDocumentsAPIViewSet(Public, DocumentsAPIViewSet):
    """Files to download."""


class PublicRedirectsAPIViewSet(Public, RedirectsAPIViewSet):
    """Addresses that have moved; `location` is the storefront's."""


def _page_models() -> list[type[StorefrontPage]]:
    every = (getattr(pages, name) for name in pages.__all__)
    return [model for model in every if issubclass(model, StorefrontPage)]


def _check(request: Request) -> None:
    # PostgreSQL has no text with a zero byte in it.
    if any("\0" in value for values in request.GET.lists() for value in (values[0], *values[1])):
        raise BadRequest("A zero byte is in the address.")
