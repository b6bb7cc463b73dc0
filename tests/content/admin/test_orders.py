"""Orders in the Shop menu."""

from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from wagtail.models import ModelLogEntry

from commerce.orders import services
from commerce.orders.models import Order
from commerce.shipping.models import Method
from content.admin import groups
from tests.content.admin.conftest import SignIn
from tests.factories import make_promotion, make_variant, place, stock_of

LIST = "/admin/shop/orders/"


@pytest.fixture
def order(method: Method) -> Order:
    """Two mugs, cash on delivery."""
    return place({make_variant("Mug", stock=5): 2}).order


@pytest.fixture
def unpaid(method: Method) -> Order:
    """Two mugs by bank transfer."""
    return place({make_variant("Cup", stock=5): 2}, payment_method="bank_transfer").order


def url_of(order: Order) -> str:
    return reverse("shop_orders:inspect", args=[order.pk])


def act(client: Client, order: Order, action: str, **fields: Any) -> Any:
    data = {"action": action} | {f"{action}-{name}": value for name, value in fields.items()}
    return client.post(url_of(order), data, follow=True)


def texts(response: Any) -> list[str]:
    return [str(message).strip() for message in response.context["messages"]]


def test_the_list_shows_an_order_with_its_figures(manager: Client, order: Order) -> None:
    answer = manager.get(LIST)

    assert answer.status_code == 200
    for text in (order.number, "Ada Lovelace", "guest@example.com", "Processing", "$30.98"):
        assert text in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q={number}", True),
        ("q=lovelace ada", True),
        ("q=MUG", True),
        ("q=guest@example", True),
        ("q=teapot", False),
        ("status=processing&status=pending", True),
        ("status=shipped", False),
        ("payment_status=unpaid", True),
        ("fulfilment_status=fulfilled", False),
        ("country=US", True),
        ("country=DE", False),
        ("placed_at_from=2000-01-01", True),
        ("placed_at_to=2000-01-01", False),
        ("ordering=-total_minor", True),
    ],
)
def test_filters_and_search(manager: Client, order: Order, query: str, found: bool) -> None:
    answer = manager.get(f"{LIST}results/?{query.format(number=order.number)}")

    assert answer.status_code == 200
    assert (order.number in answer.content.decode()) is found


def test_newest_first(manager: Client, order: Order) -> None:
    newer = place({make_variant("Pot"): 1}).order

    body = manager.get(LIST).content.decode()

    assert body.index(newer.number) < body.index(order.number)


def test_export_has_plain_amounts_and_runs_no_formula(manager: Client, order: Order) -> None:
    address = {**order.shipping_address, "first_name": "=1+1"}
    Order.objects.filter(pk=order.pk).update(shipping_address=address)

    answer = manager.get(f"{LIST}?export=csv")
    table = b"".join(answer.streaming_content).decode()
    sheet = load_workbook(
        BytesIO(b"".join(manager.get(f"{LIST}?export=xlsx").streaming_content))
    ).active

    assert "'=1+1 Lovelace" in table
    assert "30.98" in table
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:2] == ["Number", "Placed"]
    assert sheet[2][0].value == order.number


def test_the_page_shows_lines_totals_address_and_history(manager: Client, method: Method) -> None:
    make_promotion("Summer", percent="10")
    variant = make_variant("Lamp", options={"Colour": "Teal"}, price={"USD": 1000})
    order = place({variant: 2}, note="Ring twice").order

    body = manager.get(url_of(order)).content.decode()

    for text in (
        "Lamp", "Colour: Teal", variant.sku, "$10.00", "−$2.00", "Summer", "New York",
        "United States", "Ring twice", "Order placed.", "Cash on delivery", "Due on delivery",
    ):  # fmt: skip
        assert text in body, text


def test_from_accepted_to_completed(manager: Client, unpaid: Order) -> None:
    assert texts(act(manager, unpaid, "accept")) == [f"Order {unpaid.number} is accepted."]
    line = unpaid.lines.get()
    act(manager, unpaid, "ship", carrier="DHL", tracking_number="T1", **{f"line-{line.pk}": 1})
    unpaid.refresh_from_db()
    assert (unpaid.status, unpaid.fulfilment_status) == ("processing", "partial")
    act(manager, unpaid, "ship", carrier="DHL", tracking_number="T2", **{f"line-{line.pk}": 1})
    act(manager, unpaid, "complete")

    unpaid.refresh_from_db()
    assert (unpaid.status, unpaid.fulfilment_status) == ("completed", "fulfilled")
    assert [p.tracking_number for p in unpaid.shipments.all()] == ["T1", "T2"]
    assert line.variant is not None
    assert stock_of(line.variant) == (3, 0)
    assert unpaid.history.exclude(actor=None).count() == 4
    assert list(ModelLogEntry.objects.order_by("timestamp").values_list("action", flat=True)) == [
        "shop.order.accept",
        "shop.order.ship",
        "shop.order.ship",
        "shop.order.complete",
    ]


def test_payment_received_accepts_the_order_and_says_who_noted_it(
    manager: Client, unpaid: Order
) -> None:
    answer = act(manager, unpaid, "pay")

    unpaid.refresh_from_db()
    assert (unpaid.status, unpaid.payment_status) == ("processing", "paid")
    assert texts(answer) == [f"$30.98 received for order {unpaid.number}."]
    note = unpaid.history.get(kind="note")
    assert note.actor is not None
    assert not note.is_public


def test_cancelling_asks_for_the_reason_and_gives_the_stock_back(
    manager: Client, order: Order
) -> None:
    act(manager, order, "cancel", reason="")
    order.refresh_from_db()
    assert order.status == "processing"

    act(manager, order, "cancel", reason="Asked for by phone")

    order.refresh_from_db()
    variant = order.lines.get().variant
    assert variant is not None
    assert order.status == "cancelled"
    assert stock_of(variant) == (5, 0)


@pytest.mark.parametrize("action", ["accept", "complete", "ship"])
def test_what_is_no_longer_possible_is_refused_with_a_message(
    manager: Client, order: Order, action: str
) -> None:
    services.cancel(order.pk)
    line = order.lines.get()

    answer = act(manager, order, action, **{f"line-{line.pk}": 1})

    order.refresh_from_db()
    assert answer.status_code == 200
    assert "cannot become" in texts(answer)[0]
    assert order.status == "cancelled"


@pytest.mark.parametrize("quantity", ["0", "3", "-1", "x", ""])
def test_a_parcel_that_cannot_be_is_refused(manager: Client, order: Order, quantity: str) -> None:
    line = order.lines.get()

    answer = act(manager, order, "ship", **{f"line-{line.pk}": quantity})

    assert answer.status_code == 200
    assert texts(answer) == ["Please look at the marked fields."]
    assert not order.shipments.exists()


def test_a_note_is_internal_unless_said_otherwise(manager: Client, order: Order) -> None:
    act(manager, order, "note", message="Called back")
    act(manager, order, "note", message="We are packing", is_public="on")

    notes = order.history.filter(kind="note").values_list("message", "is_public")
    assert list(notes) == [("Called back", False), ("We are packing", True)]


def test_an_unknown_action_is_no_server_error(manager: Client, order: Order) -> None:
    assert manager.post(url_of(order), {"action": "explode"}).status_code == 400


def test_who_may_see_and_who_may_act(sign_in: SignIn, order: Order) -> None:
    desk, keeper, nobody = (sign_in(name) for name in (groups.ORDER_DESK, groups.STOCK_KEEPERS, ""))

    assert desk.get(LIST).status_code == 200
    assert act(desk, order, "note", message="Hello").status_code == 200
    for client in (keeper, nobody):
        assert client.get(LIST).status_code in {302, 403}
        assert client.get(url_of(order)).status_code in {302, 403}
        assert client.post(url_of(order), {"action": "complete"}).status_code in {302, 403}
    assert Client().get(LIST).status_code == 302
    assert LIST not in keeper.get("/admin/").content.decode()


def test_forms_need_their_token(manager: Client, order: Order) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = manager.cookies

    assert client.post(url_of(order), {"action": "complete"}).status_code == 403


def test_query_counts_do_not_grow(manager: Client, method: Method) -> None:
    small = place({make_variant("Mug"): 1}).order
    manager.get(LIST)
    with CaptureQueriesContext(connection) as one_row:
        manager.get(LIST)
    with CaptureQueriesContext(connection) as one_line:
        manager.get(url_of(small))
    variants = [make_variant(f"Mug {n}", options={"Size": "S"}) for n in range(20)]
    big = place(dict.fromkeys(variants, 1)).order
    for variant in variants[:18]:
        place({variant: 1})

    with CaptureQueriesContext(connection) as many_rows:
        answer = manager.get(LIST)
    with CaptureQueriesContext(connection) as many_lines:
        manager.get(url_of(big))

    assert answer.context["items_count"] == 20
    assert len(many_rows) == len(one_row)
    assert len(many_lines) <= len(one_line) + 1  # the discounts of a line, if there are any
