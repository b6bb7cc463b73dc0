"""The same order twice, how often the database is asked, and stock that comes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.inventory import services as inventory
from commerce.orders.models import Order
from commerce.payments.services import release_expired
from commerce.pricing import rulebook
from core.models import IdempotencyRecord
from tests.commerce.checkout.shown import everything, refuse
from tests.factories import (
    another_client,
    fill_cart,
    make_code,
    make_customer,
    make_promotion,
    make_tax,
    make_variant,
    order_form,
    place,
)

pytestmark = pytest.mark.django_db


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


def test_a_retry_after_a_crash_before_the_answer_gets_the_order(
    api: APIClient, mug: Variant
) -> None:
    token = fill_cart(api, {mug: 1})["token"]
    headers = {"Idempotency-Key": "key-1", "X-Cart-Token": token}
    first = another_client().post("/api/checkout/", order_form(), headers=headers)
    IdempotencyRecord.objects.all().delete()  # as if the answer had never been stored
    after = everything()
    second = another_client().post("/api/checkout/", order_form(), headers=headers)

    assert second.status_code == 201
    assert second.json() == first.json()
    IdempotencyRecord.objects.all().delete()
    assert everything() == after
    stranger = another_client().post(
        "/api/checkout/", order_form(), headers={"Idempotency-Key": "key-1"}
    )
    refuse(stranger, 404, "not_found")


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
            response = client.post("/api/checkout/", order_form(), headers={"Idempotency-Key": "k"})
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

    assert release_expired(now=timezone.now() + timedelta(days=8)) == 1
    late.refresh_from_db()
    assert late.status == "cancelled"
    fill_cart(api, {mug: 5})
    assert api.post("/api/checkout/", order_form()).status_code == 201
    assert inventory.expired_orders(now=timezone.now() + timedelta(days=30)) == []
