"""Guests' orders become those of an account."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_signed_up
from django.test import RequestFactory
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.customers import links
from commerce.customers.models import User
from commerce.orders import services
from commerce.orders.models import HistoryEntry, Order
from tests.factories import GUEST, another_client, make_customer, make_shipping, make_variant, place

pytestmark = pytest.mark.django_db
CLAIM = "/api/orders/claim/"


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=50)


@pytest.fixture
def order(mug: Variant) -> Order:
    return place({mug: 1}).order


@pytest.fixture
def ada() -> User:
    return make_customer("ada@example.com")


def owners() -> list[Any]:
    return list(Order.objects.order_by("id").values_list("email", "customer__email"))


def test_number_and_token_make_it_theirs(order: Order, ada: User) -> None:
    mine = another_client(ada)
    assert mine.get(f"/api/orders/{order.number}/").status_code == 404
    response = mine.post(CLAIM, {"number": order.number.lower(), "token": order.token})
    assert response.status_code == 200, response.content
    assert response.json() == mine.get(f"/api/orders/{order.number}/").json()
    assert "token" not in response.json()
    assert owners() == [(GUEST, "ada@example.com")]
    assert mine.get("/api/orders/").json()["count"] == 1
    # Whoever has the link from the mail still sees it.
    guest = another_client().get(f"/api/orders/{order.number}/?token={order.token}")
    assert guest.status_code == 200

    again = mine.post(CLAIM, {"number": order.number, "token": order.token})
    assert (again.status_code, again.json()) == (200, response.json())
    notes = HistoryEntry.objects.filter(kind="note").values_list("message", "is_public")
    assert list(notes) == [("Added to the customer's account.", False)]


def test_without_its_token_nothing_happens(order: Order, ada: User, mug: Variant) -> None:
    other = place({mug: 1}).order
    mine = another_client(ada)
    for number, token in (
        (order.number, "x"),
        (order.number, other.token),
        (order.number, order.token[:-1]),
        ("ZZZZZZZZ", order.token),
        (str(order.pk)[:16], order.token),
        ("ü", "ü"),
    ):
        response = mine.post(CLAIM, {"number": number, "token": token})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    for body in ({}, {"number": order.number}, {"number": None, "token": 1}, [], "x",
                 {"number": order.number, "token": "\x00"}, {"number": "\x00", "token": "x"},
                 {"number": {}, "token": []}, {"number": "x" * 17, "token": "x"}):  # fmt: skip
        assert mine.post(CLAIM, body).status_code == 400
    assert owners() == [(GUEST, None)] * 2


def test_nobody_takes_another_customer_s(mug: Variant, ada: User) -> None:
    theirs = place({mug: 1}, customer=make_customer("eve@example.com")).order
    response = another_client(ada).post(CLAIM, {"number": theirs.number, "token": theirs.token})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert owners() == [("eve@example.com", "eve@example.com")]


def test_nobody_has_to_sign_in_first(api: APIClient, order: Order) -> None:
    response = api.post(CLAIM, {"number": order.number, "token": order.token})
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
    assert owners() == [(GUEST, None)]


def test_all_guest_orders_of_an_address(mug: Variant, ada: User) -> None:
    for email in ("ada@example.com", "ADA@example.com", "grandma.ada@example.com"):
        place({mug: 1}, email=email)
    place({mug: 1}, customer=make_customer("eve@example.com"), email="ada@example.com")
    assert services.claim_by_email(ada.pk, "Ada@Example.com") == 2
    assert services.claim_by_email(ada.pk, "ada@example.com") == 0
    assert services.claim_by_email(ada.pk, "") == 0
    assert owners() == [
        ("ada@example.com", "ada@example.com"),
        ("ADA@example.com", "ada@example.com"),
        ("grandma.ada@example.com", None),
        ("ada@example.com", "eve@example.com"),
    ]


def test_confirming_an_address_brings_its_orders(mug: Variant, ada: User) -> None:
    place({mug: 1}, email="ada@example.com")
    address = EmailAddress.objects.create(user=ada, email="ada@example.com", primary=True)
    assert owners() == [("ada@example.com", None)]
    email_confirmed.send(
        sender=EmailAddress, request=RequestFactory().get("/"), email_address=address
    )
    assert owners() == [("ada@example.com", "ada@example.com")]


@pytest.mark.parametrize("verified", [True, False])
def test_who_comes_from_google_has_a_confirmed_address(
    mug: Variant, ada: User, verified: bool
) -> None:
    place({mug: 1}, email="ada@example.com")
    EmailAddress.objects.create(user=ada, email="ada@example.com", verified=verified)
    user_signed_up.send(sender=User, request=RequestFactory().get("/"), user=ada)
    assert owners() == [("ada@example.com", "ada@example.com" if verified else None)]


def test_from_a_guest_s_order_to_an_account(api: APIClient, order: Order) -> None:
    """Over HTTP: register with the order's address, confirm it, see the order."""
    account = {"email": GUEST, "password": "correct-horse-battery"}
    assert api.post("/api/auth/register/", account).status_code == 401  # confirm first
    customer = User.objects.get(email=GUEST)
    assert owners() == [(GUEST, None)]

    url = links.confirmation_url(GUEST, customer.pk)
    assert url is not None
    key = url.rstrip("/").rpartition("/")[2]
    confirmed = api.post("/api/auth/email/verify/", {"key": key})
    assert confirmed.status_code in {200, 401}, confirmed.content
    assert owners() == [(GUEST, GUEST)]

    signed_in = another_client().post("/api/auth/login/", account)
    assert signed_in.status_code == 200, signed_in.content
    bearer = {"Authorization": f"Bearer {signed_in.json()['meta']['access_token']}"}
    mine = another_client()
    answer = mine.get("/api/orders/", headers=bearer).json()
    assert [row["number"] for row in answer["results"]] == [order.number]
    me = mine.get("/api/customers/me/", headers=bearer).json()
    assert (me["email"], me["email_verified"], me["has_password"]) == (GUEST, True, True)
