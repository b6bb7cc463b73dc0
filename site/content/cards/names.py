"""Brands and categories as products mention them, in their language where there is a page."""

from collections.abc import Iterable
from typing import TypedDict

from wagtail.models import Page

from commerce.catalogue.models import Brand, Category
from content.pages.base import RecordPage, storefront_path
from content.pages.brands import BrandPage
from content.pages.categories import CategoryPage


class NamedShape(TypedDict):
    """A brand or category, as others mention it."""

    id: int
    slug: str
    name: str
    url: str


def path_ids(path: str) -> list[int]:
    """The ids in a category's path, from the top down."""
    return [int(part) for part in path.split("/") if part]


class Names:
    """The names of some brands and categories in every language; at most three queries."""

    def __init__(
        self, brands: Iterable[Brand | None], categories: Iterable[Category | None]
    ) -> None:
        self._brands = {brand.pk: brand for brand in brands if brand is not None}
        wanted = {pk for category in categories if category for pk in path_ids(category.path)}
        self._categories = Category.objects.in_bulk(wanted) if wanted else {}
        self._brand_pages = _pages(BrandPage, self._brands)
        self._category_pages = _pages(CategoryPage, self._categories)

    def brand(self, brand: Brand | None, locale: str) -> NamedShape | None:
        """A brand in one language."""
        if brand is None:
            return None
        return _named("/brands/{}/", brand, self._brand_pages, locale)

    def category(self, category: Category | None, locale: str) -> NamedShape | None:
        """A category in one language."""
        return self.trail(category, locale)[-1] if category is not None else None

    def trail(self, category: Category | None, locale: str) -> list[NamedShape]:
        """A category with those above it, from the top down."""
        if category is None:
            return []
        above = [self._categories.get(pk) for pk in path_ids(category.path)]
        return [
            _named("/categories/{}/", record, self._category_pages, locale)
            for record in above or [category]
            if record is not None
        ]

    def trail_of(self, category_id: int | None, locale: str) -> list[NamedShape]:
        """As `trail`, by the category's id; empty for one that these names do not have."""
        return self.trail(self._categories.get(category_id or 0), locale)


def _pages(
    model: type[RecordPage], records: Iterable[int]
) -> dict[tuple[int, str], tuple[str, str]]:
    """`{(record, language): (title, slug)}` of the live pages."""
    ids = list(records)
    if not ids:
        return {}
    pages: type[Page] = model
    rows = (
        pages.objects.live()
        .filter(**{f"{model.record_field}_id__in": ids})
        .order_by("-pk")
        .values_list(f"{model.record_field}_id", "locale__language_code", "title", "slug")
    )
    return {(record_id, locale): (title, slug) for record_id, locale, title, slug in rows}


def _named(
    route: str,
    record: Brand | Category,
    pages: dict[tuple[int, str], tuple[str, str]],
    locale: str,
) -> NamedShape:
    name, slug = pages.get((record.pk, locale), (record.name, record.slug))
    return {
        "id": record.pk,
        "slug": slug,
        "name": name,
        "url": storefront_path(route.format(slug), locale),
    }
