"""Which cart a request means, and who cannot reach it."""

import pytest
from rest_framework.test import APIClient

from commerce.carts.models import Cart
from commerce.catalogue.models import Variant
from commerce.shipping.models import Method
from tests.commerce.carts.shown import EMPTY, carts_and_lines
from tests.factories import (
    another_client,
    fill_cart,
    make_code,
    make_customer,
    make_variant,
    open_guest_cart,
    place,
)

pytestmark = pytest.mark.django_db


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
