"""Stripe and Paystack stand what every provider has to."""

import pytest

from tests.commerce.payments.kit import AuthorizingCases, ProviderCases
from tests.commerce.payments.outsides import PaystackSide, StripeSide
from tests.fakes.paystack import FakePaystack
from tests.fakes.stripe import FakeStripe


class TestStripe(AuthorizingCases):
    @pytest.fixture
    def outside(self, fake_stripe: FakeStripe) -> StripeSide:
        return StripeSide(fake_stripe)


class TestPaystack(ProviderCases):
    @pytest.fixture
    def outside(self, fake_paystack: FakePaystack) -> PaystackSide:
        fake_paystack.refund_outcome = "processed"
        return PaystackSide(fake_paystack)
