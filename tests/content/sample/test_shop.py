"""The sample shop's texts hold together before anything is written to a database."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from content.sample.pictures import PICTURES
from content.sample.shop import Shop, load_shop
from core.money import exponent

CURRENCIES = {"USD", "EUR", "JPY"}


@pytest.fixture(scope="module")
def shop() -> Shop:
    return load_shop()


def slugs(rows: list[dict[str, Any]]) -> list[str]:
    return [row["slug"] for row in rows]


def pictures(node: Any) -> list[dict[str, Any]]:
    """Find every picture in a tree of texts, those inside arrangements too."""
    if isinstance(node, list):
        return [found for child in node for found in pictures(child)]
    if not isinstance(node, dict):
        return []
    inner = [found for child in node.values() for found in pictures(child)]
    return [node, *inner] if isinstance(node.get("picture"), str) else inner


def test_it_is_as_large_as_promised(shop: Shop) -> None:
    assert len(shop["products"]) >= 28
    assert len([row for row in shop["categories"] if row["parent"] is None]) >= 5
    assert len(shop["brands"]) >= 4
    assert len(shop["faqs"]) >= 15
    assert len({row["topic"] for row in shop["faqs"]}) >= 4
    assert set(slugs(shop["pages"])) == {"about", "shipping-and-returns", "contact", "privacy"}


def test_slugs_and_skus_are_unique(shop: Shop) -> None:
    skus = [variant["sku"] for row in shop["products"] for variant in row["variants"]]
    codes = [variant["barcode"] for row in shop["products"] for variant in row["variants"]]
    names = [slugs(shop[key]) for key in ("products", "categories", "brands", "promotions")]

    for group in (skus, codes, *names):
        assert [value for value, count in Counter(group).items() if count > 1] == []


def test_every_category_comes_after_its_parent(shop: Shop) -> None:
    seen: set[str | None] = {None}
    for row in shop["categories"]:
        assert row["parent"] in seen
        seen.add(row["slug"])


def test_products_refer_to_what_exists(shop: Shop) -> None:
    products, brands = set(slugs(shop["products"])), set(slugs(shop["brands"]))
    categories = set(slugs(shop["categories"]))
    for row in shop["products"]:
        assert row["brand"] in brands
        assert row["category"] in categories
        assert set(row["related"]) <= products - {row["slug"]}
        assert 3 <= len(row["highlights"]) <= 5


def test_variants_choose_one_value_of_each_option(shop: Shop) -> None:
    for row in shop["products"]:
        options = {option["name"]: set(option["values"]) for option in row["options"]}
        chosen = [tuple(sorted(variant["options"].items())) for variant in row["variants"]]
        assert len(set(chosen)) == len(chosen)
        for choice in chosen:
            assert {name for name, _ in choice} == set(options)
            assert all(value in options[name] for name, value in choice)
        for name, values in options.items():
            assert {dict(choice)[name] for choice in chosen} == values
        for image in row["images"]:
            assert all(value in options[name] for name, value in image["options"].items())


def test_prices_are_exact_in_their_currency(shop: Shop) -> None:
    for row in shop["products"]:
        for variant in row["variants"]:
            assert set(variant["prices"]) == CURRENCIES
            for currency, text in variant["prices"].items():
                digits = -int(Decimal(text).as_tuple().exponent)
                assert digits <= exponent(currency)
                assert Decimal(text) > 0
                before = variant["compare_at"].get(currency)
                assert before is None or Decimal(before) > Decimal(text)


def test_stock_shows_every_state(shop: Shop) -> None:
    variants = [variant for row in shop["products"] for variant in row["variants"]]

    assert all(isinstance(v["stock"], int) and v["stock"] >= 0 for v in variants)
    assert any(all(v["stock"] == 0 for v in row["variants"]) for row in shop["products"])
    assert any(0 < v["stock"] <= v["low_stock_threshold"] for v in variants)
    assert any(v["compare_at"] for v in variants)
    assert any(len(row["options"]) == 2 for row in shop["products"])
    assert any(not row["options"] for row in shop["products"])


def test_promotions_have_rules_that_can_apply(shop: Shop) -> None:
    kinds = {(row["rule"]["kind"], row["rule"]["code"] is not None) for row in shop["promotions"]}
    assert {("percentage", False), ("percentage", True), ("free_shipping", False)} <= kinds
    for row in shop["promotions"]:
        scope = row["rule"]["scope"]
        assert set(scope.get("categories", [])) <= set(slugs(shop["categories"]))
        assert set(scope.get("brands", [])) <= set(slugs(shop["brands"]))
        assert row["starts_in_days"] < row["ends_in_days"]


def test_every_picture_can_be_drawn_and_has_words(shop: Shop) -> None:
    found = pictures(dict(shop))

    assert {picture["picture"] for picture in found} <= PICTURES
    for row in shop["products"]:
        assert row["images"]
        assert all(len(image["alt"]) > 10 for image in row["images"])
        assert all(0 <= part <= 1 for image in row["images"] for part in image["focal_point"])


def test_translations_have_an_original(shop: Shop) -> None:
    german = shop["translations"]["de"]
    products = {row["slug"]: row for row in shop["products"]}

    assert set(german["products"]) <= set(products)
    assert set(german["categories"]) <= set(slugs(shop["categories"]))
    assert len(german["home"]["sections"]) == len(shop["home"]["sections"])
    for slug, words in german["products"].items():
        assert len(words["highlights"]) == len(products[slug]["highlights"])


def test_markup_is_closed(shop: Shop) -> None:
    texts = [row["body_html"] for row in (*shop["products"], *shop["pages"], *shop["promotions"])]
    texts += [row["story_html"] for row in shop["brands"]]
    texts += [row["answer_html"] for row in shop["faqs"]]
    for text in texts:
        tags = re.findall(r"<(/?)(\w+)", text)
        assert {tag for _, tag in tags} <= {"p", "h3", "ul", "li", "em", "strong", "a"}
        opened = Counter(tag for closing, tag in tags if not closing)
        assert opened == Counter(tag for closing, tag in tags if closing)
