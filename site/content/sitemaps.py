"""What search engines are told: `/sitemap.xml` with storefront URLs, and `/robots.txt`."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import escape
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from content import pages
from content.pages.base import StorefrontPage, storefront_path

MAX_URLS = 50_000


def urls() -> Iterator[tuple[str, datetime | None]]:
    """Every public page's address in the storefront and when it was last published.

    One query for each kind of page and one for restrictions.
    """
    for name in pages.__all__:
        model = getattr(pages, name)
        if not issubclass(model, StorefrontPage):
            continue
        rows = model.objects.live().public().order_by("pk")
        for slug, language, published_at in rows.values_list(
            "slug", "locale__language_code", "last_published_at"
        ):
            address = storefront_path(model.storefront_route.format(slug=slug), language)
            yield f"{settings.STOREFRONT_URL}{address}", published_at


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The first 50,000 addresses (the protocol's limit), as sitemaps.org has it."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
    ]
    for number, (address, published_at) in enumerate(urls()):
        if number == MAX_URLS:
            break
        date = f"<lastmod>{published_at.date().isoformat()}</lastmod>" if published_at else ""
        lines.append(f"<url><loc>{escape(address)}</loc>{date}</url>")
    lines.append("</urlset>")
    return HttpResponse("\n".join(lines), content_type="application/xml; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Everything may be read but carts, checkouts and the admin."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {place}" for place in ("/admin/", "/cart/", "/checkout/", "/preview/")),
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


urlpatterns = [
    path("sitemap.xml", sitemap, name="sitemap"),
    path("robots.txt", robots, name="robots"),
]
