"""The pages that every shop has, made where they are missing."""

from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale, Page, Site

from content.pages import (
    BrandIndexPage,
    CategoryIndexPage,
    FAQPage,
    HomePage,
    ProductIndexPage,
    PromotionIndexPage,
)

P = TypeVar("P", bound=Page)

TITLES: dict[type[Page], tuple[str, str]] = {
    ProductIndexPage: ("Products", "products"),
    CategoryIndexPage: ("Categories", "categories"),
    BrandIndexPage: ("Brands", "brands"),
    PromotionIndexPage: ("Promotions", "promotions"),
    FAQPage: ("Questions and answers", "faq"),
}


@transaction.atomic
def home() -> HomePage:
    """The home page in the default language, made the site's root if there is none yet."""
    locale, _ = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    found = HomePage.objects.filter(locale=locale, alias_of=None).order_by("pk").first()
    if found is None:
        root = Page.get_first_root_node()
        slug = "shop" if root.get_children().filter(slug="home").exists() else "home"
        found = HomePage(title=settings.SHOP_NAME, slug=slug, locale=locale)
        root.add_child(instance=found)
        _publish(found)
    _serve(found)
    return found


@transaction.atomic
def index(model: type[P]) -> P:
    """The shop's list page of this kind, below the home page."""
    top = home()
    found = model.objects.child_of(top).order_by("pk").first()
    if found is None:
        title, slug = TITLES[model]
        made: Any = model(title=title, slug=slug, locale=top.locale)
        top.add_child(instance=made)
        _publish(made)
        found = made
    return found


def _publish(page: Page) -> None:
    page.save_revision().publish()


def _serve(page: HomePage) -> None:
    """Make the page the root of the default site, in place of Wagtail's welcome page."""
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(
            hostname="localhost", root_page=page, is_default_site=True, site_name=page.title
        )
        return
    root = site.root_page.specific
    if isinstance(root, HomePage):
        return
    site.root_page = page
    site.site_name = site.site_name or page.title
    site.save()
    welcome = type(root) is Page and not root.get_children().exists()
    if welcome:
        root.delete()
