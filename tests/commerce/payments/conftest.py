"""Providers to pay with: Stripe and Paystack on loopback, and the demo in this process."""

from collections.abc import Iterator

import pytest
import stripe
from pytest_django import Settings

from tests.commerce.payments.demo_side import DemoSide
from tests.fakes.paystack import FakePaystack
from tests.fakes.provider import running
from tests.fakes.stripe import FakeStripe


@pytest.fixture
def demo_side(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> DemoSide:
    """The demo provider, switched on."""
    settings.PAYMENTS_DEMO = True
    return DemoSide(monkeypatch)


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
