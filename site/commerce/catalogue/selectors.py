"""Reads of the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from commerce.catalogue.models import Brand, Category, Price, Product, ProductStatus, Variant


@dataclass(frozen=True, slots=True)
class PriceRange:
    """What a product's variants cost in one currency, in minor units."""

    from_minor: int
    to_minor: int
    compare_at_minor: int | None


def product_by(id_or_slug: str) -> Product | None:
    """The product of this id or slug, whatever its status."""
    return Product.objects.filter(_named(id_or_slug)).first()


def brand_by(id_or_slug: str) -> Brand | None:
    """The brand of this id or slug."""
    return Brand.objects.filter(_named(id_or_slug)).first()


def category_by(id_or_slug: str) -> Category | None:
    """The category of this id or slug."""
    return Category.objects.filter(_named(id_or_slug)).first()


def _named(id_or_slug: str) -> Q:
    # SQLite and PostgreSQL both refuse integers past 64 bits, so such a number is only a slug.
    if id_or_slug.isascii() and id_or_slug.isdigit() and len(id_or_slug) <= 18:
        return Q(pk=int(id_or_slug)) | Q(slug=id_or_slug)
    return Q(slug=id_or_slug)


def variants_of(product_ids: Iterable[int]) -> QuerySet[Variant]:
    """The variants that are sold, with their product, stock and prices; in display order."""
    return (
        Variant.objects.filter(product_id__in=product_ids, archived_at=None)
        .select_related("product", "stock")
        .prefetch_related("prices")
    )


def price_ranges(product_id: int) -> dict[str, PriceRange]:
    """What a product costs, by currency: cheapest, dearest, highest struck-through price."""
    rows: dict[str, list[Price]] = {}
    for price in Price.objects.filter(variant__product_id=product_id, variant__archived_at=None):
        rows.setdefault(price.currency, []).append(price)
    return {
        currency: PriceRange(
            from_minor=min(p.amount_minor for p in prices),
            to_minor=max(p.amount_minor for p in prices),
            compare_at_minor=max(
                (p.compare_at_minor for p in prices if p.compare_at_minor), default=None
            ),
        )
        for currency, prices in rows.items()
    }


def variant_ids_of(product_id: int) -> list[int]:
    """The ids of a product's variants that are sold, in display order."""
    rows = Variant.objects.filter(product_id=product_id, archived_at=None)
    return list(rows.values_list("pk", flat=True))


def listed_ids() -> QuerySet[Product, int]:
    """The ids of all that is on sale."""
    return Product.objects.filter(status=ProductStatus.LISTED).values_list("pk", flat=True)


def product_ids_of(variant_ids: Iterable[int]) -> dict[int, int]:
    """The product of each of these variants; those that are not there are left out."""
    variants = Variant.objects.filter(pk__in=list(variant_ids))
    return dict(variants.values_list("pk", "product_id"))
