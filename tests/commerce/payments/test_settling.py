"""A payment ends once, whoever says so."""

from uuid import UUID

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import override_settings

from commerce.orders import services as orders
from commerce.payments import services
from commerce.payments.errors import MethodNotOffered
from commerce.payments.models import Payment, PaymentState
from core import events, relay
from core.models import OutboxEvent
from tests.factories import make_shipping, make_variant, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed() -> tuple[UUID, UUID]:
    """An order by bank transfer and its payment."""
    make_shipping()
    done = place({make_variant("Mug"): 1}, payment_method="bank_transfer")
    return done.order.pk, done.payment.pk


def test_the_methods_are_those_of_the_settings_in_their_order() -> None:
    assert [each.id for each in services.offered()] == ["cod", "bank_transfer"]
    with override_settings(PAYMENT_METHODS=["bank_transfer", "unknown"]):
        assert [each.id for each in services.offered()] == ["bank_transfer"]
        with pytest.raises(MethodNotOffered):
            services.provider("cod")


def test_what_is_received_is_written_down(placed: tuple[UUID, UUID]) -> None:
    payment = services.settle(placed[1], received_minor=1000)
    assert (payment.state, payment.received_minor) == (PaymentState.PAID, 1000)


def test_settling_is_announced_with_what_came(placed: tuple[UUID, UUID]) -> None:
    order_id, payment_id = placed
    services.settle(payment_id, received_minor=1000)
    told = OutboxEvent.objects.filter(name="payments.settled").values_list("key", "payload")
    assert list(told) == [
        (
            f"order:{order_id}",
            {
                "payment_id": str(payment_id),
                "order_id": str(order_id),
                "amount_minor": 1000,
                "currency": "USD",
            },
        )
    ]


def test_settling_again_changes_nothing(placed: tuple[UUID, UUID]) -> None:
    services.settle(placed[1])
    before = list(Payment.objects.values()), OutboxEvent.objects.count()
    services.settle(placed[1], received_minor=5)
    assert (list(Payment.objects.values()), OutboxEvent.objects.count()) == before


def test_handling_an_event_twice_does_no_harm(placed: tuple[UUID, UUID]) -> None:
    orders.cancel(placed[0])
    row = OutboxEvent.objects.filter(name="orders.status_changed").latest("id")
    event = events.Event(row.pk, row.name, row.key, row.payload, row.recorded_at)
    relay.drain()
    before = list(Payment.objects.values())
    services.follow_order(event)
    assert list(Payment.objects.values()) == before
    assert Payment.objects.get().state == PaymentState.CANCELLED


def test_a_transfer_names_its_order() -> None:
    make_shipping()
    with override_settings(BANK_TRANSFER_INSTRUCTIONS=""):
        done = place({make_variant("Mug"): 1}, payment_method="bank_transfer")
    assert done.started.instructions == f"Reference: {done.order.number}."
    assert done.payment.reference == done.order.number
    assert settings.BANK_TRANSFER_INSTRUCTIONS


def test_the_database_refuses_negative_amounts(placed: tuple[UUID, UUID]) -> None:
    for field in ("amount_minor", "received_minor"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.update(**{field: -1})
