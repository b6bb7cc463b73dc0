"""From a cart to an order over HTTP: one order with everything, or a refusal and nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.carts.models import Cart
from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import Reservation, StockMovement
from commerce.orders.models import Adjustment, HistoryEntry, Order, OrderLine
from commerce.payments.models import Payment
from commerce.pricing import rulebook
from commerce.pricing.models import Code, Redemption
from commerce.shipping.models import Method
from core import relay
from core.models import OutboxEvent
from tests.factories import (
    ADDRESS,
    GUEST,
    another_client,
    fill_cart,
    ledger_of,
    make_code,
    make_customer,
    make_promotion,
    make_rate,
    make_shipping,
    make_tax,
    make_variant,
    order_form,
    place,
    reprice,
    stock_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Variant:
    return make_variant("Mug", stock=5)


@pytest.fixture(autouse=True)
def standard() -> Method:
    return make_shipping()


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def everything() -> list[Any]:
    """All that an order writes."""
    tables = (Order, OrderLine, Adjustment, HistoryEntry, Payment, Reservation, Redemption)
    return [
        *(list(table.objects.values()) for table in tables),
        list(StockMovement.objects.values()),
        list(Code.objects.values()),
        list(Cart.objects.filter(ordered_at=None).values_list("id", flat=True)),
        list(OutboxEvent.objects.values_list("name", "key")),
    ]


def refuse(response: Any, status: int, code: str, field: str = "") -> dict[str, Any]:
    """The problem that an answer has to be."""
    answer: dict[str, Any] = response.json()
    assert (response.status_code, answer["code"]) == (status, code), answer
    assert response["Content-Type"] == "application/problem+json"
    if field:
        assert field in [error["field"] for error in answer["errors"]], answer
    return answer


# ── What can be chosen ──────────────────────────────────────────────────────────────────
def test_the_options_for_an_address(api: APIClient, mug: Variant, standard: Method) -> None:
    express = make_shipping("Express", price={"USD": 1500}, min_days=1, max_days=1, position=1)
    make_tax("0.1")
    fill_cart(api, {mug: 2})
    response = api.post("/api/checkout/options/", {"shipping_address": ADDRESS})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "shipping_methods": [
            {
                "id": standard.pk,
                "name": "Standard",
                "price": money("5.00"),
                "delivery": {"min_days": 2, "max_days": 5},
            },
            {
                "id": express.pk,
                "name": "Express",
                "price": money("15.00"),
                "delivery": {"min_days": 1, "max_days": 1},
            },
        ],
        "payment_methods": [
            {
                "id": "cod",
                "name": "Cash on delivery",
                "instructions": "Pay in cash when the parcel arrives.",
            },
            {
                "id": "bank_transfer",
                "name": "Bank transfer",
                "instructions": "Transfer the total to the account on our contact page.",
            },
        ],
        "tax": money("2.60"),
        "total": money("33.58"),
    }
    assert api.post("/api/checkout/options/", {}).json() == response.json()


def test_each_method_is_offered_at_what_it_costs_later(
    api: APIClient, mug: Variant, standard: Method
) -> None:
    """Also where the cheapest one is free by itself, or all are by a promotion."""
    express = make_shipping("Express", price={"USD": 1500}, position=1)
    make_rate(standard, price_minor=0, min_subtotal_minor=2000)
    fill_cart(api, {mug: 2})

    def offered() -> list[str]:
        options = api.post("/api/checkout/options/", {}).json()
        return [method["price"]["amount"] for method in options["shipping_methods"]]

    assert offered() == ["0.00", "15.00"]
    promotion = make_promotion("Free shipping")
    assert offered() == ["0.00", "0.00"]
    promotion.delete()
    order = api.post("/api/checkout/", order_form(express)).json()["order"]
    assert order["shipping"] == money("15.00")


def test_no_options_without_anything_to_send(api: APIClient, mug: Variant) -> None:
    refuse(api.post("/api/checkout/options/", {}), 404, "not_found")
    [line] = fill_cart(api, {mug: 1})["items"]
    api.delete(f"/api/cart/items/{line['id']}/")
    refuse(api.post("/api/checkout/options/", {}), 409, "cart_empty")
    refuse(api.post("/api/checkout/", order_form()), 409, "cart_empty")
    assert not Order.objects.exists()


# ── The order ───────────────────────────────────────────────────────────────────────────
def test_a_guest_orders_cash_on_delivery(api: APIClient, mug: Variant, standard: Method) -> None:
    make_tax("0.1", on_shipping=True)
    make_promotion("Ten off", percent="10")
    fill_cart(api, {mug: 2})
    began = timezone.now()
    response = api.post("/api/checkout/", order_form(note="Ring twice"))

    order = Order.objects.get()
    payment = Payment.objects.get()
    line = OrderLine.objects.get()
    entry = HistoryEntry.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "order": {
            "id": str(order.pk),
            "number": order.number,
            "status": "processing",
            "payment_status": "unpaid",
            "fulfilment_status": "unfulfilled",
            "payment_method": "cod",
            "token": order.token,
            "email": GUEST,
            "currency": "USD",
            "items": [
                {
                    "id": str(line.pk),
                    "product_id": mug.product_id,
                    "variant_id": mug.pk,
                    "sku": "MUG",
                    "name": "Mug",
                    "options": {},
                    "image": None,
                    "quantity": 2,
                    "shipped_quantity": 0,
                    "unit_price": money("12.99"),
                    "discount": money("2.60"),
                    "tax": money("2.34"),
                    "line_total": money("23.38"),
                }
            ],
            "shipping_address": ADDRESS,
            "billing_address": ADDRESS,
            "shipping_method": {
                "id": standard.pk,
                "name": "Standard",
                "min_days": 2,
                "max_days": 5,
            },
            "discounts": [{"name": "Ten off", "code": None, "amount": money("2.60")}],
            "subtotal": money("25.98"),
            "shipping": money("5.00"),
            "tax": money("2.84"),
            "tax_included": False,
            "total": money("31.22"),
            "refunded": money("0.00"),
            "shipments": [],
            "history": [
                {
                    "kind": "status",
                    "from_status": "",
                    "to_status": "processing",
                    "message": "Order placed.",
                    "at": entry.at.isoformat().replace("+00:00", "Z"),
                }
            ],
            "note": "Ring twice",
            "placed_at": order.placed_at.isoformat().replace("+00:00", "Z"),
        },
        "payment": {
            "id": str(payment.pk),
            "provider": "cod",
            "status": "accepted",
            "instructions": "Pay in cash when the parcel arrives.",
        },
    }
    assert began <= order.placed_at <= timezone.now()
    assert UUID(response.json()["order"]["id"]).version == 7
    assert (payment.amount_minor, payment.received_minor, payment.currency) == (3122, 0, "USD")
    # An accepted order keeps its stock without a limit.
    assert list(Reservation.objects.values_list("variant_id", "quantity", "expires_at")) == [
        (mug.pk, 2, None)
    ]
    assert ledger_of(mug) == [("received", 5, 0), ("reserved", 0, 2)]
    assert list(Adjustment.objects.values_list("line_id", "amount_minor", "reason")) == [
        (line.pk, -260, "Ten off")
    ]
    # The cart is closed, and so is its cookie.
    assert Cart.objects.get().ordered_at is not None
    assert response.cookies["cart_token"].value == ""
    assert api.get("/api/cart/").json()["items"] == []


def test_the_confirmation_follows_the_commit(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 2})
    order = api.post("/api/checkout/", order_form()).json()["order"]
    assert mail.outbox == []

    relay.drain()
    relay.drain()
    [message] = mail.outbox
    assert message.to == [GUEST]
    assert order["number"] in message.subject
    assert f"/orders/{order['number']}/?token={order['token']}" in message.body
    assert "30.98 USD" in message.body


def test_a_customer_needs_no_address_for_the_mail_and_gets_no_token(
    api: APIClient, mug: Variant
) -> None:
    ada = make_customer("ada@example.com")
    api.force_login(ada)
    fill_cart(api, {mug: 1})
    answer = api.post("/api/checkout/", order_form(email=None)).json()
    assert "token" not in answer["order"]
    assert answer["order"]["email"] == "ada@example.com"
    assert Order.objects.get().customer == ada


def test_bank_transfer_waits_with_a_time_limit(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 2})
    before = timezone.now()
    answer = api.post("/api/checkout/", order_form(payment_method="bank_transfer")).json()

    order = Order.objects.get()
    assert (answer["order"]["status"], answer["order"]["payment_status"]) == ("pending", "unpaid")
    assert answer["payment"] == {
        "id": str(Payment.objects.get().pk),
        "provider": "bank_transfer",
        "status": "open",
        "reference": order.number,
        "instructions": (
            "Transfer the total to the account on our contact page."
            f" Reference: {order.number}."
        ),
    }
    limit = before + timedelta(days=settings.BANK_TRANSFER_DAYS)
    expires_at = Reservation.objects.get().expires_at
    assert expires_at is not None
    assert limit <= expires_at < limit + timedelta(minutes=1)
    assert stock_of(mug) == (5, 2)


def test_a_second_address_gets_the_bill(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 1})
    bill = {**ADDRESS, "company": "Analytical Engines Ltd", "country": "gb", "region": ""}
    order = api.post("/api/checkout/", order_form(billing_address=bill)).json()["order"]
    assert order["billing_address"] == {**bill, "country": "GB"}
    assert order["shipping_address"] == ADDRESS


def test_an_address_may_be_one_string(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 1})
    text = "Ada Lovelace, 12 St James's Square, New York"
    response = api.post("/api/checkout/", order_form(shipping_address=f"  {text}  "))
    assert response.status_code == 201
    empty = dict.fromkeys(ADDRESS, "")
    assert response.json()["order"]["shipping_address"] == {
        **empty,
        "line1": text,
        "country": "US",
    }


def test_what_needs_no_parcel_needs_no_method(api: APIClient) -> None:
    voucher = make_variant("Voucher", requires_shipping=False)
    fill_cart(api, {voucher: 1})
    assert api.post("/api/checkout/options/", {}).json()["shipping_methods"] == []
    order = api.post("/api/checkout/", order_form(shipping_method=None)).json()["order"]
    assert (order["shipping_method"], order["shipping"]) == (None, money("0.00"))


def test_the_lines_of_an_order_survive_everything(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 1})
    order = api.post("/api/checkout/", order_form()).json()["order"]
    reprice(mug, 9999)
    catalogue.update_product(mug.product_id, name="Beaker")
    catalogue.archive_variant(mug)
    catalogue.archive_product(mug.product_id)
    again = api.get(f"/api/orders/{order['number']}/", {"token": order["token"]}).json()
    assert again["items"] == order["items"]
    assert again["total"] == order["total"]


def test_codes_are_redeemed_by_the_order(api: APIClient, mug: Variant) -> None:
    make_code("SPRING", max_uses=1)
    fill_cart(api, {mug: 1})
    api.post("/api/cart/codes/", {"code": "spring"})
    order = api.post("/api/checkout/", order_form()).json()["order"]
    assert order["discounts"] == [
        {"name": "With SPRING", "code": "SPRING", "amount": money("1.30")}
    ]
    assert list(Redemption.objects.values_list("code__code", "code__used", "email")) == [
        ("SPRING", 1, GUEST)
    ]
    assert str(Redemption.objects.get().order_id) == order["id"]


# ── Refusals ────────────────────────────────────────────────────────────────────────────
def test_too_late_for_the_last_units(api: APIClient, mug: Variant) -> None:
    scarf, vase = make_variant("Scarf", stock=4), make_variant("Vase", stock=1)
    fill_cart(api, {mug: 5, scarf: 1, vase: 1})
    place({mug: 3, vase: 1})
    before = everything()

    response = api.post("/api/checkout/", order_form(), headers={"Idempotency-Key": "k"})

    assert refuse(response, 409, "out_of_stock") == {
        "type": "/api/docs/errors#out_of_stock",
        "title": "Not enough stock",
        "status": 409,
        "detail": "only 2 of Mug left; only 0 of Vase left",
        "code": "out_of_stock",
        "errors": [],
        "shortages": [
            {"variant_id": mug.pk, "sku": "MUG", "name": "Mug", "wanted": 5, "available": 2},
            {"variant_id": vase.pk, "sku": "VASE", "name": "Vase", "wanted": 1, "available": 0},
        ],
    }
    assert everything() == before

    # The same key is free again once the shopper has taken less.
    lines = {line["name"]: line["id"] for line in api.get("/api/cart/").json()["items"]}
    api.patch(f"/api/cart/items/{lines['Mug']}/", {"quantity": 2})
    api.delete(f"/api/cart/items/{lines['Vase']}/")
    again = api.post("/api/checkout/", order_form(), headers={"Idempotency-Key": "k"})
    assert again.status_code == 201


def test_a_price_that_changed_is_shown_before_it_is_paid(api: APIClient, mug: Variant) -> None:
    version = fill_cart(api, {mug: 2})["version"]
    reprice(mug, 1500)
    before = everything()

    response = api.post("/api/checkout/", order_form(cart_version=version))

    answer = refuse(response, 409, "cart_changed")
    assert answer["detail"] == "These prices have changed: Mug."
    assert answer["cart"] == api.get("/api/cart/").json()
    assert answer["cart"]["items"][0]["unit_price"] == money("15.00")
    assert answer["cart"]["version"] == version + 1
    assert everything() == before

    again = api.post("/api/checkout/", order_form(cart_version=answer["cart"]["version"]))
    assert again.status_code == 201
    assert again.json()["order"]["subtotal"] == money("30.00")


def test_a_cart_that_was_changed_in_another_tab(api: APIClient, mug: Variant) -> None:
    version = fill_cart(api, {mug: 1})["version"]
    fill_cart(api, {mug: 1})
    response = api.post("/api/checkout/", order_form(cart_version=version))
    answer = refuse(response, 409, "cart_changed")
    assert answer["cart"]["items"][0]["quantity"] == 2
    assert not Order.objects.exists()


def test_a_currency_that_was_just_chosen_is_no_surprise(api: APIClient, standard: Method) -> None:
    mug = make_variant("Cup", price={"USD": 1299, "EUR": 1199})
    make_rate(standard, currency="EUR", price_minor=450)
    fill_cart(api, {mug: 1})
    version = api.get("/api/cart/?currency=EUR").json()["version"]
    response = api.post("/api/checkout/", order_form(cart_version=version))
    assert response.status_code == 201
    assert response.json()["order"]["total"] == {"amount": "16.49", "currency": "EUR"}


def test_a_product_that_left_the_shop_cannot_be_ordered(api: APIClient, mug: Variant) -> None:
    vase = make_variant("Vase")
    fill_cart(api, {mug: 1, vase: 1})
    catalogue.archive_product(vase.product_id)
    before = everything()
    answer = refuse(api.post("/api/checkout/", order_form()), 409, "cart_changed")
    assert answer["detail"] == "No longer for sale: Vase."
    assert [line["problems"] for line in answer["cart"]["items"]][1][0]["code"] == "unavailable"
    assert everything() == before


def test_a_guest_says_where_the_mail_goes(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 1})
    before = everything()
    for email in (None, "", "nobody", "a@b", "a@b.example\nBcc: c@d.example"):
        response = api.post("/api/checkout/", order_form(email=email))
        refuse(response, 400, "validation_error", "email")
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"postal_code": ""}, "postal_code"),
        ({"country": "XX"}, "country"),
        ({"country": "USA"}, "country"),
        ({"country": ""}, "country"),
        ({"line1": ""}, "line1"),
        ({"city": "  "}, "city"),
        ({"first_name": "A" * 101}, "first_name"),
        ({"last_name": "x\ny"}, "last_name"),
        ({"last_name": "x\x00y"}, "last_name"),
        ({"phone": ["1"]}, "phone"),
        ({"line2": True}, "line2"),
    ],
)
def test_an_address_is_checked(
    api: APIClient, mug: Variant, changes: dict[str, Any], field: str
) -> None:
    fill_cart(api, {mug: 1})
    before = everything()
    for name in ("shipping_address", "billing_address"):
        response = api.post("/api/checkout/", order_form(**{name: {**ADDRESS, **changes}}))
        refuse(response, 400, "validation_error", f"{name}.{field}")
    assert everything() == before


@pytest.mark.parametrize("address", ["", "   ", "x" * 501, "a\x00b", 12, True, [], ["a"], {}, None])
def test_what_is_no_address(api: APIClient, mug: Variant, address: Any) -> None:
    fill_cart(api, {mug: 1})
    form = {**order_form(), "shipping_address": address}
    answer = refuse(api.post("/api/checkout/", form), 400, "validation_error")
    assert all(error["field"].startswith("shipping_address") for error in answer["errors"])
    assert not Order.objects.exists()


def test_a_country_without_postal_codes(api: APIClient, mug: Variant) -> None:
    make_shipping("Ireland", countries=("IE",))
    fill_cart(api, {mug: 1})
    ireland = Method.objects.get(name="Ireland")
    address = {**ADDRESS, "country": "IE", "postal_code": "", "region": ""}
    response = api.post("/api/checkout/", order_form(ireland, shipping_address=address))
    assert response.status_code == 201


def test_a_method_that_does_not_go_there(api: APIClient, mug: Variant, standard: Method) -> None:
    far = make_shipping("Far", countries=("JP",))
    off = make_shipping("Off")
    off.is_active = False
    off.save()
    fill_cart(api, {mug: 1})
    before = everything()
    for method in (far.pk, off.pk, 2**63 - 1):
        response = api.post("/api/checkout/", order_form(shipping_method=method))
        refuse(response, 400, "shipping_method_not_available", "shipping_method")
    refuse(
        api.post("/api/checkout/", order_form(shipping_method=None)),
        400,
        "validation_error",
        "shipping_method",
    )
    assert everything() == before


def test_a_payment_method_that_is_not_offered(api: APIClient, mug: Variant) -> None:
    fill_cart(api, {mug: 1})
    for method in ("stripe", "gold", "COD"):
        response = api.post("/api/checkout/", order_form(payment_method=method))
        refuse(response, 400, "payment_method_not_offered", "payment_method")
    with override_settings(PAYMENT_METHODS=["bank_transfer"]):
        refuse(api.post("/api/checkout/", order_form()), 400, "payment_method_not_offered")
    assert not Order.objects.exists()


def test_a_code_that_ran_out_meanwhile_stops_the_order(api: APIClient, mug: Variant) -> None:
    make_code("LAST", max_uses=1)
    fill_cart(api, {mug: 1})
    api.post("/api/cart/codes/", {"code": "LAST"})
    place({mug: 1}, codes=["LAST"])
    before = everything()
    refuse(api.post("/api/checkout/", order_form()), 400, "code_not_valid")
    assert everything() == before
    api.delete("/api/cart/codes/LAST/")
    assert api.post("/api/checkout/", order_form()).status_code == 201


def test_a_code_for_each_customer_once(api: APIClient, mug: Variant) -> None:
    make_code("ONCE", max_uses_per_customer=1)
    place({mug: 1}, codes=["ONCE"], email=GUEST.upper())
    fill_cart(api, {mug: 1})
    api.post("/api/cart/codes/", {"code": "ONCE"})
    before = everything()
    refuse(api.post("/api/checkout/", order_form()), 400, "code_not_valid")
    assert everything() == before


# ── Twice ───────────────────────────────────────────────────────────────────────────────
def test_the_same_key_gives_the_same_order(api: APIClient, mug: Variant) -> None:
    token = fill_cart(api, {mug: 1})["token"]
    headers = {"Idempotency-Key": "key-1", "X-Cart-Token": token}
    form = order_form()
    first = another_client().post("/api/checkout/", form, headers=headers)
    after = everything()
    second = another_client().post("/api/checkout/", form, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()
    assert everything() == after

    other = another_client().post(
        "/api/checkout/", {**form, "note": "another body"}, headers=headers
    )
    refuse(other, 422, "idempotency_key_reused")
    assert everything() == after


def test_without_a_key_a_cart_is_ordered_once(api: APIClient, mug: Variant) -> None:
    token = fill_cart(api, {mug: 1})["token"]
    client, headers = another_client(), {"X-Cart-Token": token}
    assert client.post("/api/checkout/", order_form(), headers=headers).status_code == 201
    refuse(client.post("/api/checkout/", order_form(), headers=headers), 404, "not_found")
    assert Order.objects.count() == 1


def test_a_key_is_the_cart_s_own(api: APIClient, mug: Variant) -> None:
    numbers = set()
    for _ in range(2):
        client = another_client()
        fill_cart(client, {mug: 1})
        response = client.post(
            "/api/checkout/", order_form(), headers={"Idempotency-Key": "everybody's"}
        )
        numbers.add(response.json()["order"]["number"])
    assert len(numbers) == 2


# ── How often the database is asked ─────────────────────────────────────────────────────
@pytest.mark.parametrize("signed_in", [False, True])
def test_ordering_asks_as_often_with_fifty_lines_as_with_one(
    signed_in: bool, django_assert_max_num_queries: Any
) -> None:
    make_tax()
    make_promotion("Ten off", percent="10")
    make_code("SPRING")
    variants = [make_variant(f"Thing {number}", stock=100) for number in range(50)]
    rulebook.current()
    counts = []
    for wanted in (variants[:1], variants):
        client = another_client(make_customer() if signed_in else None)
        fill_cart(client, dict.fromkeys(wanted, 1))
        client.post("/api/cart/codes/", {"code": "SPRING"})
        with django_assert_max_num_queries(40) as queries:
            response = client.post(
                "/api/checkout/", order_form(), headers={"Idempotency-Key": "k"}
            )
        assert response.status_code == 201
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_low_stock_does_not_make_an_order_dearer(django_assert_max_num_queries: Any) -> None:
    """Fifty lines that all become low or sold out announce it in a bounded number of queries."""
    variants = [make_variant(f"Thing {number}", stock=4) for number in range(50)]
    rulebook.current()
    client = another_client()
    fill_cart(client, dict.fromkeys(variants, 4))
    with django_assert_max_num_queries(40):
        assert client.post("/api/checkout/", order_form()).status_code == 201


def test_expired_stock_is_for_the_next_buyer(api: APIClient, mug: Variant) -> None:
    late = place({mug: 5}, payment_method="bank_transfer").order
    fill_cart_refused = api.post("/api/cart/items/", {"variant_id": mug.pk})
    refuse(fill_cart_refused, 409, "out_of_stock")

    from commerce.orders.services import release_expired

    assert release_expired(now=timezone.now() + timedelta(days=8)) == 1
    late.refresh_from_db()
    assert late.status == "cancelled"
    fill_cart(api, {mug: 5})
    assert api.post("/api/checkout/", order_form()).status_code == 201
    assert inventory.expired_orders(now=timezone.now() + timedelta(days=30)) == []
