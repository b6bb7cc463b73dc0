"""The cart over HTTP: every answer is the whole cart, and a refusal changes nothing."""

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from commerce.carts.models import Cart, CartLine
from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.inventory import services as inventory
from commerce.shipping.models import Method
from tests.commerce.carts.shown import EMPTY, carts_and_lines, money
from tests.factories import (
    another_client,
    fill_cart,
    make_code,
    make_promotion,
    make_tax,
    make_variant,
)

pytestmark = pytest.mark.django_db


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
        "shipping": {
            "method": "Standard",
            "price": money("5.00"),
            "discounts": [],
            "is_estimate": True,
        },
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
