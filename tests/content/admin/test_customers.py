"""Customers in the Shop menu."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from wagtail.models import ModelLogEntry

from commerce.carts.models import Cart
from commerce.catalogue.models import Variant
from commerce.customers import services
from commerce.customers.models import CustomerNote, User
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.shipping.models import Method
from content.admin import groups
from content.admin.customers.sees import answers_for
from core.models import OutboxEvent
from core.relay import drain
from tests.content.admin.conftest import SignIn
from tests.factories import (
    ADDRESS,
    GUEST,
    another_client,
    fill_cart,
    make_customer,
    make_promotion,
    make_variant,
    place,
)

LIST = "/admin/shop/customers/"


@pytest.fixture
def ada(db: None) -> User:
    return make_customer("ada@example.com", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def mug(method: Method) -> Variant:
    return make_variant("Mug", stock=100)


def url_of(user: User, name: str = "inspect") -> str:
    return reverse(f"shop_customers:{name}", args=[user.pk])


def act(client: Client, user: User, action: str, **fields: Any) -> Any:
    data = {"action": action} | {f"{action}-{name}": value for name, value in fields.items()}
    return client.post(url_of(user), data, follow=True)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def done() -> list[tuple[str, Any]]:
    drain()
    entries = ModelLogEntry.objects.filter(action__startswith="shop.customer.")
    return list(entries.order_by("timestamp").values_list("action", "data"))


# ── The list ────────────────────────────────────────────────────────────────────────────
def test_the_list_shows_what_was_bought(manager: Client, ada: User, mug: Variant) -> None:
    place({mug: 2}, customer=ada)

    shown = text_of(manager.get(LIST))

    for text in ("Ada Lovelace", "ada@example.com", "$30.98", url_of(ada)):
        assert text in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=lovelace", True),
        ("q={number}", True),
        ("q=grace", False),
        ("has_orders=true", True),
        ("has_orders=false", False),
        ("min_spend=17.99", True),
        ("min_spend=18.00", False),
        ("min_spend=0.001", True),
        ("min_spend=99999999999", True),  # too much: not taken
        ("marketing=true", False),
        ("marketing=false", True),
        ("is_staff=true", False),
        ("is_staff=false", True),
        ("country=US", True),
        ("country=DE", False),
        ("date_joined_from=2000-01-01", True),
        ("date_joined_to=2000-01-01", False),
        ("ordering=-spend_minor", True),
        ("ordering=orders_total", True),
        ("ordering=-last_ordered", True),
        ("ordering=last_name", True),
        ("ordering=password", True),
    ],
)
def test_filters_search_and_order(
    manager: Client, ada: User, mug: Variant, query: str, found: bool
) -> None:
    order = place({mug: 1}, customer=ada).order
    shown = text_of(manager.get(f"{LIST}results/?{query.format(number=order.number)}"))
    assert ("ada@example.com" in shown) is found


def test_the_list_as_a_file(manager: Client, ada: User, mug: Variant) -> None:
    User.objects.filter(pk=ada.pk).update(first_name="=1+1")
    place({mug: 1}, customer=ada)

    table = b"".join(manager.get(f"{LIST}?export=csv&has_orders=true").streaming_content).decode()
    answer = manager.get(f"{LIST}?export=xlsx&has_orders=true")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active

    assert "'=1+1" in table
    assert sheet is not None
    assert sheet[2][0].value == "ada@example.com"
    assert [cell.value for cell in sheet[2]][5] == 1
    assert done() == [("shop.customer.export_list", {"filtered_by": ["has_orders"]})] * 2


def test_queries_do_not_grow(manager: Client, ada: User, mug: Variant) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert manager.get(url).status_code == 200
        return len(caught)

    place({mug: 1}, customer=ada)
    services.add_address(ada.pk, **ADDRESS)
    services.add_wish(ada.pk, mug.product_id, seen=services.Seen("USD", 1, True))
    CustomerNote.objects.create(customer=ada, text="x", author=ada)
    paths = (LIST, url_of(ada), url_of(ada, "sees"))
    for path in paths:
        manager.get(path)
    few = [queries(path) for path in paths]
    for number in range(5):
        variant = make_variant(f"Thing {number}")
        place({variant: 1}, customer=ada)
        place({mug: 1}, customer=make_customer())
        services.add_address(ada.pk, **ADDRESS)
        services.add_wish(ada.pk, variant.product_id, seen=services.Seen("USD", 1, True))
        CustomerNote.objects.create(customer=ada, text="x", author=make_customer())

    assert [queries(path) for path in paths] == few


# ── One customer ────────────────────────────────────────────────────────────────────────
def test_the_page_shows_all_of_a_customer(manager: Client, ada: User, mug: Variant) -> None:
    order = place({mug: 2}, customer=ada).order
    services.add_address(ada.pk, **ADDRESS)
    services.add_wish(ada.pk, mug.product_id, seen=services.Seen("USD", 1, True))
    services.give_consent(email=ada.email, wording="I want mail", source="profile")
    fill_cart(another_client(ada), {mug: 3})
    CustomerNote.objects.create(customer=ada, text="Likes <b>teal</b>")

    shown = text_of(manager.get(url_of(ada)))

    for text in (
        "Ada Lovelace", "$30.98", order.number, ADDRESS["line1"].replace("'", "&#x27;"),
        "I want mail", "3 × Mug", "Likes &lt;b&gt;teal", "Marketing mail", "Processing",
        url_of(ada, "sees"), url_of(ada, "export"),
    ):  # fmt: skip
        assert text in shown, text
    assert "Erase for good" in shown


def test_a_note_is_kept_and_logged(manager: Client, ada: User) -> None:
    shown = text_of(act(manager, ada, "note", text="Likes teal"))

    note = CustomerNote.objects.get()
    assert (note.text, note.customer, note.author) == (
        "Likes teal",
        ada,
        User.objects.get(is_staff=True),
    )
    assert "The note is saved." in shown
    assert done() == [("shop.customer.note", {"note_id": note.pk})]
    assert "Note added" in text_of(manager.get(url_of(ada)))
    assert "Note added" in text_of(manager.get("/admin/reports/site-history/"))
    assert "Please look" in text_of(act(manager, ada, "note", text=" "))
    assert manager.post(url_of(ada), {"action": "nothing"}).status_code == 400
    assert CustomerNote.objects.count() == 1


def test_erasing_asks_for_the_address(manager: Client, ada: User, mug: Variant) -> None:
    order = place({mug: 1}, customer=ada).order

    assert "not the mail address" in text_of(act(manager, ada, "erase", email="x@example.com"))
    assert order.number in text_of(act(manager, ada, "erase", email="ada@example.com"))
    assert not User.objects.exclude(erased_at=None).exists()
    orders.cancel(order.pk)
    assert "The customer is erased" in text_of(act(manager, ada, "erase", email="ADA@example.com"))

    ada.refresh_from_db()
    assert ada.erased_at is not None
    assert manager.get(url_of(ada)).status_code == 404
    assert [action for action, _ in done()] == ["shop.customer.erase"]
    assert "ada@example.com" not in text_of(manager.get("/admin/reports/site-history/"))


def test_groups_are_for_those_who_may(manager: Client, ada: User, sign_in: SignIn) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.com"))
    wanted = ada.groups.model.objects.get(name=groups.STOCK_KEEPERS)

    act(manager, ada, "groups", groups=[wanted.pk])
    assert not ada.groups.exists()
    assert "The groups are saved." in text_of(act(root, ada, "groups", groups=[wanted.pk]))

    assert list(ada.groups.all()) == [wanted]
    assert done() == [
        ("shop.customer.groups", {"added": ["Stock keepers"], "removed": []}),
    ]


def test_the_export_is_the_customer_s_own(manager: Client, ada: User, mug: Variant) -> None:
    order = place({mug: 1}, customer=ada).order

    answer = manager.get(url_of(ada, "export"))

    found = json.loads(answer.content)
    assert found["orders"][0]["number"] == order.number
    assert found["profile"]["email"] == "ada@example.com"
    assert answer["Content-Disposition"].startswith("attachment")
    assert done() == [("shop.customer.export", {})]


# ── What the customer sees ──────────────────────────────────────────────────────────────
def test_it_is_what_the_api_answers(manager: Client, ada: User, mug: Variant) -> None:
    make_promotion("Summer", percent="10")
    client = another_client(ada)
    order = place({mug: 1}, customer=ada).order
    orders.add_note(order.pk, message="A secret of the shop")
    fill_cart(client, {mug: 2})
    services.add_wish(ada.pk, mug.product_id, seen=services.Seen("USD", 1, True))

    found = answers_for(ada)

    assert found["cart"] == client.get("/api/cart/").json()
    assert found["orders"] == client.get("/api/orders/").json()["results"]
    assert found["wishlist"] == client.get("/api/wishlist/").json()["results"]
    assert found["profile"] == client.get("/api/customers/me/").json()
    shown = text_of(manager.get(url_of(ada, "sees")))
    for text in ("Summer", order.number, "23.38", "GET /api/cart/"):
        assert text in shown
    assert "A secret of the shop" not in shown
    assert done() == [("shop.customer.view_as", {})]


def test_looking_changes_nothing(manager: Client, ada: User) -> None:
    before = User.objects.values().get(pk=ada.pk)

    assert "Empty." in text_of(manager.get(url_of(ada, "sees")))

    assert not Cart.objects.exists()
    assert User.objects.values().get(pk=ada.pk) == before
    assert manager.post(url_of(ada, "sees")).status_code == 405
    assert manager.session["_auth_user_id"] != str(ada.pk)


# ── Guests, and who may do what ─────────────────────────────────────────────────────────
def test_a_guest_is_erased(manager: Client, mug: Variant) -> None:
    url = reverse("shop_customers:guests")
    order = place({mug: 1}).order

    assert order.number in text_of(manager.post(url, {"email": GUEST}))
    orders.cancel(order.pk)
    assert manager.post(url, {"email": "nobody"}).status_code == 200
    assert Order.objects.get().email == GUEST
    assert "is erased" in text_of(manager.post(url, {"email": GUEST}, follow=True))

    assert Order.objects.get().email == ""
    assert [action for action, _ in done()] == ["shop.customer.erase_guest"]


def test_each_group_sees_its_own(sign_in: SignIn, ada: User) -> None:
    def statuses(client: Client) -> list[int]:
        return [
            client.get(LIST).status_code,
            client.get(f"{LIST}?export=csv").status_code,
            client.get(url_of(ada)).status_code,
            client.get(url_of(ada, "sees")).status_code,
            client.get(url_of(ada, "export")).status_code,
            client.get(reverse("shop_customers:guests")).status_code,
            client.post(url_of(ada), {"action": "note", "note-text": "x"}).status_code,
            client.post(url_of(ada), {"action": "erase", "erase-email": "x"}).status_code,
        ]

    refused = 302  # Wagtail sends back to its home page with a message
    desk, keeper = sign_in(groups.ORDER_DESK), sign_in(groups.STOCK_KEEPERS)
    assert statuses(sign_in(groups.SHOP_MANAGERS)) == [200, 200, 200, 200, 200, 200, 302, 200]
    assert statuses(desk) == [200, 200, 200, 200, 200, refused, 302, refused]
    assert statuses(keeper) == [refused] * 8
    assert statuses(Client()) == [302] * 8
    assert "Erase customer" not in text_of(desk.get(url_of(ada)))
    assert "/admin/shop/customers/" in text_of(desk.get("/admin/"))
    assert "/admin/shop/customers/" not in text_of(keeper.get("/admin/"))
    assert CustomerNote.objects.count() == 2
    names = OutboxEvent.objects.filter(name="customers.staff_acted")
    assert names.count() == 2 * 4


def test_wagtail_s_own_delete_leads_here(ada: User) -> None:
    """Deleting the row would leave name and address in the orders."""
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.com"))
    url = reverse("wagtailusers_users:delete", args=[ada.pk])

    for answer in (root.get(url), root.post(url)):
        assert answer.status_code == 302
        assert answer["Location"] == url_of(ada)
    assert User.objects.filter(pk=ada.pk).exists()
