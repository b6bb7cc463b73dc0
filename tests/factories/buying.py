"""Carts and orders."""

from collections.abc import Mapping
from typing import Any

from rest_framework.test import APIClient

from commerce.carts import services as carts
from commerce.carts.models import Cart
from commerce.catalogue.models import Variant
from commerce.checkout import services as checkout
from commerce.customers.models import User
from commerce.shipping.models import Method
from tests.factories.people import ADDRESS

Wanted = Mapping[Variant, int]
Placing = checkout.Placed
GUEST = "guest@example.com"


def another_client(user: User | None = None) -> APIClient:
    """A browser of its own, signed in as `user` if there is one."""
    client = APIClient()
    client.default_format = "json"
    if user:
        client.force_login(user)
    return client


def open_guest_cart(wanted: Wanted | None = None, *, currency: str = "USD") -> Cart:
    """A guest's cart with so many of each variant."""
    cart = carts.open_cart(customer_id=None, currency=currency)
    for variant, quantity in (wanted or {}).items():
        carts.add(cart.pk, variant_id=variant.pk, quantity=quantity)
    cart.refresh_from_db()
    return cart


def place(
    wanted: Wanted,
    *,
    customer: User | None = None,
    payment_method: str = "cod",
    method: Method | None = None,
    codes: list[str] | None = None,
    currency: str = "USD",
    **more: Any,
) -> Placing:
    """An order of so many of each variant, by way of a cart."""
    cart = carts.open_cart(customer_id=customer.pk if customer else None, currency=currency)
    for variant, quantity in wanted.items():
        carts.add(cart.pk, variant_id=variant.pk, quantity=quantity)
    for code in codes or []:
        carts.add_code(cart.pk, code=code)
    return checkout.place_order(
        cart=cart,
        customer=customer,
        email=more.pop("email", "" if customer else GUEST),
        shipping_address=dict(ADDRESS),
        shipping_method=(method or Method.objects.order_by("id")[0]).pk,
        payment_method=payment_method,
        **more,
    )


def fill_cart(api: APIClient, wanted: Wanted) -> dict[str, Any]:
    """Put so many of each variant into the client's cart over the API; the last answer."""
    answer: dict[str, Any] = {}
    for variant, quantity in wanted.items():
        response = api.post("/api/cart/items/", {"variant_id": variant.pk, "quantity": quantity})
        assert response.status_code == 201, response.content
        answer = response.json()
    return answer


def order_form(method: Method | None = None, **changes: Any) -> dict[str, Any]:
    """What a guest sends to the checkout; a change to None leaves the field out."""
    form = {
        "email": GUEST,
        "shipping_address": dict(ADDRESS),
        "shipping_method": (method or Method.objects.order_by("id")[0]).pk,
        "payment_method": "cod",
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}
