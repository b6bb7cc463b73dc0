"""Providers against their fakes, over HTTP; `asked` makes what they are asked to collect."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commerce.payments.providers.base import PaymentRequest, RefundSeen, SheetLine
from commerce.payments.providers.paystack import Paystack
from commerce.payments.providers.stripe import Stripe
from tests.fakes.paystack import FakePaystack
from tests.fakes.stripe import FakeStripe

PAYMENT = "0198f3c0-0000-7000-8000-000000000001"
Asked = Callable[..., PaymentRequest]


@pytest.fixture
def asked() -> Asked:
    """60.00 of goods less 5.00, shipping 4.00 and tax 1.00, unless said otherwise."""

    def make(**changes: Any) -> PaymentRequest:
        values: dict[str, Any] = {
            "payment_id": PAYMENT,
            "attempt": 1,
            "amount_minor": 6000,
            "currency": "USD",
            "email": "ada@example.com",
            "lines": [
                SheetLine("Mug", "MUG-1", 2, 4000, "https://shop.example/mug.webp"),
                SheetLine("Scarf", "SCARF", 1, 2000),
            ],
            "shipping_minor": 400,
            "tax_minor": 100,
            "discount_minor": 500,
            "order_number": "V-1001",
            "success_url": "https://shop.example/thanks/?order=V-1001",
            "cancel_url": "https://shop.example/cart/",
            "expires_at": datetime.now(UTC) + timedelta(minutes=30),
            **changes,
        }
        return PaymentRequest(**values)

    return make


@pytest.fixture
def stripe_provider(fake_stripe: FakeStripe) -> Stripe:
    return Stripe()


@pytest.fixture
def paystack_provider(fake_paystack: FakePaystack) -> Paystack:
    return Paystack()


def paid(provider: Stripe, fake: FakeStripe, asked: PaymentRequest) -> tuple[str, str]:
    """A session that was paid; the ids of session and money."""
    reference = provider.start(asked, key=f"start:{asked.attempt}").reference
    fake.pay(reference)
    return reference, provider.look_up(reference).transaction


@pytest.fixture
def naira(asked: Asked) -> PaymentRequest:
    return asked(currency="NGN")


@pytest.fixture
def money(
    paystack_provider: Paystack, fake_paystack: FakePaystack, naira: PaymentRequest
) -> tuple[str, str]:
    """A paid transaction: its reference and its number."""
    reference = paystack_provider.start(naira, key="k").reference
    fake_paystack.pay(reference)
    return reference, str(fake_paystack.transactions[reference]["id"])


def send_back(
    provider: Paystack, money: tuple[str, str], amount: int = 1000, key: str = "r1"
) -> RefundSeen:
    """Refund some of a paid transaction."""
    return provider.refund(
        money[0],
        transaction=money[1],
        amount_minor=amount,
        currency="NGN",
        reason="Came broken",
        key=key,
    )
