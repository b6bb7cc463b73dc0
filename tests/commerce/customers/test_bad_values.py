"""Whatever is sent to what customers keep: a refusal or what is documented, never a 500."""

from typing import Any

import pytest

from commerce.customers import services
from tests.factories import ADDRESS, another_client, make_customer, make_variant

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, -(10**400), 1e308, "", " ", "\x00", "a\x00b", "x" * 9000,
    "1" * 400, "NaN", "ü😀", "9999-99-99", "0001-01-01", "+", "+999999999999999", [], [[]], [None],
    {}, {"a": 1}, {"": {"": []}}, {"a": 10**400}, {"a": 10**30}, {"a": [1e308, -0.0]},
    {"consented": None}, {"consented": True, "wording": 5}, {"consented": "yes", "wording": []},
]  # fmt: skip
PROFILE = (
    "first_name", "last_name", "phone_number", "date_of_birth", "locale", "preferences",
    "marketing", "password",
)  # fmt: skip
BOOK = (*ADDRESS, "is_default_shipping", "is_default_billing")
WISH = ("product_id", "tell_in_stock", "tell_price_drop")


@pytest.mark.parametrize(
    ("path", "methods", "good", "fields"),
    [
        ("/api/customers/me/", ("put", "patch", "delete"), {}, PROFILE),
        ("/api/addresses/", ("post",), ADDRESS, BOOK),
        ("/api/addresses/{address}/", ("put", "patch"), ADDRESS, BOOK),
        ("/api/wishlist/", ("post",), {"product_id": 1}, WISH),
        ("/api/wishlist/{wish}/", ("patch",), {}, WISH),
        ("/api/saved-carts/", ("post",), {}, ("name",)),
        ("/api/orders/claim/", ("post",), {"number": "X", "token": "x"}, ("number", "token")),
        ("/api/marketing/stop/", ("post",), {}, ("token",)),
    ],
)
def test_any_value_in_any_field(
    path: str, methods: tuple[str, ...], good: dict[str, Any], fields: tuple[str, ...]
) -> None:
    ada = make_customer()
    mug = make_variant()
    seen = services.Seen("USD", 1, True)
    address = services.add_address(ada.pk, **ADDRESS)
    wish = services.add_wish(ada.pk, mug.product_id, seen=seen).wish
    client = another_client(ada)
    path = path.format(address=address.pk, wish=wish.pk)
    wrong = []
    for method in methods:
        bodies = [{**good, field: value} for field in fields for value in VALUES]
        for body in [*bodies, *VALUES]:
            answer = getattr(client, method)(path, body)
            ended = answer.status_code < 300 or answer.json()["code"]
            if answer.status_code >= 500 or not ended or answer.status_code == 401:
                wrong.append((method, body, answer.status_code))
    assert wrong == []
    # What was kept can be read again.
    for read in ("customers/me/", "addresses/", "wishlist/", "saved-carts/"):
        assert client.get(f"/api/{read}").status_code == 200


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=-1", "cursor=x", "page=%00"])
def test_lists_refuse_what_is_no_page(query: str) -> None:
    client = another_client(make_customer())
    for path in ("addresses", "wishlist", "saved-carts"):
        assert client.get(f"/api/{path}/?{query}").status_code == 400
