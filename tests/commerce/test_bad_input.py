"""Whatever is sent to commerce, the answer is one of API.md's, and nothing is changed."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.carts.models import Cart, CartLine
from commerce.customers.models import User
from commerce.inventory.models import StockMovement
from commerce.orders.models import HistoryEntry, Order
from core.models import OutboxEvent
from tests.factories import (
    ADDRESS,
    another_client,
    fill_cart,
    make_customer,
    make_shipping,
    make_staff,
    make_variant,
    order_form,
    place,
)

pytestmark = pytest.mark.django_db

LINE = "/api/cart/items/{line}/"
ORDER = "/api/orders/{order}/"

# Every endpoint of commerce that takes a body: method, path, a good body.
WRITES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "verify": (
        "post",
        "/api/cart/verify/",
        {"items": [{"variant_id": "{variant}", "quantity": 1}]},
    ),
    "add": ("post", "/api/cart/items/", {"variant_id": "{variant}", "quantity": 1}),
    "change": ("patch", LINE, {"quantity": 1}),
    "code": ("post", "/api/cart/codes/", {"code": "X"}),
    "options": ("post", "/api/checkout/options/", {"shipping_address": ADDRESS}),
    "checkout": ("post", "/api/checkout/", {"payment_method": "cod", "shipping_address": ADDRESS}),
    "cancel": ("post", f"{ORDER}cancel/", {"reason": "x"}),
    "status": ("patch", f"{ORDER}update_status/", {"status": "cancelled"}),
    "ship": ("post", f"{ORDER}mark_as_shipped/", {"lines": []}),
    "note": ("post", f"{ORDER}notes/", {"message": "x"}),
}
WITHOUT_BODY = {
    "clear": ("delete", "/api/cart/"),
    "remove": ("delete", LINE),
    "forget code": ("delete", "/api/cart/codes/X/"),
    "complete": ("post", f"{ORDER}mark_as_completed/"),
}
# Of these every value is wrong where a number, a text, an address or a list is wanted.
NO_NUMBER: list[Any] = [
    "two", "", " ", "1.5", 1.5, "0x10", "1e3", None, True, False, [], [1], {}, {"a": 1},
    -1, -(10**30), 10**30, 10**400, "9" * 400, "1" * 5000, 1e308, "NaN", "Infinity", "\x00",
]  # fmt: skip
NO_TEXT: list[Any] = [None, True, [], ["x"], {}, {"a": 1}, "\x00", "a\x00b", "x" * 5001]
NO_LINES: list[Any] = [None, True, "x", 1, {"a": 1}, [1], [None], [[]], [{}]]
FIELDS: dict[str, dict[str, list[Any]]] = {
    "add": {
        "variant_id": [*NO_NUMBER, 0],
        "product_id": [*NO_NUMBER, 0],
        "quantity": [*NO_NUMBER, 0, 10**9, 2**31, 2**63],
    },
    "change": {"quantity": [*NO_NUMBER, 10**9, 2**31, 2**63]},
    "verify": {
        "items": [None, True, "x", 1, {}, [], [1], [None], [[]], [{}], [{"quantity": 1}]]
        + [[{"variant_id": 1}] * 101]
        + [[{"variant_id": 1, "quantity": bad}] for bad in [*NO_NUMBER, 0, 10**9]]
        + [[{"variant_id": bad, "quantity": 1}] for bad in [*NO_NUMBER, 0]]
        + [[{"product_id": bad, "quantity": 1}] for bad in [*NO_NUMBER, 0]]
    },
    "code": {"code": [*NO_TEXT, "", "  ", "x" * 51, "unknown"]},
    # An address that is not whole yet will do here, but what there is of it has to be right.
    "options": {
        "shipping_address": [None, True, 1, [], "", "\x00", {"country": "XX"}, {"country": None}]
        + [{"region": "a\x00b"}, {"city": ["x"]}, {"country": "US", "line1": True}]
    },
    "checkout": {
        "email": [*NO_TEXT, "", "x", "a@b"],
        "shipping_address": [None, True, 1, [], {}, "", "\x00", {"country": "US"}],
        "billing_address": [True, 1, [], {}, "", "\x00", {"country": "US"}],
        "shipping_method": [*(bad for bad in NO_NUMBER if bad is not None), 0],
        "payment_method": [*NO_TEXT, "", "stripe"],
        "note": NO_TEXT,
        "success_url": [*NO_TEXT, "x", "javascript:alert(1)"],
        "cancel_url": [*NO_TEXT, "x", "javascript:alert(1)"],
        "cart_version": [bad for bad in NO_NUMBER if bad is not None],
    },
    "cancel": {"reason": [*NO_TEXT, "x" * 501]},
    "status": {
        "status": [*NO_TEXT, "", "lost", "PROCESSING ", 1],
        "message": NO_TEXT,
    },
    "ship": {
        "carrier": [*NO_TEXT, "x" * 101],
        "tracking_number": [*NO_TEXT, "x" * 101],
        "lines": NO_LINES
        + [[{"item_id": bad, "quantity": 1}] for bad in (None, 1.5, "x", "\x00", [], 10**400)]
        + [[{"item_id": "{item}", "quantity": bad}] for bad in [*NO_NUMBER, 0, 10**9]],
    },
    "note": {"message": [*NO_TEXT, "", "  "], "is_public": ["x", 2, [], {}, None, "\x00"]},
}
# One shop for all values of a field: what is refused has changed nothing, and each is asked.
CASES = [(name, field) for name, fields in FIELDS.items() for field in fields]


class Scene:
    """A shop with a full cart, an order and somebody who may do everything."""

    def __init__(self, api: APIClient) -> None:
        make_shipping()
        mug = make_variant("Mug", stock=50)
        self.order = place({mug: 1}).order
        self.staff: User = make_staff("orders.view_order", "orders.change_order")
        api.force_login(self.staff)
        self.api = api
        line = fill_cart(api, {mug: 2})["items"][0]["id"]
        self.names = {
            "{variant}": mug.pk,
            "{item}": str(self.order.lines.get().pk),
            "{line}": line,
            "{order}": self.order.number,
        }
        self.before = self.state()

    def state(self) -> list[Any]:
        return [
            list(Cart.objects.order_by("id").values("id", "version", "codes", "ordered_at")),
            list(CartLine.objects.order_by("id").values()),
            list(Order.objects.values()),
            list(HistoryEntry.objects.values()),
            StockMovement.objects.count(),
            OutboxEvent.objects.count(),
        ]

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def send(
        self, name: str, body: Any, content_type: str = "application/json", **more: Any
    ) -> Any:
        method, path = (WRITES.get(name) or WITHOUT_BODY[name])[:2]
        for key, value in self.names.items():
            path = path.replace(key, str(value))
        return self.api.generic(method.upper(), path, body, content_type=content_type, **more)

    def good(self, name: str) -> dict[str, Any]:
        return self.filled(WRITES[name][2])  # type: ignore[no-any-return]

    def must_be_refused(self, response: Any, *allowed: tuple[int, str]) -> dict[str, Any]:
        assert response["Content-Type"] == "application/problem+json", response.content
        answer: dict[str, Any] = response.json()
        assert (response.status_code, answer["code"]) in allowed, answer
        assert set(answer) >= {"type", "title", "status", "detail", "code", "errors"}
        for secret in ("Traceback", "SELECT", "site-packages", "psycopg", "sqlite", "/site/"):
            assert secret not in response.content.decode()
        assert self.state() == self.before
        return answer


@pytest.fixture
def scene(api: APIClient) -> Scene:
    return Scene(api)


INVALID = (400, "validation_error")


@pytest.mark.parametrize(("name", "field"), CASES)
def test_bad_values(scene: Scene, name: str, field: str) -> None:
    for bad in FIELDS[name][field]:
        must_refuse_value(scene, name, field, bad)


def must_refuse_value(scene: Scene, name: str, field: str, bad: Any) -> None:
    body = {**scene.good(name), field: scene.filled(bad)}
    if name == "add" and field == "product_id":
        del body["variant_id"]
    response = scene.send(name, json.dumps(body))
    allowed = [INVALID]
    if bad in (10**400, 1e308) or (isinstance(bad, list) and 10**400 in _numbers(bad)):
        allowed.append((400, "parse_error"))  # past what the JSON reader takes for a number
    if name == "code":
        allowed.append((400, "code_not_valid"))
    if name == "checkout" and field == "payment_method":
        allowed.append((400, "payment_method_not_offered"))
    if name == "checkout" and field == "shipping_method":
        allowed.append((400, "shipping_method_not_available"))
    if name == "checkout" and field == "cart_version":
        allowed = [INVALID, (400, "parse_error")]
    if name == "ship" and bad == [{"item_id": "{item}", "quantity": 10**9}]:
        allowed.append((409, "nothing_to_ship"))
    answer = scene.must_be_refused(response, *allowed)
    if answer["code"] == "validation_error":
        fields = [error["field"] for error in answer["errors"]]
        assert any(named.startswith(field) or field == "product_id" for named in fields), answer


def _numbers(value: Any) -> list[Any]:
    return [inner for row in value if isinstance(row, dict) for inner in row.values()]


NO_JSON: dict[str, tuple[bytes, tuple[int, str]]] = {
    "malformed": (b'{"quantity": 1', (400, "parse_error")),
    "not JSON": (b"quantity=1", (400, "parse_error")),
    "empty": (b" ", (400, "parse_error")),
    "NaN": (b'{"quantity": NaN, "variant_id": NaN}', (400, "parse_error")),
    "Infinity": (b'{"quantity": Infinity}', (400, "parse_error")),
    "invalid UTF-8": (b'{"code": "\xff\xfe"}', (400, "parse_error")),
    "half a surrogate": (b'{"code": "\\ud800"}', (400, "parse_error")),
    "two documents": (b"{}{}", (400, "parse_error")),
    "deep": (b'{"a":' * 500 + b"1" + b"}" * 500, (400, "parse_error")),
    "very deep": (b"[" * 100_000, (400, "parse_error")),
    "5 MB": (b'{"code": "' + b"x" * 5_000_000 + b'"}', (413, "body_too_large")),
}


OTHER_TYPES = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/xml",
]


@pytest.mark.parametrize("name", WRITES)
def test_bodies_that_cannot_be_read(scene: Scene, name: str) -> None:
    for body, expected in NO_JSON.values():
        scene.must_be_refused(scene.send(name, body), expected)
    for document in ("null", "[]", '"x"', "1", "true", "[{}]"):
        scene.must_be_refused(scene.send(name, document), INVALID)
    for content_type in OTHER_TYPES:
        response = scene.send(name, b"quantity=1", content_type)
        scene.must_be_refused(response, (415, "unsupported_media_type"))


def test_missing_fields(scene: Scene) -> None:
    for name in ("verify", "add", "change", "code", "checkout", "status", "note"):
        scene.must_be_refused(scene.send(name, "{}"), INVALID)


def test_unknown_fields_are_ignored(api: APIClient) -> None:
    mug = make_variant("Mug")
    body = {"variant_id": mug.pk, "quantity": 1, "price": "0.01", "unit_minor": 1, "id": "x"}
    answer = api.post("/api/cart/items/", body)
    assert answer.json()["total"] == {"amount": "12.99", "currency": "USD"}


NO_PATHS = [
    "/api/cart/items/not-a-uuid/",
    "/api/cart/items/1/",
    "/api/cart/items/00000000-0000-7000-8000-000000000000/",
    "/api/cart/items/%00/",
    "/api/orders/%00/cancel/",
    "/api/orders/%FF/notes/",
    "/api/orders/00000000-0000-7000-8000-000000000000/update_status/",
    f"/api/orders/{'9' * 400}/mark_as_shipped/",
    "/api/cart/nothing/",
]


def test_paths_that_name_nothing(scene: Scene) -> None:
    body = {"quantity": 1, "status": "x", "message": "x"}
    for path in NO_PATHS:
        for method in ("post", "patch", "delete", "put"):
            response = getattr(scene.api, method)(path, body)
            scene.must_be_refused(
                response, (404, "not_found"), (405, "method_not_allowed"), INVALID
            )


@pytest.mark.parametrize("name", [*WRITES, *WITHOUT_BODY])
def test_a_foreign_cart_s_token(name: str) -> None:
    """Somebody else's token works only for guests' carts that are open; others are not there."""
    make_shipping()
    mug = make_variant("Mug", stock=50)
    customer = another_client(make_customer())
    fill_cart(customer, {mug: 1})
    token = Cart.objects.get().token
    stranger = Scene(another_client())
    stranger.api.logout()
    headers = {"X-Cart-Token": token}
    if name == "checkout":
        body: dict[str, Any] = {**order_form()}
    else:
        body = stranger.good(name) if name in WRITES else {}
    response = stranger.send(name, json.dumps(body), headers=headers)
    if name == "verify":  # needs no cart
        assert response.status_code == 200
        return
    expected = {
        "status": (401, "not_signed_in"),
        "ship": (401, "not_signed_in"),
        "note": (401, "not_signed_in"),
        "complete": (401, "not_signed_in"),
    }.get(name, (404, "not_found"))
    stranger.must_be_refused(response, expected)


def test_bad_idempotency_keys(scene: Scene) -> None:
    body = json.dumps(scene.good("checkout"))
    for key in ("", " ", "x" * 256, "ü", "a b", "a\tb"):
        response = scene.send("checkout", body, headers={"Idempotency-Key": key})
        scene.must_be_refused(response, INVALID)


def test_bad_queries(scene: Scene) -> None:
    for query in (
        *("page=0", "page=x", "page=%00", "page_size=-1", "cursor=x", "cursor=%00", "status=%00"),
        *("page=" + "9" * 30, "page=2"),
    ):
        response = scene.api.get(f"/api/orders/?{query}")
        scene.must_be_refused(response, INVALID, (404, "not_found"))
