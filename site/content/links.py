"""Addresses in the storefront."""

from typing import Any, TypedDict

from wagtail.models import Page


class LinkShape(TypedDict):
    """A link as the API gives it; `url` is null where its page is gone or not live."""

    text: str
    url: str | None


def page_url(page: Page | None) -> str | None:
    """Where the storefront shows a live page, else None."""
    if page is None or not page.live:
        return None
    url: str | None = page.specific.url
    return url


def link_shape(value: Any) -> LinkShape:
    """The link of a LinkBlock."""
    url = page_url(value["page"]) if value["page"] else value["address"] or None
    return {"text": value["text"], "url": url}
