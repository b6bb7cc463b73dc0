"""Carts that customers keep, and taking them up again."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from commerce.carts.models import CartLine, SavedCart
from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.customers.models import User
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from core.rendering import utc_text
from tests.commerce.carts.shown import money
from tests.factories import another_client, fill_cart, make_customer, make_variant, reprice

pytestmark = pytest.mark.django_db
SAVED = "/api/saved-carts/"


@pytest.fixture
def ada() -> User:
    return make_customer("ada@example.com")


@pytest.fixture
def mine(ada: User) -> APIClient:
    return another_client(ada)


def save(client: APIClient, name: str = "For later") -> dict[str, Any]:
    response = client.post(SAVED, {"name": name})
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def restore(client: APIClient, kept: dict[str, Any], query: str = "") -> dict[str, Any]:
    response = client.post(f"{SAVED}{kept['id']}/restore/{query}")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def quantities(cart: dict[str, Any]) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in cart["items"]}


def test_a_copy_of_the_cart_is_kept(
    ada: User, mine: APIClient, mug: Variant, shirt: Variant
) -> None:
    before = fill_cart(mine, {mug: 2, shirt: 1})
    answer = save(mine)
    [row] = SavedCart.objects.all()
    assert row.customer == ada
    assert answer == {
        "id": str(row.pk),
        "name": "For later",
        "currency": "USD",
        "items": [
            {
                "variant_id": mug.pk,
                "product_id": mug.product_id,
                "sku": "MUG",
                "name": "Mug",
                "url": "",
                "options": {},
                "image": None,
                "quantity": 2,
                "unit_price": money("12.99"),
                "problems": [],
            },
            {
                "variant_id": shirt.pk,
                "product_id": shirt.product_id,
                "sku": "SHIRT-M",
                "name": "Shirt",
                "url": "",
                "options": {"Size": "M"},
                "image": None,
                "quantity": 1,
                "unit_price": money("20.00"),
                "problems": [],
            },
        ],
        "created_at": utc_text(row.created_at),
    }
    assert mine.get("/api/cart/").json() == before
    assert mine.get(f"{SAVED}{row.pk}/").json() == answer
    other = save(mine, "Another")
    assert mine.get(SAVED).json() == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [other, answer],
    }


def test_what_is_kept_shows_today_s_price(mine: APIClient, mug: Variant) -> None:
    fill_cart(mine, {mug: 2})
    kept = save(mine)
    reprice(mug, 999)
    [item] = mine.get(f"{SAVED}{kept['id']}/").json()["items"]
    assert item["unit_price"] == money("9.99")
    catalogue.archive_product(mug.product_id)
    [item] = mine.get(f"{SAVED}{kept['id']}/").json()["items"]
    assert (item["name"], item["unit_price"]) == ("Mug", None)
    assert [problem["code"] for problem in item["problems"]] == ["unavailable"]


def test_it_is_taken_up_again(mine: APIClient, mug: Variant, shirt: Variant) -> None:
    fill_cart(mine, {mug: 2, shirt: 1})
    kept = save(mine)
    mine.delete("/api/cart/")
    answer = restore(mine, kept)
    assert answer["skipped"] == []
    assert quantities(answer) == {"MUG": 2, "SHIRT-M": 1}
    assert answer["subtotal"] == money("45.98")
    skipped = answer.pop("skipped")
    assert mine.get("/api/cart/").json() == answer
    # The larger quantity stays, so the second time changes nothing but the version.
    again = restore(mine, kept)
    assert again == {**answer, "skipped": skipped, "version": answer["version"] + 1}
    assert mine.get(f"{SAVED}{kept['id']}/").status_code == 200


def test_it_joins_what_is_in_the_cart(mine: APIClient, mug: Variant, shirt: Variant) -> None:
    fill_cart(mine, {mug: 2, shirt: 1})
    kept = save(mine)
    mine.delete("/api/cart/")
    fill_cart(mine, {mug: 4})
    assert quantities(restore(mine, kept)) == {"MUG": 4, "SHIRT-M": 1}


def test_without_a_cart_one_is_made_in_the_same_currency(mine: APIClient, mug: Variant) -> None:
    mine.get("/api/cart/?currency=EUR")
    mine.post("/api/cart/items/?currency=EUR", {"variant_id": mug.pk})
    kept = save(mine)
    assert kept["currency"] == "EUR"
    mine.delete("/api/cart/")
    mine.get("/api/cart/?currency=USD")
    answer = restore(mine, kept)
    assert (answer["currency"], answer["subtotal"]) == ("EUR", money("11.99", "EUR"))


def test_what_cannot_be_bought_is_named(mine: APIClient, mug: Variant, shirt: Variant) -> None:
    vase, plate = make_variant("Vase", stock=3), make_variant("Plate", stock=4)
    gone, dear = make_variant("Gone"), make_variant("Dear")
    fill_cart(mine, {mug: 1, vase: 3, plate: 4, gone: 1, dear: 1})
    kept = save(mine)
    mine.delete("/api/cart/")
    catalogue.archive_product(gone.product_id)
    catalogue.remove_price(dear, currency="USD")
    for variant, delta in ((vase, -3), (plate, -3)):
        inventory.adjust(variant_id=variant.pk, delta=delta, kind=MovementKind.DAMAGED)

    answer = restore(mine, kept)
    assert quantities(answer) == {"MUG": 1, "PLATE": 1}
    assert [(s["sku"], s["name"], s["quantity"], s["code"], s["available"])
            for s in answer["skipped"]] == [
        ("VASE", "Vase", 3, "out_of_stock", 0),
        ("PLATE", "Plate", 4, "not_enough_stock", 1),
        ("GONE", "Gone", 1, "unavailable", 0),
        ("DEAR", "Dear", 1, "no_price", 0),
    ]  # fmt: skip
    assert all(each["detail"] for each in answer["skipped"])


def test_what_was_deleted_altogether_is_still_named(mine: APIClient, mug: Variant) -> None:
    fill_cart(mine, {mug: 1})
    kept = save(mine)
    SavedCart.objects.update(
        lines=[{"variant_id": 999_999, "quantity": 1, "sku": "LOST", "name": "Lost"}]
    )
    mine.delete("/api/cart/")
    answer = restore(mine, kept)
    assert (answer["items"], [s["name"] for s in answer["skipped"]]) == ([], ["Lost"])
    [item] = mine.get(f"{SAVED}{kept['id']}/").json()["items"]
    assert (item["sku"], item["product_id"], item["unit_price"]) == ("LOST", None, None)


def test_a_full_cart_takes_no_more_lines(mine: APIClient, mug: Variant, shirt: Variant) -> None:
    fill_cart(mine, {mug: 1})
    kept = save(mine)
    mine.delete("/api/cart/")
    fill_cart(mine, {shirt: 1})
    with override_settings(CART_MAX_LINES=1):
        answer = restore(mine, kept)
    assert quantities(answer) == {"SHIRT-M": 1}
    assert [s["detail"] for s in answer["skipped"]] == ["The cart is full."]


def test_nothing_cannot_be_kept(mine: APIClient, mug: Variant) -> None:
    assert mine.post(SAVED, {"name": "x"}).status_code == 404
    fill_cart(mine, {mug: 1})
    mine.delete("/api/cart/")
    response = mine.post(SAVED, {"name": "x"})
    assert (response.status_code, response.json()["code"]) == (409, "cart_empty")
    fill_cart(mine, {mug: 1})
    for name in ("", None, "x" * 101, "a\x00", [], {}):
        assert mine.post(SAVED, {"name": name}).status_code == 400
    assert mine.post(SAVED, []).status_code == 400
    assert not SavedCart.objects.exists()


def test_twenty_are_enough(mine: APIClient, mug: Variant) -> None:
    fill_cart(mine, {mug: 1})
    for number in range(20):
        save(mine, f"Cart {number}")
    response = mine.post(SAVED, {"name": "One more"})
    assert (response.status_code, response.json()["code"]) == (409, "saved_cart_limit")
    assert SavedCart.objects.count() == 20
    first = mine.get(SAVED).json()["results"][0]
    assert mine.delete(f"{SAVED}{first['id']}/").status_code == 204
    save(mine)


def test_a_list_costs_the_same_for_one_and_for_many(
    mine: APIClient, mug: Variant, shirt: Variant,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    fill_cart(mine, {mug: 1, shirt: 1})
    for _ in range(10):
        save(mine)
    with django_assert_num_queries(5):  # session, user, count, rows, what is sold
        assert mine.get(SAVED).json()["count"] == 10


def test_nobody_reaches_another_s(api: APIClient, mine: APIClient, mug: Variant) -> None:
    fill_cart(mine, {mug: 1})
    url = f"{SAVED}{save(mine)['id']}/"
    stranger = another_client(make_customer())
    fill_cart(stranger, {mug: 2})
    for response in (
        stranger.get(url),
        stranger.delete(url),
        stranger.post(f"{url}restore/"),
        mine.get(f"{SAVED}{uuid4()}/"),
        mine.post(f"{SAVED}{uuid4()}/restore/"),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    for response in (
        api.get(SAVED),
        api.post(SAVED, {"name": "x"}),
        api.get(url),
        api.delete(url),
        api.post(f"{url}restore/"),
    ):
        assert response.status_code == 401
    assert stranger.get(SAVED).json()["results"] == []
    assert SavedCart.objects.count() == 1
    assert CartLine.objects.count() == 2
