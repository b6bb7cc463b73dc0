"""Descriptions that come as HTML: only what formats a text, nothing that could run or load."""

import re
from html import escape
from html.parser import HTMLParser

import nh3

TAGS = frozenset(
    ["a", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em"]
    + ["h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small"]
    + ["span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"]
    + ["u", "ul"]
)
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
SCHEMES = {"http", "https", "mailto", "tel"}
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[a-zA-Z#][a-zA-Z0-9]*;")
LEFT_OUT = frozenset({"img", "iframe", "video", "audio", "embed", "object", "script", "form"})


def clean(source: str) -> str:
    """Safe HTML with the same words; plain text becomes paragraphs. Clean HTML stays as it is."""
    if not _MARKUP.search(source):
        blocks = re.split(r"\n\s*\n", source.replace("\r\n", "\n").strip())
        lines = (escape(block, quote=False).replace("\n", "<br>") for block in blocks if block)
        return "".join(f"<p>{line}</p>" for line in lines)
    return nh3.clean(
        source.strip(),
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


def left_out(source: str) -> list[str]:
    """What of a description a shopper would miss after `clean`: pictures, videos and the like."""
    if "<" not in source:
        return []
    found = _Found()
    found.feed(source)
    return sorted(found.tags & LEFT_OUT)


class _Found(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
