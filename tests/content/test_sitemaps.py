"""What search engines are told."""

import pytest
from django.test import RequestFactory

from content import sitemaps
from tests.content.editing import make_brand_page, new_page, publish, sold_page, translated

pytestmark = pytest.mark.django_db


def test_the_sitemap_has_live_pages_by_their_storefront_address() -> None:
    page = sold_page("Chair")
    publish(translated(page))
    make_brand_page("Aurora")
    new_page("Draft")

    text = sitemaps.sitemap(RequestFactory().get("/sitemap.xml")).content.decode()

    assert "/products/chair/</loc>" in text
    assert "/products/chair/?locale=de</loc>" in text
    assert "/brands/aurora/</loc><lastmod>" in text
    assert "draft" not in text


def test_robots_are_shown_the_sitemap() -> None:
    text = sitemaps.robots(RequestFactory().get("/robots.txt")).content.decode()

    assert "Disallow: /admin/" in text
    assert text.rstrip().endswith("/sitemap.xml")
