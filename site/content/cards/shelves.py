"""Writes the cards of brands and categories, and counts what stands on them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from commerce.catalogue.models import Category
from content.cards.card import version_of
from content.cards.models import BrandCard, CategoryCard, ProductDocument
from content.cards.names import Names, path_ids
from content.pages.base import RecordPage
from content.pages.brands import BrandPage
from content.pages.categories import CategoryPage
from content.renditions import image_shape, social_url
from core.rendering import dumps

Counts = Counter[tuple[int, str]]
CARD_COLUMNS = [
    "page_id", "slug", "name", "featured", "product_count", "body", "detail", "version",
    "updated_at",
]  # fmt: skip


@transaction.atomic
def rebuild_brands(brand_ids: Iterable[int]) -> None:
    """Make the cards of these brands what they should be; without a live page there is none."""
    ids = list(brand_ids)
    pages = _pages(BrandPage, ids)
    counts, _ = _counts()
    now = timezone.now()
    rows = []
    for page in pages:
        locale: str = page.locale.language_code
        known: dict[str, Any] = {
            "id": page.brand_id,
            "slug": page.slug,
            "name": page.title,
            "url": page.storefront_path,
            "logo": image_shape(page.logo),
            "product_count": counts[page.brand_id, locale],
        }
        crumbs = [{"name": page.title, "url": page.storefront_path}]
        row = BrandCard(brand_id=page.brand_id, **_columns(page, known, crumbs), updated_at=now)
        rows.append(row)
    BrandCard.objects.filter(brand_id__in=ids).exclude(page_id__in=[p.pk for p in pages]).delete()
    BrandCard.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["brand", "locale"],
        update_fields=CARD_COLUMNS,
    )


@transaction.atomic
def rebuild_categories(category_ids: Iterable[int]) -> None:
    """As `rebuild_brands`, for categories."""
    ids = list(category_ids)
    pages = _pages(CategoryPage, ids)
    _, counts = _counts()
    names = Names([], [page.category for page in pages])
    now = timezone.now()
    rows = []
    for page in pages:
        locale: str = page.locale.language_code
        record = page.category
        known: dict[str, Any] = {
            "id": record.pk,
            "slug": page.slug,
            "name": page.title,
            "url": page.storefront_path,
            "parent_id": record.parent_id,
            "product_count": counts[record.pk, locale],
            "image": image_shape(page.image),
        }
        crumbs = [
            {"name": shelf["name"], "url": shelf["url"]} for shelf in names.trail(record, locale)
        ]
        rows.append(
            CategoryCard(
                category_id=record.pk,
                parent_id=record.parent_id,
                path=record.path,
                position=record.position,
                **_columns(page, known, crumbs),
                updated_at=now,
            )
        )
    CategoryCard.objects.filter(category_id__in=ids).exclude(
        page_id__in=[page.pk for page in pages]
    ).delete()
    CategoryCard.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["category", "locale"],
        update_fields=[*CARD_COLUMNS, "parent_id", "path", "position"],
    )


def is_renamed_brand(brand_id: int) -> bool:
    """Whether a brand is not called in every language as its cards say."""
    cards = BrandCard.objects.filter(brand_id=brand_id)
    return _called(BrandPage, brand_id) != set(cards.values_list("locale", "name", "slug"))


def is_renamed_category(category_id: int) -> bool:
    """Whether a category is not called in every language as its cards say."""
    cards = CategoryCard.objects.filter(category_id=category_id)
    return _called(CategoryPage, category_id) != set(cards.values_list("locale", "name", "slug"))


def _called(model: type[RecordPage], record_id: int) -> set[tuple[str, str, str]]:
    return {
        (page.locale.language_code, page.title, page.slug) for page in _pages(model, [record_id])
    }


@transaction.atomic
def recount() -> None:
    """Bring `product_count` of every brand and category up to date."""
    brands, categories = _counts()
    _store_counts(BrandCard, "brand_id", brands)
    _store_counts(CategoryCard, "category_id", categories)


def _pages(model: type[RecordPage], ids: list[int]) -> list[Any]:
    """The one live page of each record and language, its aliases last."""
    pages: Any = model
    rows = (
        pages.objects.live()
        .public()
        .filter(**{f"{model.record_field}_id__in": ids})
        .select_related("locale", model.record_field)
    )
    first: dict[tuple[int | None, int], Any] = {}
    for page in sorted(rows, key=lambda row: (row.alias_of_id is not None, row.pk)):
        first.setdefault((page.record_id, page.locale_id), page)
    return list(first.values())


def _columns(page: Any, known: dict[str, Any], crumbs: list[Any]) -> dict[str, Any]:
    detail = {
        **known,
        "image": image_shape(page.image),
        "description": page.summary,
        "body": page.body.stream_block.get_api_representation(page.body, {}),
        "breadcrumbs": crumbs,
        "seo": {
            "title": page.seo_title or page.title,
            "description": page.search_description or page.summary,
            "image": social_url(page.image),
        },
    }
    return {
        "page_id": page.pk,
        "locale": page.locale.language_code,
        "slug": page.slug,
        "name": page.title,
        "featured": page.featured,
        "product_count": known["product_count"],
        "body": dumps({**known, "description": page.summary}).decode(),
        "detail": dumps(detail).decode(),
        "version": version_of(detail),
    }


def _counts() -> tuple[Counts, Counts]:
    """How many products each brand and each category (with all below it) has, by language."""
    rows = (
        ProductDocument.objects.order_by()
        .values_list("locale", "product__brand_id", "product__category_id")
        .annotate(number=Count("pk"))
    )
    paths = dict(Category.objects.values_list("pk", "path"))
    brands: Counts = Counter()
    categories: Counts = Counter()
    for locale, brand_id, category_id, number in rows:
        if brand_id is not None:
            brands[brand_id, locale] += number
        for pk in path_ids(paths.get(category_id, "")):
            categories[pk, locale] += number
    return brands, categories


def _store_counts(model: Any, column: str, counts: Counts) -> None:
    changed = []
    for card in model.objects.all():
        number = counts[getattr(card, column), card.locale]
        if card.product_count != number:
            card.product_count = number
            card.body = _with_count(card.body, number)
            card.detail = _with_count(card.detail, number)
            changed.append(card)
    model.objects.bulk_update(changed, ["product_count", "body", "detail"], batch_size=50)


def _with_count(stored: str, number: int) -> str:
    return dumps({**orjson.loads(stored), "product_count": number}).decode()
