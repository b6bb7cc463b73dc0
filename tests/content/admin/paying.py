"""Payments by the demo provider, and what staff do with them over HTTP."""

from typing import Any
from uuid import uuid4

from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse
from wagtail.models import ModelLogEntry

from commerce.payments import services
from commerce.payments.demo import bank
from commerce.payments.models import (
    InboundEvent,
    InboundState,
    Payment,
)
from content.admin.payments import trouble
from tests.factories import make_variant, place

LIST = "/admin/shop/payments/"
TOTAL = 3098  # two mugs and delivery


def begin(name: str = "Mug", *, button: str = "", capture: str = "automatic") -> Payment:
    """Two of something, by the demo provider; `button` is what the shopper pressed there."""
    with override_settings(PAYMENT_CAPTURE=capture):
        placed = place({make_variant(name, stock=5): 2}, payment_method="demo")
    payment = services.begin_if_possible(placed.payment).payment
    if button:
        bank.press(payment.reference, button)
        payment = services.settle(payment.pk)
    return payment


def url_of(payment: Payment) -> str:
    return reverse("shop_payments:inspect", args=[payment.pk])


def act(client: Client, payment: Payment, action: str, **fields: Any) -> Any:
    given = {"key": str(uuid4())} if action in {"receive", "refund"} else {}
    data = {f"{action}-{name}": value for name, value in (given | fields).items()}
    return client.post(url_of(payment), {"action": action} | data, follow=True)


def texts(response: Any) -> list[str]:
    return [str(message).strip() for message in response.context["messages"]]


def logged() -> list[str]:
    return list(ModelLogEntry.objects.order_by("timestamp").values_list("action", flat=True))


def event_of(about: Payment, **more: Any) -> InboundEvent:
    fields = {"kind": "payment.succeeded", "state": InboundState.HANDLED, "payment": about}
    return InboundEvent.objects.create(
        provider=about.provider, event_id=f"evt_{uuid4().hex}", **fields | more
    )


def troubles(payment: Payment) -> list[str]:
    rows = Payment.objects.filter(pk=payment.pk)
    return [name for name in trouble.REASONS if trouble.only(rows, name).exists()]
