"""The cart over HTTP: every answer is the whole cart, and a refusal changes nothing."""

from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from commerce.carts.models import Cart, CartLine
from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from commerce.pricing import rulebook
from commerce.shipping.models import Method
from tests.factories import (
    another_client,
    fill_cart,
    make_code,
    make_customer,
    make_promotion,
    make_shipping,
    make_tax,
    make_variant,
    open_guest_cart,
    place,
    reprice,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Variant:
    return make_variant("Mug", price={"USD": 1299, "EUR": 1199}, stock=5)


@pytest.fixture
def shirt() -> Variant:
    first = make_variant("Shirt", options={"Size": "S"}, stock=5)
    return make_variant(options={"Size": "M"}, product=first.product, stock=2, price={"USD": 2000})


@pytest.fixture
def standard() -> Method:
    return make_shipping()


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


EMPTY = {
    "token": None,
    "version": 0,
    "currency": "USD",
    "items": [],
    "codes": [],
    "discounts": [],
    "subtotal": money("0.00"),
    "shipping": None,
    "tax": money("0.00"),
    "tax_included": False,
    "total": money("0.00"),
    "problems": [],
}


def carts_and_lines() -> tuple[list[Any], list[Any]]:
    """Everything that is stored of carts."""
    return (
        list(Cart.objects.order_by("id").values_list("id", "version", "codes", "currency")),
        list(CartLine.objects.order_by("id").values_list("cart_id", "variant_id", "quantity")),
    )


def test_who_has_no_cart_sees_an_empty_one_that_is_not_stored(api: APIClient) -> None:
    response = api.get("/api/cart/")
    assert (response.status_code, response.json()) == (200, EMPTY)
    assert response["Cache-Control"] == "no-store"
    assert "cart_token" not in response.cookies
    assert carts_and_lines() == ([], [])


def test_the_first_line_makes_the_cart(api: APIClient, mug: Variant, standard: Method) -> None:
    make_tax("0.08", on_shipping=True)
    make_promotion("Ten off", percent="10")
    response = api.post("/api/cart/items/", {"variant_id": mug.pk, "quantity": 2})

    cart, line = Cart.objects.get(), CartLine.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "token": cart.token,
        "version": 1,
        "currency": "USD",
        "items": [
            {
                "id": str(line.pk),
                "product_id": mug.product_id,
                "variant_id": mug.pk,
                "sku": "MUG",
                "name": "Mug",
                "slug": "mug",
                "url": "",
                "options": {},
                "image": None,
                "quantity": 2,
                "unit_price": money("12.99"),
                "compare_at_price": None,
                "discounts": [{"name": "Ten off", "code": None, "amount": money("2.60")}],
                "line_total": money("23.38"),
                "problems": [],
            }
        ],
        "codes": [],
        "discounts": [{"name": "Ten off", "code": None, "amount": money("2.60")}],
        "subtotal": money("25.98"),
        "shipping": {"method": "Standard", "price": money("5.00"), "is_estimate": True},
        "tax": money("2.27"),
        "tax_included": False,
        "total": money("30.65"),
        "problems": [],
    }
    cookie = response.cookies["cart_token"]
    assert cookie.value == cart.token
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    # The browser has it now, and a storefront that keeps no cookies sends the header.
    assert api.get("/api/cart/").json() == response.json()
    other = another_client().get("/api/cart/", headers={"X-Cart-Token": cart.token})
    assert other.json() == response.json()


def test_a_line_shows_the_product_s_picture_and_the_struck_through_price(api: APIClient) -> None:
    picture = {"url": "/media/mug.jpg", "width": 400, "height": 300, "alt": "A mug"}
    mug = make_variant("Mug", options={"Colour": "Red", "Size": "L"})
    catalogue.set_price(mug, currency="USD", amount_minor=999, compare_at_minor=1500)
    catalogue.update_product(mug.product_id, thumbnail=picture, url="/products/mug/")
    [line] = fill_cart(api, {mug: 1})["items"]
    assert line["image"] == picture
    assert line["url"] == "/products/mug/"
    assert line["options"] == {"Colour": "Red", "Size": "L"}
    assert line["compare_at_price"] == money("15.00")


def test_more_of_the_same_is_the_same_line(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 2})
    answer = fill_cart(api, {mug: 3})
    assert [line["quantity"] for line in answer["items"]] == [5]
    assert answer["version"] == 2


def test_the_quantity_is_one_unless_told(api: APIClient, mug: Variant) -> None:
    answer = api.post("/api/cart/items/", {"variant_id": mug.pk}).json()
    assert answer["items"][0]["quantity"] == 1


def test_a_product_with_one_variant_may_be_named(api: APIClient, mug: Variant) -> None:
    response = api.post("/api/cart/items/", {"product_id": mug.product_id, "quantity": 1})
    assert response.status_code == 201
    assert response.json()["items"][0]["variant_id"] == mug.pk


def test_a_product_with_several_asks_which(api: APIClient, shirt: Variant) -> None:
    response = api.post("/api/cart/items/", {"product_id": shirt.product_id})
    assert response.status_code == 400
    assert response.json() == {
        "type": "/api/docs/errors#choose_variant",
        "title": "Choose a variant",
        "status": 400,
        "detail": "This product has several variants: send `variant_id`.",
        "code": "choose_variant",
        "errors": [
            {
                "field": "variant_id",
                "code": "required",
                "detail": "This product has several variants: send `variant_id`.",
            }
        ],
    }
    assert carts_and_lines() == ([], [])


def test_what_is_not_for_sale_is_not_found(api: APIClient, mug: Variant) -> None:
    draft = make_variant("Draft", listed=False)
    without_price = make_variant("Priceless", price={})
    only_euro = make_variant("Euro", price={"EUR": 100})
    archived = make_variant("Archived")
    catalogue.archive_product(archived.product_id)
    old = make_variant("Old")
    catalogue.archive_variant(old)
    for wanted in (
        {"variant_id": draft.pk},
        {"variant_id": without_price.pk},
        {"variant_id": only_euro.pk},
        {"variant_id": archived.pk},
        {"variant_id": old.pk},
        {"variant_id": 2**63 - 1},
        {"product_id": draft.product_id},
        {"product_id": old.product_id},
        {"product_id": 2**63 - 1},
    ):
        response = api.post("/api/cart/items/", wanted)
        assert (response.status_code, response.json()["code"]) == (404, "unknown_product"), wanted
        assert "cart_token" not in response.cookies
    assert carts_and_lines() == ([], [])


def test_no_more_than_there_is(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 3})
    before = carts_and_lines()
    response = api.post("/api/cart/items/", {"variant_id": mug.pk, "quantity": 3})
    assert response.status_code == 409
    assert response.json() == {
        "type": "/api/docs/errors#out_of_stock",
        "title": "Not enough stock",
        "status": 409,
        "detail": "only 5 of Mug left",
        "code": "out_of_stock",
        "errors": [],
        "shortages": [
            {"variant_id": mug.pk, "wanted": 6, "available": 5, "sku": "MUG", "name": "Mug"}
        ],
    }
    assert carts_and_lines() == before


def test_a_cart_has_its_limits(api: APIClient, mug: Variant) -> None:
    scarf = make_variant("Scarf", stock=5000)
    with override_settings(CART_MAX_LINES=1, CART_MAX_QUANTITY=20):
        fill_cart(api, {scarf: 20})
        before = carts_and_lines()
        for wanted in ({"variant_id": mug.pk}, {"variant_id": scarf.pk}):
            response = api.post("/api/cart/items/", wanted)
            assert (response.status_code, response.json()["code"]) == (400, "cart_limit")
        [line] = api.get("/api/cart/").json()["items"]
        response = api.patch(f"/api/cart/items/{line['id']}/", {"quantity": 21})
        assert (response.status_code, response.json()["code"]) == (400, "cart_limit")
    assert carts_and_lines() == before


def test_a_line_is_changed_and_removed(api: APIClient, mug: Variant, shirt: Variant) -> None:
    first, second = fill_cart(api, {mug: 2, shirt: 1})["items"]

    more = api.patch(f"/api/cart/items/{first['id']}/", {"quantity": 5}).json()
    assert [line["quantity"] for line in more["items"]] == [5, 1]
    too_many = api.patch(f"/api/cart/items/{first['id']}/", {"quantity": 6})
    assert (too_many.status_code, too_many.json()["code"]) == (409, "out_of_stock")

    none = api.patch(f"/api/cart/items/{first['id']}/", {"quantity": 0})
    assert none.status_code == 200
    assert [line["id"] for line in none.json()["items"]] == [second["id"]]
    assert none.json()["version"] == 4

    empty = api.delete(f"/api/cart/items/{second['id']}/")
    assert (empty.status_code, empty.json()["items"]) == (200, [])
    again = api.delete(f"/api/cart/items/{second['id']}/")
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


def test_taking_less_is_allowed_when_even_that_is_short(api: APIClient, mug: Variant) -> None:
    [line] = fill_cart(api, {mug: 5})["items"]
    inventory.set_on_hand(variant_id=mug.pk, on_hand=1)
    answer = api.patch(f"/api/cart/items/{line['id']}/", {"quantity": 3})
    assert answer.status_code == 200
    assert answer.json()["items"][0]["problems"] == [
        {"code": "not_enough_stock", "detail": "Only 1 left.", "available": 1}
    ]


def test_everything_is_taken_out(api: APIClient, mug: Variant) -> None:
    make_code("SPRING")
    fill_cart(api, {mug: 2})
    api.post("/api/cart/codes/", {"code": "SPRING"})
    response = api.delete("/api/cart/")
    token = Cart.objects.get().token
    assert response.status_code == 200
    assert response.json() == {**EMPTY, "token": token, "version": 3}


def test_a_cart_that_nobody_has_cannot_be_changed(api: APIClient) -> None:
    line = "/api/cart/items/00000000-0000-7000-8000-000000000000/"
    for response in (
        api.delete("/api/cart/"),
        api.patch(line, {"quantity": 1}),
        api.delete(line),
        api.delete("/api/cart/codes/X/"),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert carts_and_lines() == ([], [])


# ── Codes ───────────────────────────────────────────────────────────────────────────────
def test_a_code_counts_until_it_is_taken_out(api: APIClient, mug: Variant) -> None:
    make_code("Spring")
    fill_cart(api, {mug: 1})
    with_code = api.post("/api/cart/codes/", {"code": " sPRING "})
    assert with_code.status_code == 201
    assert with_code.json()["codes"] == ["sPRING"]
    assert with_code.json()["discounts"] == [
        {"name": "With Spring", "code": "Spring", "amount": money("1.30")}
    ]
    assert with_code.json()["total"] == money("11.69")

    api.post("/api/cart/codes/", {"code": "SPRING"})
    assert Cart.objects.get().codes == ["sPRING"]

    without = api.delete("/api/cart/codes/SPRING/").json()
    assert (without["codes"], without["discounts"]) == ([], [])
    assert without["total"] == money("12.99")
    assert api.delete("/api/cart/codes/SPRING/").status_code == 200


def test_a_code_that_nobody_can_use_is_refused(api: APIClient) -> None:
    make_code("USED", max_uses=0)
    for code in ("NOTHING", "USED"):
        response = api.post("/api/cart/codes/", {"code": code})
        assert (response.status_code, response.json()["code"]) == (400, "code_not_valid")
        assert response.json()["errors"][0]["field"] == "code"
    assert carts_and_lines() == ([], [])


def test_a_code_that_does_nothing_says_why(api: APIClient, mug: Variant) -> None:
    promotion = make_promotion(
        "Big", percent="10", needs_code=True, min_subtotals_minor={"USD": 10000}
    )
    make_code("BIG", promotion=promotion)
    fill_cart(api, {mug: 1})
    answer = api.post("/api/cart/codes/", {"code": "BIG"}).json()
    assert answer["discounts"] == []
    assert answer["problems"] == [
        {"code": "BIG", "detail": "The cart has not reached the minimum for it."}
    ]


def test_a_cart_takes_ten_codes(api: APIClient, mug: Variant) -> None:
    for number in range(11):
        make_code(f"CODE{number}")
        response = api.post("/api/cart/codes/", {"code": f"CODE{number}"})
    assert (response.status_code, response.json()["code"]) == (400, "cart_limit")
    assert len(Cart.objects.get().codes) == 10


# ── Whose cart ──────────────────────────────────────────────────────────────────────────
def test_an_unknown_token_is_not_found_and_a_stale_cookie_is_passed_over(
    api: APIClient, mug: Variant
) -> None:
    named = {"X-Cart-Token": "nobody-has-this"}
    for response in (
        api.get("/api/cart/", headers=named),
        api.post("/api/cart/items/", {"variant_id": mug.pk}, headers=named),
        api.get("/api/cart/", headers={"X-Cart-Token": "x" * 5000}),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert carts_and_lines() == ([], [])

    api.cookies["cart_token"] = "stale"
    assert api.get("/api/cart/").json() == EMPTY
    assert api.post("/api/cart/items/", {"variant_id": mug.pk}).status_code == 201
    assert api.cookies["cart_token"].value == Cart.objects.get().token


@pytest.mark.parametrize("cookie", [r'"\000"', r'"a\000b"', "ü", "%00", '"' + "x" * 300 + '"'])
def test_a_cookie_with_anything_in_it_is_passed_over(api: APIClient, cookie: str) -> None:
    response = api.get("/api/cart/", headers={"Cookie": f"cart_token={cookie}"})
    assert (response.status_code, response.json()) == (200, EMPTY)


def test_another_s_line_is_not_found(api: APIClient, mug: Variant) -> None:
    theirs = open_guest_cart({mug: 2}).lines.get()
    fill_cart(api, {mug: 1})
    before = carts_and_lines()
    for response in (
        api.patch(f"/api/cart/items/{theirs.pk}/", {"quantity": 1}),
        api.delete(f"/api/cart/items/{theirs.pk}/"),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert carts_and_lines() == before


def test_a_customer_s_cart_is_not_reached_by_its_token(api: APIClient, mug: Variant) -> None:
    api.force_login(make_customer())
    answer = fill_cart(api, {mug: 1})
    assert answer["token"] is None
    assert "cart_token" not in api.cookies

    token = Cart.objects.get().token
    response = another_client().get("/api/cart/", headers={"X-Cart-Token": token})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    stranger = another_client(make_customer())
    assert stranger.get("/api/cart/", headers={"X-Cart-Token": token}).json() == EMPTY


def test_an_ordered_cart_is_gone(api: APIClient, mug: Variant, standard: Method) -> None:
    place({mug: 1})
    token = Cart.objects.get().token
    response = api.get("/api/cart/", headers={"X-Cart-Token": token})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_signing_in_pours_the_guest_s_cart_into_the_customer_s(
    api: APIClient, mug: Variant, shirt: Variant
) -> None:
    ada = make_customer()
    vase = make_variant("Vase")
    make_code("GUEST")
    at_home = another_client(ada)
    fill_cart(at_home, {mug: 1, vase: 4})

    fill_cart(api, {mug: 3, vase: 2, shirt: 1})
    api.post("/api/cart/codes/", {"code": "GUEST"})
    api.force_login(ada)
    answer = api.get("/api/cart/").json()

    assert {line["variant_id"]: line["quantity"] for line in answer["items"]} == {
        mug.pk: 3,
        vase.pk: 4,
        shirt.pk: 1,
    }
    assert (answer["token"], answer["codes"]) == (None, ["GUEST"])
    assert Cart.objects.get().customer == ada
    # Once: the cookie that is still there names nothing any more.
    assert api.get("/api/cart/").json() == answer
    assert at_home.get("/api/cart/").json() == answer


def test_a_guest_s_cart_becomes_that_of_a_customer_who_has_none(
    api: APIClient, mug: Variant
) -> None:
    before = fill_cart(api, {mug: 2})
    ada = make_customer()
    api.force_login(ada)
    answer = api.get("/api/cart/").json()
    assert [line["quantity"] for line in answer["items"]] == [2]
    assert answer["items"][0]["id"] == before["items"][0]["id"]
    assert Cart.objects.get().customer == ada


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


def test_a_product_that_is_removed_for_good_leaves_the_cart(
    api: APIClient, mug: Variant
) -> None:
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
