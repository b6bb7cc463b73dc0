"""The sample shop in a second language: home, and the products and categories that have texts."""

from typing import Any

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale, Page

from content import tree
from content.imports.seed import words
from content.imports.seed.drawing import Drawings
from content.pages import CategoryIndexPage, CategoryPage, ProductIndexPage, ProductPage
from content.sample.shop import Shop

TITLES: dict[str, dict[type[Page], str]] = {
    "de": {ProductIndexPage: "Produkte", CategoryIndexPage: "Kategorien"}
}


def add(shop: Shop, drawings: Drawings) -> None:
    """Write every language of the texts that the site has."""
    codes = {code for code, _ in settings.WAGTAIL_CONTENT_LANGUAGES}
    for code, texts in shop["translations"].items():
        if code in codes:
            locale, _ = Locale.objects.get_or_create(language_code=code)
            _language(locale, texts, shop, drawings)


def _language(locale: Locale, texts: dict[str, Any], shop: Shop, drawings: Drawings) -> None:
    said = texts["home"]
    sections = [
        section | said["sections"][i] if i < len(said["sections"]) else section
        for i, section in enumerate(shop["home"]["sections"])
    ]
    first_link = shop["home"]["hero_link"]
    home = {
        "hero_title": said["hero_title"],
        "hero_text": said["hero_text"],
        "hero_link": [
            ("link", {"text": said["hero_cta"], "page": words.target(first_link), "address": ""})
        ],
        "body": words.home_body(sections, drawings),
    }
    _translate(tree.home(), locale, home)
    for model, title in TITLES.get(locale.language_code, {}).items():
        _translate(tree.index(model), locale, {"title": title, "introduction": ""})
    for slug, row in texts["categories"].items():
        fields = {"title": row["name"], "summary": row["intro"]}
        _translate(words.live(CategoryPage, slug), locale, fields)
    for slug, row in texts["products"].items():
        fields = {
            "title": row["name"],
            "summary": row["summary"],
            "body": words.body(row["body_html"]),
            "highlights": [("highlight", line) for line in row.get("highlights", [])],
            "seo_title": "",
            "search_description": row["summary"],
        }
        _translate(words.live(ProductPage, slug), locale, fields)


@transaction.atomic
def _translate(page: Page | None, locale: Locale, fields: dict[str, Any]) -> None:
    """Copy a page into a language with other words, unless it is there."""
    if page is None or page.has_translation(locale):
        return
    page = page.specific
    copied = page.copy_for_translation(locale, copy_parents=True)
    for name, value in fields.items():
        setattr(copied, name, value)
    copied.save_revision().publish()
