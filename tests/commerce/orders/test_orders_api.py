"""Orders over HTTP: who sees which, and what staff may do with them."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.customers.models import User
from commerce.inventory.models import StockMovement
from commerce.orders import services
from commerce.orders.models import HistoryEntry, Order, Shipment
from tests.factories import (
    another_client,
    make_customer,
    make_shipping,
    make_staff,
    make_variant,
    place,
    stock_of,
)

pytestmark = pytest.mark.django_db

VIEW, CHANGE = "orders.view_order", "orders.change_order"


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=50)


@pytest.fixture
def ada() -> User:
    return make_customer("ada@example.com")


@pytest.fixture
def order(mug: Variant, ada: User) -> Order:
    return place({mug: 2}, customer=ada).order


def stored() -> list[Any]:
    return [
        list(table.objects.values()) for table in (Order, HistoryEntry, Shipment, StockMovement)
    ]


def callers(ada: User) -> dict[str, APIClient]:
    return {
        "nobody": another_client(),
        "customer": another_client(ada),
        "other customer": another_client(make_customer()),
        "staff without permission": another_client(make_staff()),
        "staff who may look": another_client(make_staff(VIEW)),
        "staff who may change": another_client(make_staff(VIEW, CHANGE)),
        "superuser": another_client(User.objects.create_superuser("root@example.com")),
    }


STAFF_ONLY = {
    "nobody": 401,
    "customer": 403,
    "other customer": 403,
    "staff without permission": 403,
    "staff who may look": 403,
    "staff who may change": 200,
    "superuser": 200,
}
ENDPOINTS: list[tuple[str, str, dict[str, Any] | None, dict[str, int]]] = [
    ("get", "", None, {
        "nobody": 404, "customer": 200, "other customer": 404, "staff without permission": 404,
        "staff who may look": 200, "staff who may change": 200, "superuser": 200,
    }),
    ("post", "cancel/", {}, {
        "nobody": 404, "customer": 200, "other customer": 404, "staff without permission": 404,
        "staff who may look": 404, "staff who may change": 200, "superuser": 200,
    }),
    ("patch", "update_status/", {"status": "CANCELLED"}, STAFF_ONLY),
    ("post", "mark_as_shipped/", {"tracking_number": "1Z"}, STAFF_ONLY),
    ("post", "mark_as_completed/", None, {**STAFF_ONLY, **{
        "staff who may change": 409, "superuser": 409}}),
    ("post", "notes/", {"message": "Hello"}, {**STAFF_ONLY, **{
        "staff who may change": 201, "superuser": 201}}),
]  # fmt: skip
CODES = {401: "not_signed_in", 403: "permission_denied", 404: "not_found"}


@pytest.mark.parametrize("by", ["id", "number", "small number"])
@pytest.mark.parametrize(("method", "path", "body", "expected"), ENDPOINTS)
def test_who_may_do_what(
    mug: Variant,
    ada: User,
    by: str,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    expected: dict[str, int],
) -> None:
    for who, client in callers(ada).items():
        order = place({mug: 1}, customer=ada).order
        name = {"id": str(order.pk), "number": order.number}.get(by, order.number.lower())
        before = stored()
        response = getattr(client, method)(f"/api/orders/{name}/{path}", body)
        assert response.status_code == expected[who], (who, response.content)
        if response.status_code in CODES:
            assert response.json()["code"] == CODES[response.status_code]
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
            assert stored() == before
        else:
            assert response.json()["id"] == str(order.pk)


def test_what_is_not_there_is_not_found(order: Order) -> None:
    staff = another_client(make_staff(VIEW, CHANGE))
    for name in (
        "NOTHING1",
        "00000000-0000-7000-8000-000000000000",
        "%00",
        f"{order.number}%00",
        "%FF%FE",
        "😀" * 20,
        "x" * 2000,
        f"{order.number}X",
        "-1",
        "1e309",
    ):
        for method, path, body, _ in ENDPOINTS:
            response = getattr(staff, method)(f"/api/orders/{name}/{path}", body)
            assert response.status_code == 404, (name, path, response.content)
            assert response.json()["code"] == "not_found"
    assert HistoryEntry.objects.count() == 1


def test_a_guest_s_token_opens_only_its_order(mug: Variant) -> None:
    mine, theirs = place({mug: 1}).order, place({mug: 1}).order
    client = another_client()
    assert client.get(f"/api/orders/{mine.number}/", {"token": mine.token}).status_code == 200
    for number, token in (
        (theirs.number, mine.token),
        (mine.number, ""),
        (mine.number, mine.token[:-1]),
        (mine.number, mine.token.swapcase()),
        (mine.number, "\x00"),
        (mine.number, mine.token + "\x00"),
        (mine.number, "x" * 5000),
    ):
        for response in (
            client.get(f"/api/orders/{number}/", {"token": token}),
            client.post(f"/api/orders/{number}/cancel/", QUERY_STRING=f"token={token}"),
        ):
            assert (response.status_code, response.json()["code"]) == (404, "not_found")
    cancelled = client.post(
        f"/api/orders/{mine.number}/cancel/", QUERY_STRING=f"token={mine.token}"
    )
    assert cancelled.json()["status"] == "cancelled"
    theirs.refresh_from_db()
    assert theirs.status == "processing"


def test_the_token_is_told_only_to_its_guest_and_only_once(mug: Variant) -> None:
    order = place({mug: 1}).order
    answer = another_client().get(f"/api/orders/{order.number}/", {"token": order.token})
    assert "token" not in answer.json()
    staff = another_client(make_staff(VIEW)).get(f"/api/orders/{order.number}/")
    assert "token" not in staff.json()


def test_the_history_of_a_customer_s_orders(mug: Variant, ada: User) -> None:
    numbers = [place({mug: 1}, customer=ada).order.number for _ in range(3)]
    place({mug: 1}, customer=make_customer())
    place({mug: 1}, email=ada.email)
    services.cancel(Order.objects.get(number=numbers[1]).pk)
    client = another_client(ada)

    def listed(query: str = "") -> list[str]:
        return [row["number"] for row in client.get(f"/api/orders/{query}").json()["results"]]

    assert listed() == [*reversed(numbers)]
    assert client.get("/api/orders/").json()["count"] == 3
    assert listed("?cursor=") == [*reversed(numbers)]
    assert listed("?status=CANCELLED") == listed("?status=cancelled") == [numbers[1]]
    assert listed("?page=2&page_size=2") == [numbers[0]]
    assert client.get("/api/orders/?status=lost").json()["code"] == "validation_error"
    nobody = another_client().get("/api/orders/")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")


def test_a_list_asks_as_often_with_twenty_orders_as_with_one(
    mug: Variant, ada: User, django_assert_max_num_queries: Any
) -> None:
    client, counts = another_client(ada), []
    for more in (1, 19):
        for _ in range(more):
            services.ship(place({mug: 1}, customer=ada).order.pk)
        with django_assert_max_num_queries(9) as queries:
            assert len(client.get("/api/orders/").json()["results"]) in (1, 20)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_cancelling_says_why(order: Order, ada: User, mug: Variant) -> None:
    client = another_client(ada)
    answer = client.post(f"/api/orders/{order.number}/cancel/", {"reason": "Too slow"}).json()
    assert answer["status"] == "cancelled"
    assert [(row["to_status"], row["message"]) for row in answer["history"]] == [
        ("processing", "Order placed."),
        ("cancelled", "Too slow"),
    ]
    assert stock_of(mug) == (50, 0)
    again = client.post(f"/api/orders/{order.number}/cancel/")
    assert again.status_code == 409
    assert again.json() == {
        "type": "/api/docs/errors#invalid_transition",
        "title": "This order cannot change like that",
        "status": 409,
        "detail": "An order that is cancelled cannot become cancelled. Allowed: nothing.",
        "code": "invalid_transition",
        "errors": [],
        "status_now": "cancelled",
        "allowed": [],
    }


def test_staff_take_an_order_to_its_end(order: Order, ada: User, mug: Variant) -> None:
    staff = another_client(make_staff(VIEW, CHANGE))
    base = f"/api/orders/{order.number}"
    item = str(order.lines.get().pk)
    too_many = staff.post(
        f"{base}/mark_as_shipped/",
        {"lines": [{"item_id": item, "quantity": 2}, {"item_id": item, "quantity": 1}]},
    )
    assert (too_many.status_code, too_many.json()["code"]) == (409, "nothing_to_ship")

    part = staff.post(
        f"{base}/mark_as_shipped/",
        {"carrier": "UPS", "tracking_number": "1Z1", "lines": [{"item_id": item, "quantity": 1}]},
    ).json()
    assert (part["status"], part["fulfilment_status"]) == ("processing", "partial")
    rest = staff.post(f"{base}/mark_as_shipped/").json()
    assert (rest["status"], rest["fulfilment_status"]) == ("shipped", "fulfilled")
    assert [
        (row["carrier"], row["tracking_number"], row["items"]) for row in rest["shipments"]
    ] == [
        ("UPS", "1Z1", [{"item_id": item, "quantity": 1}]),
        ("", "", [{"item_id": item, "quantity": 1}]),
    ]
    assert rest["items"][0]["shipped_quantity"] == 2
    assert stock_of(mug) == (48, 0)

    done = staff.post(f"{base}/mark_as_completed/").json()
    assert done["status"] == "completed"
    refused = staff.patch(f"{base}/update_status/", {"status": "pending"})
    assert (refused.status_code, refused.json()["allowed"]) == (409, [])
    assert another_client(ada).get(f"{base}/").json()["status"] == "completed"


def test_the_shopper_reads_only_public_notes(order: Order, ada: User) -> None:
    staff = another_client(make_staff(VIEW, CHANGE))
    base = f"/api/orders/{order.number}"
    staff.post(f"{base}/notes/", {"message": "A difficult one"})
    seen = staff.post(f"{base}/notes/", {"message": "Tomorrow", "is_public": True}).json()
    assert [row["message"] for row in seen["history"]] == [
        "Order placed.",
        "A difficult one",
        "Tomorrow",
    ]
    mine = another_client(ada).get(f"{base}/").json()
    assert [row["message"] for row in mine["history"]] == ["Order placed.", "Tomorrow"]


def test_staff_without_permission_read_their_own_order_as_shoppers_do(mug: Variant) -> None:
    clerk = make_staff()
    order = place({mug: 1}, customer=clerk).order
    services.add_note(order.pk, message="A difficult one")
    answer = another_client(clerk).get(f"/api/orders/{order.number}/").json()
    assert [row["message"] for row in answer["history"]] == ["Order placed."]
