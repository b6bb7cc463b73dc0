"""Customers for staff over HTTP: who may see and do what, and what the answers say."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.customers import services
from commerce.customers.models import Address, CustomerNote, User
from commerce.orders import services as orders
from commerce.orders.models import Order
from tests.commerce.customers.announced import staff_acted
from tests.factories import (
    ADDRESS,
    another_client,
    fill_cart,
    make_customer,
    make_staff,
    make_variant,
    place,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

URL = "/api/admin/customers/"
VIEW = "customers.view_user"


@pytest.fixture
def staff() -> APIClient:
    return another_client(make_staff(VIEW, email="desk@example.com"))


def emails(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["email"] for row in answer.json()["results"]]


# ── The list ────────────────────────────────────────────────────────────────────────────
def test_a_row(mug: Variant, ada: User, staff: APIClient) -> None:
    ada.groups.add(Group.objects.create(name="Wholesale"))
    services.give_consent(email="Ada@Example.com", wording="Yes", source="x")
    first = place({mug: 2}, customer=ada).order
    orders.cancel(place({mug: 7}, customer=ada).order.pk)
    place({mug: 3}, customer=ada, payment_method="bank_transfer")
    last = place({mug: 1}, customer=ada).order
    Order.objects.filter(pk=first.pk).update(refunded_minor=500)

    row = next(r for r in staff.get(URL).json()["results"] if r["id"] == str(ada.pk))

    assert row == {
        "id": str(ada.pk),
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "joined": row["joined"],
        "last_order_at": last.placed_at.isoformat().replace("+00:00", "Z"),
        "orders_count": 4,
        # 20 + 5 for shipping, less 5 that went back; 10 + 5. Unpaid and cancelled do not count.
        "spend": [{"amount": "35.00", "currency": "USD"}],
        "groups": ["Wholesale"],
        "is_staff": False,
        "is_active": True,
        "marketing": True,
    }


@pytest.fixture
def crowd(mug: Variant, ada: User, staff: APIClient) -> dict[str, Order]:
    """Ada with two orders, Bob with one, Cleo with none but an address; and the desk."""
    bob = make_customer("bob@example.com", first_name="Bob", phone_number="+4930123456")
    cleo = make_customer("cleo@example.com", first_name="Cleo", last_name="Adamson")
    bob.groups.add(Group.objects.create(name="Wholesale"))
    Address.objects.create(customer=cleo, **{**ADDRESS, "country": "DE"})
    services.give_consent(email=cleo.email, customer_id=cleo.pk, wording="Yes", source="x")
    services.give_consent(email=bob.email, customer_id=bob.pk, wording="Yes", source="x")
    services.withdraw_consent(email=bob.email, source="x")
    User.objects.filter(pk=ada.pk).update(date_joined="2020-01-01T00:00:00Z")
    User.objects.filter(pk=bob.pk).update(date_joined="2021-01-01T00:00:00Z")
    User.objects.filter(pk=cleo.pk).update(date_joined="2022-01-01T00:00:00Z")
    place({mug: 3}, customer=ada)
    return {
        "ada": place({mug: 1}, customer=ada).order,
        "bob": place({mug: 4}, customer=bob).order,
    }


ADA, BOB, CLEO, DESK = (f"{who}@example.com" for who in ("ada", "bob", "cleo", "desk"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [DESK, CLEO, BOB, ADA]),
        ("ordering=joined", [ADA, BOB, CLEO, DESK]),
        ("search=ada", [CLEO, ADA]),
        ("search=lovelace%20ADA", [ADA]),
        ("search=bob@exam", [BOB]),
        ("search=30123", [BOB]),
        ("search={ada}", [ADA]),
        ("search=%23{bob}", [BOB]),
        ("search=nobody", []),
        ("group=Wholesale", [BOB]),
        ("group=None", []),
        ("has_orders=true", [BOB, ADA]),
        ("has_orders=false", [DESK, CLEO]),
        ("min_spend=45", [BOB, ADA]),
        ("min_spend=45.01", [ADA]),
        ("min_spend=1&currency=EUR", []),
        ("joined_after=2021-01-01T00:00:00Z&joined_before=2022-01-01T00:00:00Z", [BOB]),
        ("marketing=true", [CLEO]),
        ("marketing=false", [DESK, BOB, ADA]),
        ("is_staff=true", [DESK]),
        ("is_staff=false", [CLEO, BOB, ADA]),
        ("country=de", [CLEO]),
        ("country=US", [BOB, ADA]),
        ("ordering=email", [ADA, BOB, CLEO, DESK]),
        ("ordering=-name", [ADA, CLEO, BOB, DESK]),
        ("ordering=-orders_count&has_orders=1", [ADA, BOB]),
        ("ordering=-last_order_at&has_orders=1", [BOB, ADA]),
        ("ordering=spend&has_orders=1", [BOB, ADA]),
        ("ordering=-spend&has_orders=1&cursor=", [ADA, BOB]),
        ("ordering=last_order_at&cursor=&page_size=4&search=b", [BOB]),
    ],
)
def test_search_filters_and_order(
    staff: APIClient, crowd: dict[str, Order], query: str, expected: list[str]
) -> None:
    query = query.format(ada=crowd["ada"].number, bob=crowd["bob"].number.lower())
    assert emails(staff.get(f"{URL}?{query}")) == expected


@pytest.mark.parametrize(
    "query",
    [
        "min_spend=much", "min_spend=1.001", "min_spend=" + "9" * 40, "currency=XXX",
        "joined_after=yesterday", "country=ZZ", "country=Germany", "ordering=password",
        "has_orders=perhaps", "search=%00", "group=%00", "page=0", "cursor=x",
        "search=" + "x" * 300, "is_staff=2",
    ],
)  # fmt: skip
def test_bad_queries(staff: APIClient, query: str) -> None:
    answer = staff.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_a_cursor_walks_over_what_is_computed(staff: APIClient, crowd: dict[str, Order]) -> None:
    for ordering in ("-spend", "-last_order_at", "-orders_count"):
        found, url = [], f"{URL}?ordering={ordering}&cursor=&page_size=1"
        while url:
            answer = staff.get(url)
            found += emails(answer)
            url = answer.json()["next"]
        assert sorted(found) == [ADA, BOB, CLEO, DESK]
        assert found == emails(staff.get(f"{URL}?ordering={ordering}"))


def test_the_number_of_queries_is_constant(mug: Variant, ada: User, staff: APIClient) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert staff.get(url).status_code == 200
        return len(caught)

    paths = (URL, f"{URL}?ordering=-spend", f"{URL}{ada.pk}/", f"{URL}export/")
    fill_cart(another_client(ada), {mug: 1})
    place_all(ada, mug)
    few = [queries(path) for path in paths]
    for _ in range(10):
        place_all(make_customer(), mug)
    place_all(ada, mug, times=5)
    assert [queries(path) for path in paths] == few


def place_all(user: User, mug: Variant, times: int = 1) -> None:
    """One more of everything that is shown of a customer."""
    for number in range(times):
        variant = make_variant(f"{user.email} {number}")
        place({variant: 1}, customer=user) if times > 1 else place({mug: 1}, customer=user)
        services.add_wish(user.pk, variant.product_id, seen=services.Seen("USD", 1, True))
        services.add_address(user.pk, **ADDRESS)
        CustomerNote.objects.create(customer=user, text="Hello")
    user.groups.add(Group.objects.get_or_create(name=f"Of {user.email}")[0])


def test_the_erased_are_gone(ada: User, staff: APIClient) -> None:
    from commerce.customers import privacy

    privacy.erase(ada)

    assert emails(staff.get(URL)) == [DESK]
    assert staff.get(f"{URL}{ada.pk}/").status_code == 404


# ── One customer ────────────────────────────────────────────────────────────────────────
def test_the_detail(mug: Variant, ada: User, staff: APIClient) -> None:
    order = place({mug: 2}, customer=ada).order
    fill_cart(another_client(ada), {mug: 3})
    services.add_address(ada.pk, **ADDRESS)
    services.add_wish(ada.pk, mug.product_id, seen=services.Seen("USD", 1000, True))
    services.give_consent(email=ada.email, customer_id=ada.pk, wording="Yes", source="profile")
    CustomerNote.objects.create(customer=ada, text="Likes teal")

    answer = staff.get(f"{URL}{ada.pk}/").json()

    assert answer["orders"] == [{
        "id": str(order.pk), "number": order.number, "status": "processing",
        "payment_status": "unpaid", "fulfilment_status": "unfulfilled",
        "total": {"amount": "25.00", "currency": "USD"},
        "refunded": {"amount": "0.00", "currency": "USD"},
        "placed_at": answer["orders"][0]["placed_at"],
    }]  # fmt: skip
    assert answer["cart"] == [{
        "variant_id": mug.pk, "sku": mug.sku, "name": "Mug", "quantity": 3,
        "unit_price": {"amount": "10.00", "currency": "USD"},
    }]  # fmt: skip
    assert [address["line1"] for address in answer["addresses"]] == [ADDRESS["line1"]]
    assert [wish["name"] for wish in answer["wishes"]] == ["Mug"]
    assert [(note["text"], note["author"]) for note in answer["notes"]] == [("Likes teal", "")]
    assert [(row["is_given"], row["source"]) for row in answer["consents"]] == [(True, "profile")]
    assert answer["spend"] == [{"amount": "25.00", "currency": "USD"}]
    assert "password" not in str(answer)


# ── The file ────────────────────────────────────────────────────────────────────────────
def test_the_file_runs_no_formula(mug: Variant, ada: User, staff: APIClient) -> None:
    evil = make_customer("=cmd@example.com", first_name='=HYPERLINK("x")', last_name="@x")
    place({mug: 1}, customer=ada)

    answer = staff.get(
        f"{URL}export/?is_staff=false&ordering=email", headers={"Accept": "text/csv"}
    )
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="customers.csv"'
    assert [row["id"] for row in rows] == [str(evil.pk), str(ada.pk)]
    assert (rows[0]["first_name"], rows[0]["last_name"]) == ('\'=HYPERLINK("x")', "'@x")
    assert rows[0]["email"] == "'=cmd@example.com"
    assert (rows[1]["spend_USD"], rows[1]["spend_EUR"], rows[1]["orders_count"]) == (
        "15.00", "0.00", "1",
    )  # fmt: skip
    assert staff_acted()[0]["data"] == {"filtered_by": ["is_staff", "ordering"]}
    assert staff.get(f"{URL}export/?country=ZZ").json()["code"] == "validation_error"
