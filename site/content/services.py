"""What publishing does to the catalogue: records follow their pages, prices and stock never do.

Wagtail's publish is not one transaction, so every function here can run late, twice or never:
`reconcile` mends what is left.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from wagtail.models import Locale, Page, ReferenceIndex

from commerce.catalogue import selectors as catalogue_reads
from commerce.catalogue import services as catalogue
from commerce.catalogue.errors import StillInUse
from commerce.catalogue.models import Category, ProductStatus
from content import renditions
from content.cards.card import first_picture
from content.cards.sources import public_pages
from content.events import BRAND_PAGE_CHANGED, CATEGORY_PAGE_CHANGED
from content.pages.base import RecordPage
from content.pages.brands import BrandPage
from content.pages.categories import CategoryPage
from content.pages.products import ProductPage
from content.pictures import pictures_of
from core import events


def prepare_renditions(page: Page) -> None:
    """Make the renditions of every picture that a page shows. Takes long: no transaction here."""
    renditions.prepare(pictures_of(page))


@transaction.atomic
def follow_product(product_id: int) -> None:
    """Bring a product's record in line with its pages, and announce it.

    With a page that everybody may see it is listed under that page's name, slug, brand,
    category and picture; else it is delisted; with no page at all it is archived. Which page:
    the one in the default language before its translations, never an alias before a page.
    """
    page = _source(public_pages().filter(product_id=product_id))
    product = catalogue_reads.product_by(str(product_id))
    if product is None or product.pk != product_id:
        return
    if page is None:
        if ProductPage.objects.filter(product_id=product_id).exists():
            catalogue.delist_product(product_id)
        elif product.status != ProductStatus.ARCHIVED:
            catalogue.archive_product(product_id)
        return
    catalogue.update_product(
        product_id,
        name=page.title,
        slug=page.slug,
        brand_id=page.brand_page.brand_id if page.brand_page else None,
        category_id=page.category_page.category_id if page.category_page else None,
        thumbnail=first_picture(page),
        url=page.storefront_path,
    )
    if product.status == ProductStatus.LISTED:
        catalogue.announce(product_id)
    else:
        catalogue.list_product(product_id)


def follow_pictures(product_ids: Iterable[int]) -> None:
    """Bring the pictures of products' records in line with their pages: carts and mails show them.

    Two queries for each product, and some more for one whose picture is another.
    """
    for product_id in sorted(product_ids):
        page = _source(public_pages().filter(product_id=product_id))
        if page is not None:
            catalogue.update_product(product_id, thumbnail=first_picture(page))


@transaction.atomic
def follow_brand(brand_id: int) -> None:
    """Bring a brand's record in line with its pages, and announce its page.

    Without any page it is archived, unless listed products still have it.
    """
    page = _source(BrandPage.objects.live().filter(brand_id=brand_id))
    if page is not None:
        catalogue.update_brand(brand_id, name=page.title, slug=page.slug, archived_at=None)
    elif not BrandPage.objects.filter(brand_id=brand_id).exists():
        _unless_in_use(catalogue.archive_brand, brand_id)
    events.record(BRAND_PAGE_CHANGED, key=f"brand:{brand_id}", payload={"brand_id": brand_id})


@transaction.atomic
def follow_category(category_id: int) -> None:
    """Bring a category's record in line with its pages, its place in the tree included.

    Without any page it is archived, unless listed products or other categories are in it.
    """
    page = _source(CategoryPage.objects.live().filter(category_id=category_id))
    if page is not None:
        catalogue.update_category(
            category_id,
            name=page.title,
            slug=page.slug,
            parent_id=page.parent_record_id,
            archived_at=None,
        )
        _keep_order(page)
    elif not CategoryPage.objects.filter(category_id=category_id).exists():
        _unless_in_use(catalogue.archive_category, category_id)
    events.record(
        CATEGORY_PAGE_CHANGED,
        key=f"category:{category_id}",
        payload={"category_id": category_id},
    )


def follow(page: RecordPage) -> None:
    """Bring the record of a product, brand or category page in line with its pages."""
    if page.record_id is None:
        return
    if isinstance(page, ProductPage):
        follow_product(page.record_id)
    elif isinstance(page, BrandPage):
        follow_brand(page.record_id)
    elif isinstance(page, CategoryPage):
        follow_category(page.record_id)


@transaction.atomic
def announce_below(page: Page) -> None:
    """Announce every product at or below a page, whose readers have changed."""
    below = ProductPage.objects.descendant_of(page, inclusive=True)
    for product_id in sorted(set(below.values_list("product_id", flat=True)) - {None}):
        follow_product(product_id)


@transaction.atomic
def announce_page(page_id: int) -> None:
    """Announce the product of a live page, which shows something else now."""
    rows = ProductPage.objects.filter(pk=page_id, live=True, product__isnull=False)
    for product_id in rows.values_list("product_id", flat=True):
        catalogue.announce(product_id)


def _source(pages: Any) -> Any:
    """The page that speaks for the record."""
    default = Locale.get_default().pk
    rows = list(pages.order_by("pk"))
    rows.sort(key=lambda row: (row.alias_of_id is not None, row.locale_id != default, row.pk))
    return rows[0] if rows else None


def _keep_order(page: CategoryPage) -> None:
    """Number the categories beside a page as they stand in the page tree."""
    beside = page.get_siblings(inclusive=True).type(CategoryPage).values_list("pk", flat=True)
    records = dict(
        CategoryPage.objects.filter(pk__in=list(beside)).values_list("pk", "category_id")
    )
    positions = dict(Category.objects.filter(pk__in=records.values()).values_list("pk", "position"))
    for position, pk in enumerate(beside):
        category_id = records[pk]
        if category_id is not None and positions.get(category_id) != position:
            catalogue.update_category(category_id, position=position)


def _unless_in_use(archive: Any, record_id: int) -> None:
    try:
        with transaction.atomic():
            archive(record_id)
    except StillInUse:
        return  # its products keep the name until an editor gives them another


def follow_all(product_ids: Iterable[int]) -> None:
    """As `follow_product`, for several, each in a transaction of its own."""
    for product_id in product_ids:
        follow_product(product_id)


def pages_with(shown: Any) -> set[int]:
    """The pages that refer to a picture, a question, a page or a tag."""
    rows = ReferenceIndex.get_references_to(shown).values_list("object_id", flat=True)
    return {int(pk) for pk in rows if str(pk).isdigit()}
