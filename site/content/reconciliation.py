"""Compares what is live with what is listed and prepared, and mends both ways."""

from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from commerce.catalogue import selectors as catalogue
from commerce.catalogue.models import Price, Product, ProductStatus
from content import services
from content.cards import build, shelves
from content.cards.card import NEW_FOR
from content.cards.models import BrandCard, CategoryCard, ProductCard, ProductDocument
from content.cards.sources import public_pages
from content.pages.brands import BrandPage
from content.pages.categories import CategoryPage


def reconcile() -> int:
    """Mend what a crash between two commits has left; how many things were out of line."""
    astray = _astray()
    services.follow_all(sorted(astray))
    stale = _stale() | astray
    build.rebuild_many(stale)
    return len(astray) + len(stale - astray) + _mend_shelves()


def _astray() -> set[int]:
    """Products whose status is not what their pages say."""
    live = set(public_pages().values_list("product_id", flat=True)) - {None}
    listed = set(catalogue.listed_ids())
    # An archived product stays so, unless a page was published after that.
    archived = Product.objects.filter(pk__in=live - listed, status=ProductStatus.ARCHIVED)
    revived = archived.filter(pages__live=True, pages__last_published_at__gt=F("updated_at"))
    resting = set(archived.values_list("pk", flat=True)) - set(revived.values_list("pk", flat=True))
    return (live ^ listed) - resting


def _stale() -> set[int]:
    """Products whose cards or documents are missing, left over or older than their page."""
    pages = public_pages().filter(product__status=ProductStatus.LISTED)
    wanted = set(pages.values_list("product_id", "locale__language_code"))
    there = dict.fromkeys(ProductDocument.objects.values_list("product_id", "locale"))
    stale = {product_id for product_id, _ in wanted ^ set(there)}

    prices = Price.objects.filter(currency__in=settings.CURRENCIES, variant__archived_at=None)
    priced: dict[int, set[str]] = {}
    for product_id, currency in prices.values_list("variant__product_id", "currency").distinct():
        priced.setdefault(product_id, set()).add(currency)
    cards = set(ProductCard.objects.values_list("product_id", "locale", "currency"))
    expected = {
        (product_id, locale, currency)
        for product_id, locale in wanted
        for currency in priced.get(product_id, ())
    }
    stale |= {product_id for product_id, _, _ in cards ^ expected}

    older = ProductDocument.objects.filter(page__last_published_at__gt=F("updated_at"))
    stale |= set(older.values_list("product_id", flat=True))
    # Nothing happens on the day when a product stops being new.
    no_longer_new = ProductCard.objects.filter(
        listed_at__lte=timezone.now() - NEW_FOR, body__contains='"new"'
    )
    stale |= set(no_longer_new.values_list("product_id", flat=True))
    return stale


def _mend_shelves() -> int:
    """Brands and categories: the same."""
    brands = _shelves_astray(BrandPage, BrandCard, "brand_id")
    for brand_id in sorted(brands):
        services.follow_brand(brand_id)
    categories = _shelves_astray(CategoryPage, CategoryCard, "category_id")
    categories |= _misplaced()
    for category_id in sorted(categories):
        services.follow_category(category_id)
    shelves.rebuild_brands(brands)
    shelves.rebuild_categories(categories)
    shelves.recount()
    return len(brands) + len(categories)


def _shelves_astray(page_model: Any, card_model: Any, column: str) -> set[int]:
    pages = page_model.objects.live().public().exclude(Q(**{column: None}))
    wanted = set(pages.values_list(column, "locale__language_code"))
    there = set(card_model.objects.values_list(column, "locale"))
    older = card_model.objects.filter(page__last_published_at__gt=F("updated_at"))
    return {pk for pk, _ in wanted ^ there} | set(older.values_list(column, flat=True))


def _misplaced() -> set[int]:
    """Categories that do not stand where their page stands, in the default language."""
    rows = CategoryPage.objects.filter(
        live=True, alias_of=None, locale__language_code=settings.LANGUAGE_CODE
    ).values_list("path", "category_id", "category__parent_id")
    by_path = {path: category_id for path, category_id, _ in rows}
    step = CategoryPage.steplen
    return {
        category_id
        for path, category_id, parent_id in rows
        if category_id is not None
        and (above := by_path.get(path[:-step])) is not None
        and above != parent_id
    }
