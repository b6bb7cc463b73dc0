"""Invoices: written when an order is accepted, never changed, read by whom they concern."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import ProtectedError
from django.utils import timezone

from commerce.catalogue.models import Variant
from commerce.orders import invoices, services
from commerce.orders.models import Invoice, Order, OrderLine
from commerce.payments import services as payments
from core.errors import NotFound
from tests.factories import (
    another_client,
    make_code,
    make_customer,
    make_promotion,
    make_shipping,
    make_staff,
    make_tax,
    make_variant,
    place,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=50, options={"Size": "Big", "Colour": "Teal"})


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def test_an_invoice_is_a_whole_copy(mug: Variant, settings: Any) -> None:
    settings.SHOP_NAME = "Corner shop"
    make_tax("0.10")
    make_code("TENOFF", promotion=make_promotion("Ten off", percent="10", needs_code=True))

    order = place({mug: 2}, codes=["TENOFF"]).order

    invoice = Invoice.objects.get()
    document = invoice.document
    assert (invoice.order, invoice.number) == (order, order.number)
    assert abs(timezone.now() - invoice.issued_at) < timedelta(minutes=1)
    assert document["issued_at"][:16] == invoice.issued_at.isoformat()[:16]
    assert document["seller"]["name"] == "Corner shop"
    assert document["number"] == document["order_number"] == order.number
    assert document["billing_address"] == order.billing_address
    assert document["delivered_to"] == {"country": "US", "region": "NY"}
    assert list(document["items"][0]["options"].items()) == [("Size", "Big"), ("Colour", "Teal")]
    assert [document[name]["amount"] for name in ("subtotal", "shipping", "tax", "total")] == [
        "25.98",
        "5.00",
        "2.34",
        "30.72",
    ]
    assert document["discounts"] == [{"name": "Ten off", "amount": money("2.60")}]
    assert document["items"][0]["line_total"] == money("23.38")
    assert (document["currency"], document["tax_included"]) == ("USD", False)
    assert "email" not in document


def test_the_bill_of_an_unpaid_order_comes_with_its_payment(mug: Variant) -> None:
    placed = place({mug: 1}, payment_method="bank_transfer")
    assert not Invoice.objects.exists()
    with pytest.raises(NotFound):
        invoices.invoice_of(placed.order)

    payments.receive(placed.payment.pk)
    payments.receive(placed.payment.pk)

    assert [row.number for row in Invoice.objects.all()] == [placed.order.number]


def test_a_refused_acceptance_writes_none(mug: Variant) -> None:
    order = place({mug: 1}, payment_method="bank_transfer").order
    services.cancel(order.pk)

    with pytest.raises(services.InvalidTransition):
        services.accept(order.pk)

    assert not Invoice.objects.exists()


def test_it_stays_whatever_happens_to_the_order(mug: Variant) -> None:
    order = place({mug: 1}).order
    before = Invoice.objects.values().get()

    services.cancel(order.pk, message="Changed my mind")
    Order.objects.filter(pk=order.pk).update(total_minor=1, billing_address={})
    OrderLine.objects.filter(order=order).delete()

    assert invoices.issue(Order.objects.get(pk=order.pk)).document == before["document"]
    assert Invoice.objects.values().get() == before
    invoice = Invoice.objects.get()
    invoice.number = "OTHER"
    with pytest.raises(TypeError):
        invoice.save()
    with pytest.raises(TypeError):
        Invoice.objects.update(number="OTHER")
    with pytest.raises(ProtectedError):
        order.delete()
    assert Invoice.objects.values().get() == before


def test_an_order_from_before_gets_its_invoice(mug: Variant) -> None:
    order = place({mug: 1}).order
    Invoice.objects.all().delete()

    assert invoices.invoice_of(order).number == order.number
    assert Invoice.objects.count() == 1


def test_who_may_read_it(mug: Variant) -> None:
    ada = make_customer("ada@example.com")
    order = place({mug: 1}, customer=ada).order
    url = f"/api/orders/{order.number}/invoice/"

    found = {
        who: client.get(url).status_code
        for who, client in {
            "nobody": another_client(),
            "its customer": another_client(ada),
            "another": another_client(make_customer()),
            "staff": another_client(make_staff("orders.view_order")),
            "accountant": another_client(make_staff("orders.view_invoice")),
        }.items()
    }

    assert found == {
        "nobody": 404, "its customer": 200, "another": 404, "staff": 404, "accountant": 200,
    }  # fmt: skip
    assert another_client(ada).get(url).json() == Invoice.objects.get().document
    assert another_client(ada).get(url)["Cache-Control"] == "no-store"
    assert another_client(ada).get(f"/api/orders/{order.pk}/invoice/").status_code == 200


def test_a_guest_needs_the_token(mug: Variant) -> None:
    order = place({mug: 1}).order
    unpaid = place({mug: 1}, payment_method="bank_transfer").order
    url = f"/api/orders/{order.number}/invoice/"
    api = another_client()

    assert api.get(url).json()["code"] == "not_found"
    assert api.get(f"{url}?token={unpaid.token}").status_code == 404
    assert api.get(f"{url}?token={order.token}").json()["number"] == order.number
    assert api.get(f"{url}?token=%00").status_code == 404
    answer = api.get(f"/api/orders/{unpaid.number}/invoice/?token={unpaid.token}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
