"""From the list of products to a completed order, over HTTP, on the sample shop."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from commerce.catalogue.models import Variant
from commerce.orders import services as orders
from commerce.orders.models import Order
from content.models import ProductPage
from tests.factories import ADDRESS, GUEST, count_up, stock_of
from tests.live import LiveShop

pytestmark = pytest.mark.engines


@pytest.fixture
def shopper(live_shop: LiveShop) -> Iterator[httpx.Client]:
    """A browser that has never been here."""
    with httpx.Client(base_url=live_shop.url, timeout=30) as client:
        yield client


def ok(response: httpx.Response, status: int = 200) -> Any:
    """What an answer holds, if it is the expected one."""
    assert response.status_code == status, response.text[:2000]
    return response.json()


def find_product(shopper: httpx.Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """A product of the list that is in stock, and one of its variants that is."""
    for card in ok(shopper.get("/api/products/?in_stock=true&page_size=5"))["results"]:
        product = ok(shopper.get(f"/api/products/{card['slug']}/"))
        assert (product["id"], product["name"]) == (card["id"], card["name"])
        for variant in product["variants"]:
            if variant["availability"]["state"] == "in_stock":
                return product, variant
    raise AssertionError("Nothing in the sample shop is in stock.")


def buy(shopper: httpx.Client, variant: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Put a variant into the cart, choose and order."""
    added = shopper.post("/api/cart/items/", json={"variant_id": variant["id"], "quantity": 1})
    cart = ok(added, 201)
    [line] = cart["items"]
    assert (line["sku"], line["unit_price"]) == (variant["sku"], variant["price"])
    options = ok(shopper.post("/api/checkout/options/", json={"shipping_address": ADDRESS}))
    assert {"cod", "bank_transfer"} <= {method["id"] for method in options["payment_methods"]}
    form = {
        "email": GUEST,
        "shipping_address": ADDRESS,
        "shipping_method": options["shipping_methods"][0]["id"],
        "payment_method": "cod",
        "cart_version": cart["version"],
        **more,
    }
    placed = shopper.post("/api/checkout/", json=form, headers={"Idempotency-Key": "journey"})
    answer: dict[str, Any] = ok(placed, 201)
    return answer


def test_from_the_list_to_a_completed_order(live_shop: LiveShop, shopper: httpx.Client) -> None:
    product, variant = find_product(shopper)
    answer = buy(shopper, variant)
    order = answer["order"]
    assert (order["status"], answer["payment"]["status"]) == ("processing", "accepted")
    assert order["items"][0]["name"] == product["name"]

    own = f"/api/orders/{order['number']}/"
    shown = ok(shopper.get(own, params={"token": order["token"]}))
    assert shown == {name: value for name, value in order.items() if name != "token"}
    assert shopper.get(own).status_code == 404
    assert ok(shopper.get("/api/cart/"))["items"] == []

    with live_shop.orm():
        placed = Order.objects.get(number=order["number"])
        bought = Variant.objects.get(order_lines__order=placed)
        before = stock_of(bought)
        orders.ship(placed.pk, carrier="UPS", tracking_number="1Z999")
        orders.complete(placed.pk)
        assert stock_of(bought) == (before[0] - 1, before[1] - 1)
        assert stock_of(bought) == count_up(bought)
    done = ok(shopper.get(own, params={"token": order["token"]}))
    assert (done["status"], done["fulfilment_status"]) == ("completed", "fulfilled")
    assert [entry["to_status"] for entry in done["history"] if entry["kind"] == "status"] == [
        "processing",
        "shipped",
        "completed",
    ]
    assert done["shipments"][0]["tracking_number"] == "1Z999"


def test_a_page_that_leaves_while_its_product_is_in_carts(
    live_shop: LiveShop, shopper: httpx.Client
) -> None:
    """The cart says so, nobody can order it, and the orders that there are keep their lines."""
    _, variant = find_product(shopper)
    order = buy(shopper, variant)["order"]
    ok(shopper.post("/api/cart/items/", json={"variant_id": variant["id"], "quantity": 1}), 201)

    with live_shop.orm():
        for page in ProductPage.objects.filter(product__variants=variant["id"]):
            page.delete()

    [line] = ok(shopper.get("/api/cart/"))["items"]
    assert [problem["code"] for problem in line["problems"]] == ["unavailable"]
    again = shopper.post("/api/cart/items/", json={"variant_id": variant["id"], "quantity": 1})
    assert (again.status_code, again.json()["code"]) == (404, "unknown_product")
    kept = ok(shopper.get(f"/api/orders/{order['number']}/", params={"token": order["token"]}))
    assert kept["items"] == order["items"]
