"""Paying, looking and refunding over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.payments import services
from commerce.payments.models import Attempt, Payment, Refund
from commerce.payments.providers.base import ProviderError, Started
from tests.commerce.payments.demo_side import DemoSide
from tests.factories import (
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


@pytest.fixture
def outside(demo_side: DemoSide) -> DemoSide:
    return demo_side


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=5)


def test_checkout_leads_to_the_provider(outside: DemoSide, mug: Variant, api: APIClient) -> None:
    fill_cart(api, {mug: 1})
    options = api.post("/api/checkout/options/", {}).json()["payment_methods"]
    assert {"id": "demo", "name": "Demo payment"} in options
    answer = api.post("/api/checkout/", order_form(payment_method="demo"))
    payment = Payment.objects.get()
    assert answer.json()["payment"] == {
        "id": str(payment.pk),
        "provider": "demo",
        "status": "open",
        "redirect_url": f"http://127.0.0.1:8000/demo/pay/{payment.reference}/",
        "reference": payment.reference,
        "expires_at": answer.json()["payment"]["expires_at"],
    }
    assert answer.json()["order"]["payment_status"] == "unpaid"


def test_a_provider_that_is_down_leaves_an_order_to_pay_for(
    outside: DemoSide, mug: Variant, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise ProviderError("It is down.", kind="unavailable")

    fill_cart(api, {mug: 1})
    with monkeypatch.context() as patch:
        patch.setattr(type(services.PROVIDERS["demo"]), "start", down)
        answer = api.post("/api/checkout/", order_form(payment_method="demo"))
        assert answer.status_code == 201
        assert "redirect_url" not in answer.json()["payment"]
        order = answer.json()["order"]
        form = {"order_number": order["number"], "token": order["token"]}
        refused = api.post("/api/pay/", form)
        assert (refused.status_code, refused.json()["code"]) == (
            503,
            "payment_provider_unavailable",
        )
    assert api.post("/api/pay/", form).json()["redirect_url"]


def test_a_page_that_asks_without_end_is_answered_from_the_row(
    outside: DemoSide, mug: Variant, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = place({mug: 1}, payment_method="demo").payment
    payment.refresh_from_db()

    def ask() -> str:
        answer = api.get("/api/payments/verify/", {"reference": payment.reference})
        return str(answer.json()["status"])

    def asked() -> int:
        return Attempt.objects.filter(operation="look_up").count()

    assert [ask() for _ in range(5)] == ["open"] * 5
    assert asked() == 1
    outside.pay(payment)
    assert ask() == "open"
    Payment.objects.update(asked_at=timezone.now() - timedelta(seconds=2))
    assert [ask(), ask()] == ["paid", "paid"]
    assert asked() == 2


def test_a_page_whose_question_was_not_answered_may_ask_again(
    outside: DemoSide, mug: Variant, api: APIClient
) -> None:
    payment = place({mug: 1}, payment_method="demo").payment
    payment.refresh_from_db()
    outside.pay(payment)
    said = []
    with outside.losing_answer("look_up"):
        for _ in range(2):
            answer = api.get("/api/payments/verify/", {"reference": payment.reference})
            said.append(answer.json()["status"])
    assert said == ["open", "paid"]


def test_only_who_ordered_may_pay(outside: DemoSide, mug: Variant) -> None:
    ada = make_customer()
    placed = place({mug: 1}, customer=ada, payment_method="demo")
    form = {"order_id": str(placed.order.pk)}
    for client in (APIClient(), another_client(make_customer())):
        assert client.post("/api/pay/", form, format="json").status_code == 404
    done = another_client(ada).post("/api/pay/", form)
    assert (done.status_code, done.json()["reference"]) == (201, placed.started.reference)
    guest = APIClient().post("/api/pay/", {**form, "token": placed.order.token}, format="json")
    assert guest.status_code == 201
    outside.pay(placed.payment)
    paid = another_client(ada).post("/api/pay/", form).json()
    assert paid["status"] == "paid"
    assert "redirect_url" not in paid


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"order_id": "x"},
        {"order_id": None, "order_number": ["a"]},
        {"order_number": "\x00"},
        {"order_number": "ABC", "ui": "none"},
        {"order_number": "ABC", "success_url": "javascript:alert(1)"},
        {"order_number": "ABC", "provider": 5 * "12345"},
    ],
)
def test_nonsense_is_refused(form: dict[str, Any], api: APIClient) -> None:
    answer = api.post("/api/pay/", form)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"


def test_foreign_urls_and_unknown_methods(outside: DemoSide, mug: Variant, api: APIClient) -> None:
    order = place({mug: 1}, payment_method="demo").order
    form = {"order_number": order.number, "token": order.token}
    answer = api.post("/api/pay/", {**form, "success_url": "https://elsewhere.example/"})
    assert answer.json()["errors"][0]["code"] == "unknown_origin"
    answer = api.post("/api/pay/", {**form, "provider": "unknown"})
    assert answer.json()["code"] == "payment_method_not_offered"


def test_the_same_key_starts_one_payment(outside: DemoSide, mug: Variant, api: APIClient) -> None:
    order = place({mug: 1}, payment_method="demo").order
    form = {"order_number": order.number, "token": order.token}
    headers = {"Idempotency-Key": "pay-1"}
    first = api.post("/api/pay/", form, headers=headers)
    again = api.post("/api/pay/", form, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()


def test_a_client_secret_is_told_and_not_kept(
    outside: DemoSide, mug: Variant, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models import IdempotencyRecord

    order = place({mug: 1}, payment_method="bank_transfer").order

    def start(self: object, request: Any, *, key: str) -> Started:
        assert request.ui == "embedded"
        return Started("demo_x", client_secret="pi_secret_123456")

    monkeypatch.setattr(type(services.PROVIDERS["demo"]), "start", start)
    form = {"order_number": order.number, "token": order.token, "provider": "demo"}
    answer = api.post(
        "/api/pay/", {**form, "ui": "embedded"}, headers={"Idempotency-Key": "secret"}
    )
    assert answer.json()["client_secret"] == "pi_secret_123456"
    assert not IdempotencyRecord.objects.exists()
    kept = repr(list(Payment.objects.values()))
    kept += repr([list(payment.attempts.values()) for payment in Payment.objects.all()])
    assert "pi_secret" not in kept


def test_own_payments(outside: DemoSide, mug: Variant) -> None:
    ada = make_customer()
    placed = place({mug: 1}, customer=ada, payment_method="demo")
    place({mug: 1}, customer=make_customer())
    client = another_client(ada)
    [shown] = client.get("/api/payments/").json()["results"]
    payment = Payment.objects.get(pk=placed.payment.pk)
    assert shown == {
        "id": str(payment.pk),
        "order_id": str(placed.order.pk),
        "order_number": placed.order.number,
        "attempt": 1,
        "provider": "demo",
        "status": "open",
        "amount": {"amount": "17.99", "currency": "USD"},
        "received": {"amount": "0.00", "currency": "USD"},
        "refunded": {"amount": "0.00", "currency": "USD"},
        "reference": payment.reference,
        "redirect_url": payment.redirect_url,
        "instructions": None,
        "expires_at": shown["expires_at"],
        "created_at": shown["created_at"],
        "settled_at": None,
    }
    path = f"/api/payments/{payment.pk}/"
    assert client.get(path).json() == shown
    assert APIClient().get(path, {"token": placed.order.token}).json() == shown
    assert another_client(make_staff("payments.view_payment")).get(path).json() == shown
    for other in (APIClient(), another_client(make_customer()), another_client(make_staff())):
        assert other.get(path).status_code == 404
    assert APIClient().get(f"/api/payments/{uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    "query", [{}, {"reference": ""}, {"session_id": "\x00"}, {"reference": "x" * 999}]
)
def test_verifying_nothing(query: dict[str, str], api: APIClient) -> None:
    assert api.get("/api/payments/verify/", query).status_code == 404


def test_a_list_asks_as_often_with_many(
    outside: DemoSide, mug: Variant, django_assert_max_num_queries: Any
) -> None:
    ada = make_customer()
    for _ in range(3):
        place({mug: 1}, customer=ada)
    client = another_client(ada)
    client.get("/api/payments/")
    with django_assert_max_num_queries(5):
        assert len(client.get("/api/payments/").json()["results"]) == 3


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"reason": "x", "amount": "1", "lines": [{"id": str(uuid4()), "quantity": 1}]}, 400),
        ({"reason": "x", "amount": "-1"}, 409),
        ({"reason": "x", "amount": "0"}, 409),
        ({"reason": "x", "amount": "1.234"}, 400),
        ({"reason": "x", "amount": "1e400"}, 400),
        ({"reason": "x", "amount": "9999999"}, 409),
        ({"reason": "x", "lines": []}, 400),
        ({"reason": "x", "lines": [{"id": str(uuid4()), "quantity": 1}]}, 400),
        ({"reason": "x", "lines": [{"id": "y", "quantity": 0}]}, 400),
    ],
)
def test_refunds_that_cannot_be(
    outside: DemoSide, mug: Variant, form: dict[str, Any], status: int
) -> None:
    placed = place({mug: 1}, payment_method="demo")
    outside.pay(placed.payment)
    services.settle(placed.payment.pk)
    staff = another_client(make_staff("payments.refund_payment"))
    answer = staff.post(f"/api/orders/{placed.order.pk}/refunds/", form)
    assert answer.status_code == status, answer.content
    assert not Refund.objects.exists()
    assert Payment.objects.get().refunded_minor == 0


def test_who_may_refund(outside: DemoSide, mug: Variant) -> None:
    ada = make_customer()
    order = place({mug: 1}, customer=ada, payment_method="demo").order
    path = f"/api/orders/{order.number}/refunds/"
    assert APIClient().post(path, {"reason": "x"}, format="json").status_code == 401
    for user in (ada, make_staff("orders.change_order")):
        assert another_client(user).post(path, {"reason": "x"}).status_code == 403
    manager = another_client(make_staff("payments.refund_payment"))
    assert manager.post("/api/orders/ZZZZZZZZ/refunds/", {"reason": "x"}).status_code == 404
    assert manager.post(path, {"reason": "x"}).status_code == 409
