"""What cards are made from, fetched for many products in the same number of queries as for one."""

from collections.abc import Iterable
from dataclasses import dataclass

from wagtail.query import PageQuerySet

from commerce.catalogue import selectors as catalogue
from commerce.catalogue.models import Product, ProductStatus, Variant
from content.cards.names import Names
from content.pages.products import ProductPage


@dataclass(slots=True)
class Sources:
    """`pages` has the one page of each product and language that shoppers may see."""

    pages: list[ProductPage]
    variants: dict[int, list[Variant]]
    names: Names


def public_pages() -> PageQuerySet:
    """The product pages that everybody may see."""
    return ProductPage.objects.live().public()


def load(product_ids: Iterable[int]) -> Sources:
    """Everything that the cards and documents of these products are made from."""
    ids = list(product_ids)
    rows = (
        public_pages()
        .filter(product_id__in=ids, product__status=ProductStatus.LISTED)
        .select_related("locale", "product__brand", "product__category")
        .prefetch_related(
            "gallery__image__renditions",
            "tagged_items__tag",
            "related__page",
            "product__options__values",
        )
    )
    # The page itself goes before its aliases, the older before the newer.
    first: dict[tuple[int, int], ProductPage] = {}
    for page in sorted(rows, key=lambda row: (row.alias_of_id is not None, row.pk)):
        first.setdefault((page.product_id, page.locale_id), page)
    pages = list(first.values())
    return Sources(
        pages=pages,
        variants=variants_by_product({page.product_id for page in pages}),
        names=names_for(page.product for page in pages if page.product),
    )


def names_for(products: Iterable[Product]) -> Names:
    """The names of the products' brands and categories."""
    listed = list(products)
    return Names((row.brand for row in listed), (row.category for row in listed))


def variants_by_product(product_ids: Iterable[int]) -> dict[int, list[Variant]]:
    """The variants that are sold, with stock and prices, by product."""
    found: dict[int, list[Variant]] = {}
    for variant in catalogue.variants_of(product_ids):
        found.setdefault(variant.product_id, []).append(variant)
    return found
