"""Prices, currencies and availability in carts, lines without a cart, and query counts."""

from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from commerce.carts.models import CartLine
from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from commerce.pricing import rulebook
from tests.commerce.carts.shown import carts_and_lines, money
from tests.factories import (
    fill_cart,
    make_customer,
    make_promotion,
    make_shipping,
    make_tax,
    make_variant,
    reprice,
)

pytestmark = pytest.mark.django_db


# ── Prices, currencies, availability ────────────────────────────────────────────────────
def test_another_currency_prices_the_whole_cart(
    api: APIClient, mug: Variant, shirt: Variant
) -> None:
    make_shipping(price={"USD": 500, "EUR": 450})
    fill_cart(api, {mug: 2, shirt: 1})
    answer = api.get("/api/cart/?currency=EUR").json()

    assert answer["currency"] == "EUR"
    assert [line["line_total"] for line in answer["items"]] == [
        money("23.98", "EUR"),
        money("0.00", "EUR"),
    ]
    assert answer["items"][1]["problems"] == [
        {
            "code": "no_price",
            "detail": "This product has no price in this currency.",
            "available": 0,
        }
    ]
    assert answer["shipping"] == {
        "method": "Standard",
        "price": money("4.50", "EUR"),
        "discounts": [],
        "is_estimate": True,
    }
    assert answer["total"] == money("28.48", "EUR")
    assert api.get("/api/cart/").json() == answer


def test_a_currency_that_the_shop_does_not_have_changes_nothing(
    api: APIClient, mug: Variant
) -> None:
    fill_cart(api, {mug: 1})
    before = carts_and_lines()
    for currency in ("JPY", "usd", "", "XXXX", "\x00"):
        for response in (
            api.get("/api/cart/", {"currency": currency}),
            api.post(f"/api/cart/items/?currency={currency}", {"variant_id": mug.pk}),
        ):
            assert response.status_code == 400, currency
            assert response["Content-Type"] == "application/problem+json"
    assert carts_and_lines() == before


@pytest.mark.parametrize(
    ("currency", "minor", "unit", "total"),
    [("JPY", 1299, "1299", "3897"), ("KWD", 1299, "1.299", "3.897")],
)
def test_currencies_without_cents_and_with_three_decimals(
    api: APIClient, currency: str, minor: int, unit: str, total: str
) -> None:
    mug = make_variant("Mug", price={currency: minor})
    with override_settings(CURRENCIES=[currency], DEFAULT_CURRENCY=currency):
        answer = fill_cart(api, {mug: 3})
    assert answer["items"][0]["unit_price"] == money(unit, currency)
    assert answer["total"] == money(total, currency)


def test_prices_that_include_the_tax(api: APIClient) -> None:
    mug = make_variant("Mug", price={"USD": 1190})
    make_tax("0.19")
    with override_settings(PRICES_INCLUDE_TAX=True):
        answer = fill_cart(api, {mug: 1})
    assert answer["tax_included"] is True
    assert (answer["tax"], answer["total"]) == (money("1.90"), money("11.90"))


def test_a_cart_says_what_became_of_its_products(api: APIClient, mug: Variant) -> None:
    delisted, archived, short, gone = (make_variant(n) for n in ("A", "B", "C", "D"))
    fill_cart(api, {mug: 1, delisted: 1, archived: 1, short: 3, gone: 1})
    catalogue.delist_product(delisted.product_id)
    catalogue.archive_variant(archived)
    inventory.set_on_hand(variant_id=short.pk, on_hand=2)
    inventory.adjust(variant_id=gone.pk, delta=-5, kind=MovementKind.DAMAGED)
    reprice(mug, 1500)

    answer = api.get("/api/cart/").json()
    assert {line["name"]: line["problems"] for line in answer["items"]} == {
        "Mug": [],
        "A": [
            {
                "code": "unavailable",
                "detail": "This product is no longer for sale.",
                "available": 0,
            }
        ],
        "B": [
            {
                "code": "unavailable",
                "detail": "This product is no longer for sale.",
                "available": 0,
            }
        ],
        "C": [{"code": "not_enough_stock", "detail": "Only 2 left.", "available": 2}],
        "D": [{"code": "out_of_stock", "detail": "This product is sold out.", "available": 0}],
    }
    assert answer["items"][0]["unit_price"] == money("15.00")
    # What nobody can buy costs nothing; what is short still does.
    assert answer["subtotal"] == money("66.96")


def test_a_product_that_is_removed_for_good_leaves_the_cart(api: APIClient, mug: Variant) -> None:
    ghost = make_variant("Ghost", stock=0, backorder_limit=9)
    fill_cart(api, {ghost: 1, mug: 1})
    CartLine.objects.filter(variant=ghost).delete()
    assert [line["name"] for line in api.get("/api/cart/").json()["items"]] == ["Mug"]


# ── Verify ──────────────────────────────────────────────────────────────────────────────
def test_lines_that_a_storefront_kept_are_checked_without_a_cart(
    api: APIClient, mug: Variant, shirt: Variant
) -> None:
    gone = make_variant("Gone", stock=0)
    response = api.post(
        "/api/cart/verify/",
        {
            "items": [
                {"variant_id": mug.pk, "quantity": 2},
                {"product_id": shirt.product_id, "quantity": 1},
                {"variant_id": shirt.pk, "quantity": 3},
                {"product_id": gone.product_id, "quantity": 1},
                {"variant_id": 999999, "quantity": 1},
            ]
        },
    )
    assert response.status_code == 200
    assert response.json() == {
        "items": [
            {
                "product_id": mug.product_id,
                "variant_id": mug.pk,
                "sku": "MUG",
                "name": "Mug",
                "options": {},
                "quantity": 2,
                "unit_price": money("12.99"),
                "line_total": money("25.98"),
                "availability": "in_stock",
            }
        ],
        "invalid": [
            {
                "index": 1,
                "variant_id": None,
                "product_id": shirt.product_id,
                "quantity": 1,
                "code": "choose_variant",
                "detail": "This product has several variants: send `variant_id`.",
                "available": 0,
            },
            {
                "index": 2,
                "variant_id": shirt.pk,
                "product_id": None,
                "quantity": 3,
                "code": "not_enough_stock",
                "detail": "Only 2 left.",
                "available": 2,
            },
            {
                "index": 3,
                "variant_id": None,
                "product_id": gone.product_id,
                "quantity": 1,
                "code": "out_of_stock",
                "detail": "This product is sold out.",
                "available": 0,
            },
            {
                "index": 4,
                "variant_id": 999999,
                "product_id": None,
                "quantity": 1,
                "code": "unavailable",
                "detail": "There is no such product or variant for sale.",
                "available": 0,
            },
        ],
        "subtotal": money("25.98"),
    }
    assert carts_and_lines() == ([], [])


def test_a_variant_named_twice_has_to_be_there_for_both(api: APIClient, mug: Variant) -> None:
    lines = [{"variant_id": mug.pk, "quantity": 3}, {"product_id": mug.product_id, "quantity": 3}]
    answer = api.post("/api/cart/verify/", {"items": lines}).json()
    assert [line["quantity"] for line in answer["items"]] == [3]
    assert [(line["index"], line["code"]) for line in answer["invalid"]] == [
        (1, "not_enough_stock")
    ]


# ── How often the database is asked ─────────────────────────────────────────────────────
@pytest.mark.parametrize("signed_in", [False, True])
def test_adding_asks_as_often_with_fifty_lines_as_with_one(
    api: APIClient, signed_in: bool, django_assert_max_num_queries: Any
) -> None:
    make_shipping()
    make_tax()
    make_promotion("Ten off", percent="10")
    variants = [make_variant(f"Thing {number}", stock=100) for number in range(51)]
    if signed_in:
        api.force_login(make_customer())
    rulebook.current()
    counts = {}
    for number, variant in enumerate(variants):
        # The first line makes the cart, which of a customer there may be only one.
        at_most = 15 if signed_in and number == 0 else 12
        with django_assert_max_num_queries(at_most) as queries:
            fill_cart(api, {variant: 1})
        counts[number] = len(queries)
    assert counts[1] == counts[50]
    with django_assert_max_num_queries(12):
        fill_cart(api, {variants[7]: 1})
