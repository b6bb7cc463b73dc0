"""What became of a payment at Stripe: paid, authorised, let go, sent back."""

from dataclasses import replace

import pytest

from commerce.payments.providers.base import (
    ProviderError,
    ProviderState,
    RefundSeen,
    RefundState,
    Seen,
)
from commerce.payments.providers.stripe import Stripe
from tests.commerce.payments.providers.conftest import PAYMENT, Asked, paid
from tests.fakes.stripe import FakeStripe

OPEN = Seen(ProviderState.OPEN, 0, "USD", PAYMENT)


class TestWhatBecameOfIt:
    def test_paid(self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked) -> None:
        reference, transaction = paid(stripe_provider, fake_stripe, asked())

        assert transaction.startswith("pi_")
        assert stripe_provider.look_up(reference) == Seen(
            ProviderState.PAID, 6000, "USD", PAYMENT, transaction, fee_minor=204
        )

    def test_declined_stays_open_for_another_card(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference = stripe_provider.start(asked(), key="k").reference
        fake_stripe.fail(reference)

        seen = stripe_provider.look_up(reference)
        assert (seen.state, seen.amount_minor) == (ProviderState.OPEN, 0)
        assert seen.message == "Your card was declined."
        fake_stripe.pay(reference)
        assert stripe_provider.look_up(reference).state is ProviderState.PAID

    @pytest.mark.parametrize(
        ("end", "state", "amount"),
        [("clear", ProviderState.PAID, 6000), ("bounce", ProviderState.FAILED, 0)],
    )
    def test_completed_is_not_yet_paid(
        self,
        stripe_provider: Stripe,
        fake_stripe: FakeStripe,
        asked: Asked,
        end: str,
        state: ProviderState,
        amount: int,
    ) -> None:
        reference = stripe_provider.start(asked(), key="k").reference
        session = fake_stripe.pay_later(reference)
        assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
        seen = stripe_provider.look_up(reference)
        assert (seen.state, seen.amount_minor) == (ProviderState.PROCESSING, 0)

        getattr(fake_stripe, end)(reference)
        seen = stripe_provider.look_up(reference)
        assert (seen.state, seen.amount_minor) == (state, amount)

    def test_another_amount_or_currency_is_told_as_it_is(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        less = stripe_provider.start(asked(), key="k1").reference
        fake_stripe.pay_other_amount(less, 5999)
        other = stripe_provider.start(asked(attempt=2), key="k2").reference
        fake_stripe.pay_other_amount(other, 6000, currency="eur")

        assert stripe_provider.look_up(less).amount_minor == 5999
        seen = stripe_provider.look_up(other)
        assert (seen.amount_minor, seen.currency) == (6000, "EUR")

    def test_expired_by_itself(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference = stripe_provider.start(asked(), key="k").reference
        fake_stripe.expire(reference)

        expired = replace(OPEN, state=ProviderState.EXPIRED)
        assert stripe_provider.look_up(reference) == expired
        assert stripe_provider.expire(reference, key="e") == expired

    def test_expiring_closes_it_for_good(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference = stripe_provider.start(asked(), key="k").reference

        assert stripe_provider.expire(reference, key="e").state is ProviderState.EXPIRED
        assert stripe_provider.expire(reference, key="e").state is ProviderState.EXPIRED
        with pytest.raises(AssertionError):
            fake_stripe.pay(reference)

    def test_expiring_says_so_when_money_came_meanwhile(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference, transaction = paid(stripe_provider, fake_stripe, asked())
        seen = stripe_provider.expire(reference, key="e")
        assert (seen.state, seen.amount_minor, seen.transaction) == ("paid", 6000, transaction)

        later = stripe_provider.start(asked(attempt=2), key="k2").reference
        fake_stripe.pay_later(later)
        assert stripe_provider.expire(later, key="e2").state is ProviderState.PROCESSING

    def test_expiring_an_intent(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference = stripe_provider.start(asked(ui="embedded"), key="k").reference
        assert stripe_provider.expire(reference, key="e").state is ProviderState.EXPIRED
        assert stripe_provider.expire(reference, key="e").state is ProviderState.EXPIRED

    def test_disputed(self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked) -> None:
        reference, _ = paid(stripe_provider, fake_stripe, asked())
        fake_stripe.dispute(reference)
        assert stripe_provider.look_up(reference).disputed

    def test_unknown(self, stripe_provider: Stripe) -> None:
        for reference in ("cs_test_nobody", "pi_nobody", "../customers", ""):
            with pytest.raises(ProviderError) as caught:
                stripe_provider.look_up(reference)
            assert caught.value.kind == "refused"


class TestAuthorisedMoney:
    @pytest.fixture
    def authorised(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> tuple[str, str]:
        return paid(stripe_provider, fake_stripe, asked(capture="manual"))

    def test_is_seen_as_such(self, stripe_provider: Stripe, authorised: tuple[str, str]) -> None:
        seen = stripe_provider.look_up(authorised[0])
        assert (seen.state, seen.amount_minor) == (ProviderState.AUTHORIZED, 6000)
        assert stripe_provider.expire(authorised[0], key="e") == seen

    def test_is_captured_once(self, stripe_provider: Stripe, authorised: tuple[str, str]) -> None:
        reference, transaction = authorised

        def capture(amount: int) -> Seen:
            return stripe_provider.capture(
                reference, transaction=transaction, amount_minor=amount, currency="USD", key="c"
            )

        seen = capture(4500)
        assert (seen.state, seen.amount_minor, seen.refunded_minor) == ("paid", 4500, 0)
        assert capture(4500) == seen
        with pytest.raises(ProviderError) as caught:
            capture(1500)
        assert caught.value.kind == "refused"
        assert stripe_provider.look_up(reference) == seen

    def test_more_than_was_authorised_is_refused(
        self, stripe_provider: Stripe, authorised: tuple[str, str]
    ) -> None:
        reference, transaction = authorised
        with pytest.raises(ProviderError) as caught:
            stripe_provider.capture(
                reference, transaction=transaction, amount_minor=6001, currency="USD", key="c"
            )
        assert (caught.value.kind, caught.value.code) == ("refused", "amount_too_large")
        assert stripe_provider.look_up(reference).state is ProviderState.AUTHORIZED

    def test_is_let_go_once(self, stripe_provider: Stripe, authorised: tuple[str, str]) -> None:
        reference, transaction = authorised
        seen = stripe_provider.void(reference, transaction=transaction, key="v")
        assert (seen.state, seen.amount_minor, seen.refunded_minor) == ("expired", 0, 0)
        assert stripe_provider.void(reference, transaction="", key="v") == seen
        with pytest.raises(ProviderError) as caught:
            stripe_provider.capture(
                reference, transaction=transaction, amount_minor=1, currency="USD", key="c"
            )
        assert caught.value.kind == "refused"

    def test_captured_money_is_not_let_go(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference, transaction = paid(stripe_provider, fake_stripe, asked())
        with pytest.raises(ProviderError) as caught:
            stripe_provider.void(reference, transaction=transaction, key="v")
        assert caught.value.code == "payment_intent_unexpected_state"


class TestRefunds:
    def refund(self, provider: Stripe, paid: tuple[str, str], amount: int, key: str) -> RefundSeen:
        return provider.refund(
            paid[0],
            transaction=paid[1],
            amount_minor=amount,
            currency="USD",
            reason="Came broken",
            key=key,
        )

    def test_in_parts_each_once(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        money = paid(stripe_provider, fake_stripe, asked())
        first = self.refund(stripe_provider, money, 1000, "r1")

        assert first == RefundSeen(RefundState.SUCCEEDED, first.reference, 1000)
        assert self.refund(stripe_provider, money, 1000, "r1") == first
        fake_stripe.keys.clear()  # Stripe forgets keys
        assert self.refund(stripe_provider, money, 1000, "r1") == first
        assert self.refund(stripe_provider, money, 1000, "r2") != first
        assert stripe_provider.look_up(money[0]).refunded_minor == 2000
        assert stripe_provider.look_up_refund(first.reference) == first
        assert fake_stripe.objects[first.reference]["metadata"] == {
            "key": "r1",
            "reason": "Came broken",
        }

    def test_more_than_is_left_is_refused(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        money = paid(stripe_provider, fake_stripe, asked())
        with pytest.raises(ProviderError) as caught:
            self.refund(stripe_provider, money, 6001, "r1")
        assert caught.value.kind == "refused"
        self.refund(stripe_provider, money, 6000, "r2")
        with pytest.raises(ProviderError) as caught:
            self.refund(stripe_provider, money, 1, "r3")
        assert caught.value.code == "charge_already_refunded"

    @pytest.mark.parametrize(
        ("outcome", "state", "refunded"),
        [("succeeded", RefundState.SUCCEEDED, 1000), ("failed", RefundState.FAILED, 0)],
    )
    def test_pending_ones_end_later(
        self,
        stripe_provider: Stripe,
        fake_stripe: FakeStripe,
        asked: Asked,
        outcome: str,
        state: RefundState,
        refunded: int,
    ) -> None:
        fake_stripe.refund_outcome = "pending"
        money = paid(stripe_provider, fake_stripe, asked())
        refund = self.refund(stripe_provider, money, 1000, "r1")
        assert refund.state is RefundState.PENDING

        fake_stripe.finish_refund(refund.reference, outcome)
        assert stripe_provider.look_up_refund(refund.reference).state is state
        assert stripe_provider.look_up(money[0]).refunded_minor == refunded

    def test_nothing_paid_nothing_refunded(self, stripe_provider: Stripe, asked: Asked) -> None:
        reference = stripe_provider.start(asked(), key="k").reference
        with pytest.raises(ProviderError) as caught:
            self.refund(stripe_provider, (reference, ""), 100, "r1")
        assert (caught.value.kind, caught.value.code) == ("refused", "no_payment")
