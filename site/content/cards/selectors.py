"""Reads of the read model: nothing is written, and the rows never add queries."""

from django.db.models import QuerySet

from content.cards.models import BrandCard, CategoryCard, ProductCard, ProductDocument


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
