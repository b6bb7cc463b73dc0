"""From a cart to an order over HTTP: one order with everything."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.carts.models import Cart
from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.inventory.models import Reservation
from commerce.orders.models import Adjustment, HistoryEntry, Order, OrderLine
from commerce.payments.models import Payment
from commerce.pricing.models import Redemption
from commerce.shipping.models import Method
from core import relay
from tests.commerce.checkout.shown import money, refuse
from tests.factories import (
    ADDRESS,
    GUEST,
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
    reprice,
    stock_of,
)

pytestmark = pytest.mark.django_db


# ── What can be chosen ──────────────────────────────────────────────────────────────────
def test_the_options_for_an_address(api: APIClient, mug: Variant, standard: Method) -> None:
    express = make_shipping("Express", price={"USD": 1500}, min_days=1, max_days=1, position=1)
    make_tax("0.1", on_shipping=True)
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
                "tax": money("3.10"),
                "total": money("34.08"),
            },
            {
                "id": express.pk,
                "name": "Express",
                "price": money("15.00"),
                "delivery": {"min_days": 1, "max_days": 1},
                "tax": money("4.10"),
                "total": money("45.08"),
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
        "tax": money("3.10"),
        "total": money("34.08"),
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
    assert "$30.98" in message.body


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
            f"Transfer the total to the account on our contact page. Reference: {order.number}."
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
