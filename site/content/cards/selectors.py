"""Reads of the read model: nothing is written, and the rows never add queries."""

from collections.abc import Iterable

from django.db.models import QuerySet

from commerce.catalogue.models import Category
from content.cards.models import (
    BrandCard,
    CardAttribute,
    CategoryCard,
    ProductCard,
    ProductDocument,
)
from content.cards.names import Names


def live_cards(*, locale: str, currency: str) -> QuerySet[ProductCard]:
    """The cards of everything on sale, in one language and currency, in no order."""
    return ProductCard.objects.filter(locale=locale, currency=currency)


def document(*, locale: str, id_or_slug: str) -> ProductDocument | None:
    """The document of the product with this id or, failing that, this slug."""
    rows = ProductDocument.objects.filter(locale=locale)
    if id_or_slug.isascii() and id_or_slug.isdigit() and len(id_or_slug) <= 18:
        found = rows.filter(product_id=int(id_or_slug)).first()
        if found is not None:
            return found
    return rows.filter(slug=id_or_slug).first()


def brand_cards(*, locale: str) -> QuerySet[BrandCard]:
    """The brands by name."""
    return BrandCard.objects.filter(locale=locale).order_by("name", "id")


def category_cards(*, locale: str) -> QuerySet[CategoryCard]:
    """The categories, each level in the editors' order."""
    return CategoryCard.objects.filter(locale=locale).order_by("position", "name", "id")


def cards_of(product_ids: Iterable[int]) -> QuerySet[ProductCard]:
    """Every card of these products."""
    return ProductCard.objects.filter(product_id__in=product_ids)


def attributes_of(card_ids: Iterable[int]) -> dict[int, dict[str, list[str]]]:
    """What each of these cards can be filtered by: values by name."""
    found: dict[int, dict[str, list[str]]] = {}
    rows = CardAttribute.objects.filter(card_id__in=card_ids)
    for card_id, name, value in rows.values_list("card_id", "name", "value"):
        found.setdefault(card_id, {}).setdefault(name, []).append(value)
    return found


def documents_of(product_ids: Iterable[int]) -> QuerySet[ProductDocument]:
    """Every document of these products."""
    return ProductDocument.objects.filter(product_id__in=product_ids)


def product_ids_after(product_id: int, *, limit: int) -> list[int]:
    """The next `limit` products with a card, by id."""
    rows = ProductCard.objects.filter(product_id__gt=product_id)
    ids = rows.order_by("product_id").values_list("product_id", flat=True).distinct()
    return list(ids[:limit])


def count_records() -> int:
    """How many products are on sale, each counted once in each of its languages."""
    return ProductCard.objects.order_by().values("product_id", "locale").distinct().count()


def category_names(category_ids: Iterable[int | None]) -> Names:
    """What these categories, and those above them, are called in every language."""
    wanted = {pk for pk in category_ids if pk is not None}
    return Names([], Category.objects.filter(pk__in=wanted) if wanted else [])
