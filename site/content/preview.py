"""Drafts for the storefront, behind a token that an editor's preview makes and that runs out."""

from datetime import timedelta
from typing import Any, cast

import orjson
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.signing import BadSignature
from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.models import Page
from wagtail_headless_preview.models import HeadlessPreviewMixin, PagePreview

from commerce.catalogue.models import Product
from commerce.pricing import selectors as pricing
from content.api import present
from content.cards.card import badges_of
from content.cards.document import document_of
from content.cards.figures import figures_of
from content.cards.sources import names_for, variants_by_product
from content.errors import PreviewExpired
from content.pages.base import RecordPage
from content.pages.products import ProductPage
from content.public_api import PublicPagesAPIViewSet
from core.errors import FieldError, ValidationFailed


def lifetime() -> timedelta:
    """How long a preview can be looked at: the setting PREVIEW_MINUTES."""
    return timedelta(minutes=settings.PREVIEW_MINUTES)


def draft_of(content_type: str, token: str) -> Page:
    """The draft behind a preview's token.

    Raises ValidationFailed for something that is no page type, PreviewExpired for a token that
    is too old, not ours or not stored.
    """
    model = _page_model(content_type)
    try:
        model.get_preview_signer().unsign(token, max_age=lifetime())
    except BadSignature as error:
        raise PreviewExpired("Open the preview again in the editor.") from error
    earliest = (timezone.now() - lifetime()).date()
    row = PagePreview.objects.filter(
        token=token,
        content_type=ContentType.objects.get_for_model(model),
        created_at__gte=earliest,
    ).first()
    if row is None:
        raise PreviewExpired("Open the preview again in the editor.")
    page = row.as_page()
    if isinstance(page, RecordPage) and page.pk:
        # The draft says what its JSON says; the record is the stored page's.
        stored = type(page)._base_manager.filter(pk=page.pk)
        page.record_id = stored.values_list(f"{page.record_field}_id", flat=True).first()
    return cast("Page", page)


def forget_expired() -> int:
    """Delete the drafts whose preview has run out; how many."""
    signer = HeadlessPreviewMixin.get_preview_signer()
    gone = []
    for pk, token in PagePreview.objects.values_list("pk", "token"):
        try:
            signer.unsign(token, max_age=lifetime())
        except BadSignature:
            gone.append(pk)
    deleted, _ = PagePreview.objects.filter(pk__in=gone).delete()
    return deleted


def draft_product(page: ProductPage, currency: str) -> orjson.Fragment:
    """A draft in the shape of `GET /api/products/{id}/`, with the prices and stock of now."""
    product = Product.objects.filter(pk=page.product_id).first() or Product()
    # What publishing would do to the record, in memory only.
    product.brand = page.brand_page.brand if page.brand_page else None
    product.category = page.category_page.category if page.category_page else None
    page.product = product
    records = variants_by_product([product.pk] if product.pk else []).get(product.pk or 0, [])
    stored = document_of(page, records, names_for([product]))
    sold = list(pricing.sold(currency=currency, product_ids=[product.pk or 0]).values())
    figures = figures_of(records, currency)
    return present.spliced(
        stored.body,
        **present.price_summary(sold, currency),
        rating=present.rating(product.rating_average, product.rating_count),
        badges=badges_of(page, figures, is_new=product.listed_at is None) if figures else [],
        variants=[present.variant(each, currency, stored.variant_images) for each in sold],
        related=[],
        json_ld=present.spliced(stored.json_ld, offers=present.offers(sold, currency)),
    )


class PagePreviewAPIViewSet(PublicPagesAPIViewSet):
    """`GET /api/v2/page_preview/?content_type=content.productpage&token=…`."""

    known_query_parameters = PublicPagesAPIViewSet.known_query_parameters.union(
        ["content_type", "token", "currency"]
    )
    meta_fields = [name for name in PublicPagesAPIViewSet.meta_fields if name != "parent"]
    name = "page_preview"

    def listing_view(self, request: Request) -> HttpResponseBase:
        """The draft with all its fields; a product's also as the product's answer."""
        self.action = "detail_view"
        currency = request.GET.get("currency") or settings.DEFAULT_CURRENCY
        if currency not in settings.CURRENCIES:
            raise _bad("currency", f"It is one of {', '.join(settings.CURRENCIES)}.")
        page = self.get_object()
        data = dict(self.get_serializer(page).data)
        if isinstance(page, ProductPage):
            data["product"] = draft_product(page, currency)
        return Response(data, headers={"Cache-Control": "no-store"})

    def detail_view(self, request: Request, pk: int) -> HttpResponseBase:
        """The same; the number in the path says nothing that the token does not."""
        return self.listing_view(request)

    def get_object(self) -> Any:
        """The draft that the token names."""
        if not hasattr(self, "_draft"):
            given = {name: self.request.GET.get(name, "") for name in ("content_type", "token")}
            for name, value in given.items():
                if not value or "\0" in value:
                    raise _bad(name, "This is needed.")
            self._draft = draft_of(given["content_type"], given["token"])
            # A page that was never saved has no id yet, and its addresses need one.
            self._draft.pk = self._draft.pk or 0
        return self._draft

    def handle_exception(self, exc: Exception) -> HttpResponseBase:
        """Nor is a refusal kept by any cache."""
        answer: HttpResponseBase = super().handle_exception(exc)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _page_model(content_type: str) -> Any:
    app_label, _, model_name = content_type.partition(".")
    found = ContentType.objects.filter(app_label=app_label, model=model_name.lower()).first()
    model = found.model_class() if found else None
    if model is None or not issubclass(model, HeadlessPreviewMixin):
        raise _bad("content_type", "It is a type of page, such as content.productpage.")
    return model


def _bad(field: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(field=field, code="invalid", detail=detail)])
