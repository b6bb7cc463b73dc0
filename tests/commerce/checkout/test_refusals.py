"""An order that cannot be placed says why and changes nothing."""

from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.orders.models import Order
from commerce.shipping.models import Method
from tests.commerce.checkout.shown import everything, money, refuse
from tests.factories import (
    ADDRESS,
    GUEST,
    fill_cart,
    make_code,
    make_rate,
    make_shipping,
    make_variant,
    order_form,
    place,
    reprice,
)

pytestmark = pytest.mark.django_db


def test_too_late_for_the_last_units(api: APIClient, mug: Variant) -> None:
    scarf, vase = make_variant("Scarf", stock=4), make_variant("Vase", stock=1)
    fill_cart(api, {mug: 5, scarf: 1, vase: 1})
    place({mug: 3, vase: 1})
    before = everything()

    response = api.post("/api/checkout/", order_form(), headers={"Idempotency-Key": "k"})

    assert refuse(response, 409, "out_of_stock") == {
        "type": "/api/docs/errors#out_of_stock",
        "title": "Not enough stock",
        "status": 409,
        "detail": "only 2 of Mug left; only 0 of Vase left",
        "code": "out_of_stock",
        "errors": [],
        "shortages": [
            {"variant_id": mug.pk, "sku": "MUG", "name": "Mug", "wanted": 5, "available": 2},
            {"variant_id": vase.pk, "sku": "VASE", "name": "Vase", "wanted": 1, "available": 0},
        ],
    }
    assert everything() == before

    # The same key is free again once the shopper has taken less.
    lines = {line["name"]: line["id"] for line in api.get("/api/cart/").json()["items"]}
    api.patch(f"/api/cart/items/{lines['Mug']}/", {"quantity": 2})
    api.delete(f"/api/cart/items/{lines['Vase']}/")
    again = api.post("/api/checkout/", order_form(), headers={"Idempotency-Key": "k"})
    assert again.status_code == 201


def test_a_price_that_changed_is_shown_before_it_is_paid(api: APIClient, mug: Variant) -> None:
    version = fill_cart(api, {mug: 2})["version"]
    reprice(mug, 1500)
    before = everything()

    response = api.post("/api/checkout/", order_form(cart_version=version))

    answer = refuse(response, 409, "cart_changed")
    assert answer["detail"] == "These prices have changed: Mug."
    assert answer["cart"] == api.get("/api/cart/").json()
    assert answer["cart"]["items"][0]["unit_price"] == money("15.00")
    assert answer["cart"]["version"] == version + 1
    assert everything() == before

    again = api.post("/api/checkout/", order_form(cart_version=answer["cart"]["version"]))
    assert again.status_code == 201
    assert again.json()["order"]["subtotal"] == money("30.00")


def test_a_cart_that_was_changed_in_another_tab(api: APIClient, mug: Variant) -> None:
    version = fill_cart(api, {mug: 1})["version"]
    fill_cart(api, {mug: 1})
    response = api.post("/api/checkout/", order_form(cart_version=version))
    answer = refuse(response, 409, "cart_changed")
    assert answer["cart"]["items"][0]["quantity"] == 2
    assert not Order.objects.exists()


def test_a_currency_that_was_just_chosen_is_no_surprise(api: APIClient, standard: Method) -> None:
    mug = make_variant("Cup", price={"USD": 1299, "EUR": 1199})
    make_rate(standard, currency="EUR", price_minor=450)
    fill_cart(api, {mug: 1})
    version = api.get("/api/cart/?currency=EUR").json()["version"]
    response = api.post("/api/checkout/", order_form(cart_version=version))
    assert response.status_code == 201
    assert response.json()["order"]["total"] == {"amount": "16.49", "currency": "EUR"}


def test_a_product_that_left_the_shop_cannot_be_ordered(api: APIClient, mug: Variant) -> None:
    vase = make_variant("Vase")
    fill_cart(api, {mug: 1, vase: 1})
    catalogue.archive_product(vase.product_id)
    before = everything()
    answer = refuse(api.post("/api/checkout/", order_form()), 409, "cart_changed")
    assert answer["detail"] == "No longer for sale: Vase."
    assert [line["problems"] for line in answer["cart"]["items"]][1][0]["code"] == "unavailable"
    assert everything() == before


def test_a_guest_says_where_the_mail_goes(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 1})
    before = everything()
    for email in (None, "", "nobody", "a@b", "a@b.example\nBcc: c@d.example"):
        response = api.post("/api/checkout/", order_form(email=email))
        refuse(response, 400, "validation_error", "email")
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"postal_code": ""}, "postal_code"),
        ({"country": "XX"}, "country"),
        ({"country": "USA"}, "country"),
        ({"country": ""}, "country"),
        ({"line1": ""}, "line1"),
        ({"city": "  "}, "city"),
        ({"first_name": "A" * 101}, "first_name"),
        ({"last_name": "x\ny"}, "last_name"),
        ({"last_name": "x\x00y"}, "last_name"),
        ({"phone": ["1"]}, "phone"),
        ({"line2": True}, "line2"),
    ],
)
def test_an_address_is_checked(
    api: APIClient, mug: Variant, changes: dict[str, Any], field: str
) -> None:
    fill_cart(api, {mug: 1})
    before = everything()
    for name in ("shipping_address", "billing_address"):
        response = api.post("/api/checkout/", {**order_form(), name: {**ADDRESS, **changes}})
        refuse(response, 400, "validation_error", f"{name}.{field}")
    assert everything() == before


@pytest.mark.parametrize("address", ["", "   ", "x" * 501, "a\x00b", 12, True, [], ["a"], {}, None])
def test_what_is_no_address(api: APIClient, mug: Variant, address: Any) -> None:
    fill_cart(api, {mug: 1})
    form = {**order_form(), "shipping_address": address}
    answer = refuse(api.post("/api/checkout/", form), 400, "validation_error")
    assert all(error["field"].startswith("shipping_address") for error in answer["errors"])
    assert not Order.objects.exists()


def test_a_country_without_postal_codes(api: APIClient, mug: Variant) -> None:
    make_shipping("Ireland", countries=("IE",))
    fill_cart(api, {mug: 1})
    ireland = Method.objects.get(name="Ireland")
    address = {**ADDRESS, "country": "IE", "postal_code": "", "region": ""}
    response = api.post("/api/checkout/", order_form(ireland, shipping_address=address))
    assert response.status_code == 201


def test_a_method_that_does_not_go_there(api: APIClient, mug: Variant, standard: Method) -> None:
    far = make_shipping("Far", countries=("JP",))
    off = make_shipping("Off")
    off.is_active = False
    off.save()
    fill_cart(api, {mug: 1})
    before = everything()
    for method in (far.pk, off.pk, 2**63 - 1):
        response = api.post("/api/checkout/", order_form(shipping_method=method))
        refuse(response, 400, "shipping_method_not_available", "shipping_method")
    refuse(
        api.post("/api/checkout/", order_form(shipping_method=None)),
        400,
        "validation_error",
        "shipping_method",
    )
    assert everything() == before


def test_a_payment_method_that_is_not_offered(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 1})
    for method in ("stripe", "gold", "COD"):
        response = api.post("/api/checkout/", order_form(payment_method=method))
        refuse(response, 400, "payment_method_not_offered", "payment_method")
    with override_settings(PAYMENT_METHODS=["bank_transfer"]):
        refuse(api.post("/api/checkout/", order_form()), 400, "payment_method_not_offered")
    assert not Order.objects.exists()


def test_a_code_that_ran_out_meanwhile_stops_the_order(api: APIClient, mug: Variant) -> None:
    make_code("LAST", max_uses=1)
    fill_cart(api, {mug: 1})
    api.post("/api/cart/codes/", {"code": "LAST"})
    place({mug: 1}, codes=["LAST"])
    before = everything()
    refuse(api.post("/api/checkout/", order_form()), 400, "code_not_valid")
    assert everything() == before
    api.delete("/api/cart/codes/LAST/")
    assert api.post("/api/checkout/", order_form()).status_code == 201


def test_a_code_for_each_customer_once(api: APIClient, mug: Variant) -> None:
    make_code("ONCE", max_uses_per_customer=1)
    place({mug: 1}, codes=["ONCE"], email=GUEST.upper())
    fill_cart(api, {mug: 1})
    api.post("/api/cart/codes/", {"code": "ONCE"})
    before = everything()
    refuse(api.post("/api/checkout/", order_form()), 400, "code_not_valid")
    assert everything() == before
