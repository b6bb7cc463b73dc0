"""Every mail as a picture: on a phone and beside other mails, light and dark, in both languages.

The pictures lie in the folder that SCREENSHOTS names, else in the test's own.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from content.mails.kinds import KINDS, Letter
from content.mails.rendering import render

pytestmark = pytest.mark.django_db

WIDTHS = (390, 700)
SCHEMES = ("light", "dark")
OVERFLOWING = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.className !== 'preheader' && e.getBoundingClientRect().right > innerWidth + 0.5)
    .map(e => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`)"""
DOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="56" height="56">'
    '<circle cx="28" cy="28" r="20" fill="#8a4b2a"/></svg>'
)


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[[int, str], BrowserContext]]:
    """Readers' windows, of which nothing goes out: `context(390, "dark")`."""
    opened: list[BrowserContext] = []

    def answer(route: Route) -> None:
        route.fulfill(body=DOT, content_type="image/svg+xml")

    def open_context(width: int, scheme: str) -> BrowserContext:
        made = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        made.route("**/*", answer)
        opened.append(made)
        return made

    yield open_context
    for each in opened:
        each.close()


def look(page: Page, html: str, path: Path) -> None:
    """Take the whole mail's picture and see that nothing stands over its right edge."""
    page.set_content(html, wait_until="load")
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path.name
    assert page.evaluate(OVERFLOWING) == [], path.name


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_mail_fits(
    context: Callable[[int, str], BrowserContext], width: int, scheme: str, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path)) / "mails"
    page = context(width, scheme).new_page()

    for kind in KINDS.values():
        for locale in ("en", "de"):
            html = render(kind, kind.sample(locale)).html
            look(page, html, folder / f"{kind.name}-{locale}-{width}-{scheme}.png")

    assert len(list(folder.glob(f"*-{width}-{scheme}.png"))) == 2 * len(KINDS)


def crowded(name: str) -> Letter:
    """A sample whose every value is longer than a line and has no place to break it."""
    letter = KINDS[name].sample("de")
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 3
    letter.values = {key: f"{long} {value}" for key, value in letter.values.items()}
    for line in letter.parts.get("lines", []):
        line |= {"name": long, "image": {"url": "https://shop.example/dot.svg", "alt": ""}}
    for address in letter.parts.get("addresses", []):
        address["lines"] = [long]
    for section in letter.parts.get("sections", []):
        for row in section["rows"]:
            row["label"] = long
    for part in ("payment", "text", "question", "note", "sender"):
        if letter.parts.get(part):
            letter.parts[part] = long
    if "product" in letter.parts:
        image = {"url": "https://shop.example/dot.svg", "alt": ""}
        letter.parts["product"] |= {"name": long, "image": image}
    return letter


@pytest.mark.parametrize("width", WIDTHS)
def test_long_words_break(
    context: Callable[[int, str], BrowserContext], width: int, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path)) / "mails"
    page = context(width, "light").new_page()

    for kind in KINDS.values():
        html = render(kind, crowded(kind.name)).html
        look(page, html, folder / f"crowded-{kind.name}-{width}.png")
