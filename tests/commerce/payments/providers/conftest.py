"""Providers against their fakes, over HTTP; `asked` makes what they are asked to collect."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from pytest_django import Settings

from commerce.payments.providers.base import PaymentRequest, SheetLine
from commerce.payments.providers.paystack import Paystack
from commerce.payments.providers.stripe import Stripe
from tests.fakes.paystack import FakePaystack
from tests.fakes.provider import running
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
def fake_stripe(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    """Stripe on loopback, with the shop's settings pointing at it."""
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda self, retries: 0)
    with running(FakeStripe) as fake:
        settings.STRIPE_API_BASE = fake.url
        settings.STRIPE_SECRET_KEY = fake.secret_key
        settings.STRIPE_WEBHOOK_SECRET = fake.webhook_secret
        settings.PAYMENT_TIMEOUT_SECONDS = 5
        yield fake


@pytest.fixture
def fake_paystack(settings: Settings) -> Iterator[FakePaystack]:
    """Paystack on loopback, with the shop's settings pointing at it."""
    with running(FakePaystack) as fake:
        settings.PAYSTACK_API_BASE = fake.url
        settings.PAYSTACK_SECRET_KEY = fake.secret_key
        settings.PAYMENT_TIMEOUT_SECONDS = 5
        yield fake


@pytest.fixture
def stripe_provider(fake_stripe: FakeStripe) -> Stripe:
    return Stripe()


@pytest.fixture
def paystack_provider(fake_paystack: FakePaystack) -> Paystack:
    return Paystack()
