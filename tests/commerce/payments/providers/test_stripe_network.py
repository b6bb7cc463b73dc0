"""Stripe over a bad network: what was done once stays done once."""

from dataclasses import replace

import pytest
from pytest_django import Settings

from commerce.payments.providers.base import (
    ProviderError,
    RefundSeen,
    Seen,
)
from commerce.payments.providers.stripe import Stripe
from tests.commerce.payments.providers.conftest import Asked
from tests.fakes.stripe import FakeStripe

SESSIONS = "POST /v1/checkout/sessions"


class TestBadNetworks:
    def test_an_answer_that_is_lost_once_is_fetched_again(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        fake_stripe.lose_answer(SESSIONS)
        started = stripe_provider.start(asked(), key="k1")

        assert list(fake_stripe.line_items) == [started.reference]
        keys = [request.headers["idempotency-key"] for request in fake_stripe.made(SESSIONS)]
        assert keys == ["k1", "k1"]

    def test_after_a_time_out_the_outcome_is_unknown_and_the_key_tells(
        self,
        stripe_provider: Stripe,
        fake_stripe: FakeStripe,
        asked: Asked,
        settings: Settings,
    ) -> None:
        request = asked()
        settings.PAYMENT_TIMEOUT_SECONDS = 0.3
        fake_stripe.lose_answer(SESSIONS, times=2, seconds=1)
        with pytest.raises(ProviderError) as caught:
            stripe_provider.start(request, key="k1")
        assert caught.value.kind == "unknown_outcome"

        started = stripe_provider.start(request, key="k1")
        assert list(fake_stripe.line_items) == [started.reference]

    @pytest.mark.parametrize("call", ["refund", "capture", "void", "expire"])
    def test_work_done_with_its_answer_lost_is_not_done_again(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked, call: str
    ) -> None:
        request = asked(capture="automatic" if call == "refund" else "manual")
        reference = stripe_provider.start(request, key="k").reference
        transaction = ""
        if call != "expire":
            fake_stripe.pay(reference)
            transaction = stripe_provider.look_up(reference).transaction

        def do() -> Seen | RefundSeen:
            if call == "expire":
                return stripe_provider.expire(reference, key="x")
            if call == "void":
                return stripe_provider.void(reference, transaction=transaction, key="x")
            if call == "capture":
                return stripe_provider.capture(
                    reference, transaction=transaction, amount_minor=6000, currency="USD", key="x"
                )
            return stripe_provider.refund(
                reference,
                transaction=transaction,
                amount_minor=6000,
                currency="USD",
                reason="",
                key="x",
            )

        fake_stripe.lose_answer("POST *", times=2)
        with pytest.raises(ProviderError) as caught:
            do()
        assert caught.value.kind == "unknown_outcome"

        assert do().state in {"succeeded", "paid", "expired"}
        assert do() == do()
        seen = stripe_provider.look_up(reference)
        assert seen.refunded_minor == (6000 if call == "refund" else 0)

    def test_a_500_that_stripe_keeps_for_the_key_is_got_round(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        request = asked()
        fake_stripe.answer(SESSIONS, status=500, times=2)
        with pytest.raises(ProviderError) as caught:
            stripe_provider.start(request, key="k1")
        assert (caught.value.kind, len(fake_stripe.made(SESSIONS))) == ("unknown_outcome", 2)

        stripe_provider.start(request, key="k1")
        fake_stripe.spend_key("k2")
        started = stripe_provider.start(replace(request, attempt=2), key="k2")
        assert fake_stripe.made(SESSIONS)[-1].headers["idempotency-key"] == "k2:2"
        assert started.reference in fake_stripe.line_items

    def test_reading_that_fails_is_only_unavailable(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference = stripe_provider.start(asked(), key="k").reference
        fake_stripe.answer("GET *", status=500, times=2)
        with pytest.raises(ProviderError) as caught:
            stripe_provider.look_up(reference)
        assert caught.value.kind == "unavailable"
        assert caught.value.request_id.startswith("req_")

        fake_stripe.lose_answer("GET *", times=2)
        with pytest.raises(ProviderError) as caught:
            stripe_provider.look_up(reference)
        assert caught.value.kind == "unavailable"

    def test_too_many_requests(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        fake_stripe.answer("*", status=429, times=2)
        with pytest.raises(ProviderError) as caught:
            stripe_provider.start(asked(), key="k")
        assert caught.value.kind == "unavailable"
        assert len(fake_stripe.requests) == 1
        assert not fake_stripe.line_items

    def test_a_slow_answer_is_waited_for(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        fake_stripe.slow(SESSIONS, seconds=0.3)
        assert stripe_provider.start(asked(), key="k").reference in fake_stripe.line_items

    def test_nobody_there(self, stripe_provider: Stripe, asked: Asked, settings: Settings) -> None:
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        with pytest.raises(ProviderError) as caught:
            stripe_provider.start(asked(), key="k")
        assert (caught.value.kind, str(caught.value)) == (
            "unavailable",
            "Stripe cannot be reached.",
        )

    def test_the_wrong_key(self, stripe_provider: Stripe, asked: Asked, settings: Settings) -> None:
        settings.STRIPE_SECRET_KEY = "sk_test_of_another_account"
        for call in (
            lambda: stripe_provider.start(asked(), key="k"),
            lambda: stripe_provider.expire("cs_test_1", key="e"),
        ):
            with pytest.raises(ProviderError) as caught:
                call()
            assert (caught.value.kind, caught.value.code) == ("refused", "key_not_accepted")
