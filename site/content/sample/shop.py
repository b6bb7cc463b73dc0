"""Reads the sample shop's texts from the JSON files beside this module.

Prices are decimal strings per currency, weights grams, `starts_in_days` and `ends_in_days`
count from the day of seeding. A picture is `{"picture", "params", "alt"}` and sometimes
`width`, `height` (pixels), `focal_point` (0 to 1) and, for a product's image, the `options`
whose variant it shows; `pictures.draw` draws it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypedDict

TEXTS = Path(__file__).parent / "texts"


class Shop(TypedDict):
    """Everything that `seed_products` writes, in the order in which it may be written."""

    categories: list[dict[str, Any]]
    brands: list[dict[str, Any]]
    products: list[dict[str, Any]]
    promotions: list[dict[str, Any]]
    faqs: list[dict[str, Any]]
    pages: list[dict[str, Any]]
    home: dict[str, Any]
    site: dict[str, Any]
    translations: dict[str, dict[str, Any]]


def load_shop() -> Shop:
    """Return the whole sample shop; parents come before their categories' children."""
    shop = _read(TEXTS / "shop.json")
    products: list[dict[str, Any]] = []
    for category in shop["categories"]:
        path = TEXTS / "products" / f"{category['slug']}.json"
        if path.exists():
            products += _read(path)
    return Shop(
        categories=shop["categories"],
        brands=shop["brands"],
        products=products,
        promotions=shop["promotions"],
        faqs=_read(TEXTS / "faqs.json"),
        pages=_read(TEXTS / "pages.json"),
        home=shop["home"],
        site=shop["site"],
        translations=_read(TEXTS / "translations.json"),
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
