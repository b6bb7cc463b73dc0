"""Formatted text as HTML that a storefront can show: links and pictures resolved."""

from typing import Any

from django.utils.html import format_html, strip_tags
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page
from wagtail.rich_text import get_text_for_indexing
from wagtail.rich_text.rewriters import EmbedRewriter, LinkRewriter, MultiRuleRewriter

from content.links import page_url
from content.renditions import asset_url, image_shape

Attributes = dict[str, str]


def html(source: str) -> str:
    """Wagtail's stored HTML with storefront links and with the renditions that exist."""
    resolved: str = _rewrite(source) if source else ""
    return resolved


def text(source: str) -> str:
    """The words alone."""
    words: str = get_text_for_indexing(source) if source else ""
    return " ".join(strip_tags(words).split())


def _rows(model: Any, wanted: list[Attributes]) -> list[Any]:
    ids = [attributes.get("id", "") for attributes in wanted]
    found = model.objects.in_bulk([int(pk) for pk in ids if pk.isascii() and pk.isdigit()])
    return [found.get(int(pk)) if pk.isascii() and pk.isdigit() else None for pk in ids]


def _page_links(wanted: list[Attributes]) -> list[str]:
    urls = [page_url(page) for page in _rows(Page, wanted)]
    return [format_html('<a href="{}">', url) if url else "<a>" for url in urls]


def _document_links(wanted: list[Attributes]) -> list[str]:
    return [
        format_html('<a href="{}">', asset_url(document.url)) if document else "<a>"
        for document in _rows(get_document_model(), wanted)
    ]


def _pictures(wanted: list[Attributes]) -> list[str]:
    tags = []
    for attributes, image in zip(wanted, _rows(get_image_model(), wanted), strict=True):
        shape = image_shape(image, alt=attributes.get("alt", ""))
        tags.append(
            format_html(
                '<img src="{}" srcset="{}" width="{}" height="{}" alt="{}" loading="lazy">',
                shape["url"],
                shape["srcset"],
                shape["width"],
                shape["height"],
                attributes.get("alt", ""),
            )
            if shape
            else ""
        )
    return tags


_rewrite = MultiRuleRewriter(
    [
        LinkRewriter(bulk_rules={"page": _page_links, "document": _document_links}),
        EmbedRewriter(bulk_rules={"image": _pictures}),
    ]
)
