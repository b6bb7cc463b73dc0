"""Brands and categories that a file names: found by name, or made with a page each."""

from typing import Any

from wagtail.models import Locale

from content import tree
from content.pages import BrandIndexPage, BrandPage, CategoryIndexPage, CategoryPage


def brand_page(name: str) -> tuple[BrandPage, bool]:
    """The page of a brand by its name or slug, and whether it was made and published now."""
    return _named(BrandPage, BrandIndexPage, name)


def category_page(name: str) -> tuple[CategoryPage, bool]:
    """The page of a category by its name or slug, and whether it was made and published now."""
    return _named(CategoryPage, CategoryIndexPage, name)


def _named(model: Any, index: Any, name: str) -> tuple[Any, bool]:
    pages = model.objects.filter(locale=Locale.get_default(), alias_of=None).order_by("-live", "pk")
    for wanted in ({"title": name}, {"slug": name}):
        found = pages.filter(**wanted).first()
        if found is not None:
            return found, False
    # Not with iexact: SQLite knows the case of ASCII letters alone.
    titles = pages.values_list("pk", "title")
    same = next((pk for pk, title in titles if title.casefold() == name.casefold()), None)
    if same is not None:
        return pages.get(pk=same), False
    page = model(title=name)
    tree.index(index).add_child(instance=page)
    page.save_revision().publish()
    return page, True
