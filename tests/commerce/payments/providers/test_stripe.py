"""Stripe, against a server that checks requests with the SDK's own types."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pytest_django import Settings

from commerce.payments.providers.base import (
    PaymentRequest,
    ProviderError,
    ProviderState,
    RefundSeen,
    RefundState,
    Seen,
    SheetLine,
)
from commerce.payments.providers.stripe import Stripe
from core.money import exponent, split
from tests.commerce.payments.providers.conftest import PAYMENT, Asked
from tests.fakes.stripe import API_VERSION, FakeStripe

SESSIONS = "POST /v1/checkout/sessions"
OPEN = Seen(ProviderState.OPEN, 0, "USD", PAYMENT)


def paid(provider: Stripe, fake: FakeStripe, asked: PaymentRequest) -> tuple[str, str]:
    """A session that was paid; the ids of session and money."""
    reference = provider.start(asked, key=f"start:{asked.attempt}").reference
    fake.pay(reference)
    return reference, provider.look_up(reference).transaction


class TestStart:
    def test_a_session_says_what_is_paid_for_and_where_to_go(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        request = asked(locale="de")
        started = stripe_provider.start(request, key="k1")

        session = fake_stripe.objects[started.reference]
        assert started.redirect_url == session["url"]
        assert started.client_secret == ""
        assert session["amount_total"] == 6000
        assert session["currency"] == "usd"
        assert session["client_reference_id"] == PAYMENT
        assert session["metadata"] == {
            "payment_id": PAYMENT,
            "attempt": "1",
            "order_number": "V-1001",
        }
        assert session["customer_email"] == "ada@example.com"
        assert session["locale"] == "de"
        assert session["cancel_url"] == "https://shop.example/cart/"
        back = parse_qs(urlsplit(session["success_url"]).query)
        assert back == {"order": ["V-1001"], "session_id": ["{CHECKOUT_SESSION_ID}"]}
        sent = fake_stripe.made(SESSIONS)[0].headers
        assert sent["idempotency-key"] == "k1"
        assert sent["stripe-version"] == API_VERSION
        assert stripe_provider.look_up(started.reference) == OPEN

    def test_lines_are_shown_with_their_prices_and_pictures(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference = stripe_provider.start(asked(), key="k1").reference

        shown = [
            (
                item["price_data"]["product_data"]["name"],
                item["quantity"],
                item["price_data"]["unit_amount"],
            )
            for item in fake_stripe.line_items[reference]
        ]
        # 5.00 off 60.00: 3.33 and 1.67 by largest remainder; two mugs at 36.67 do not divide.
        assert shown == [
            ("2 × Mug", 1, 3667),
            ("Scarf", 1, 1833),
            ("Shipping", 1, 400),
            ("Tax", 1, 100),
        ]
        product = fake_stripe.line_items[reference][0]["price_data"]["product_data"]
        assert product["images"] == ["https://shop.example/mug.webp"]
        assert product["metadata"] == {"sku": "MUG-1"}

    def test_the_same_key_gives_the_same_session(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        request = asked()
        first = stripe_provider.start(request, key="k1")

        assert stripe_provider.start(request, key="k1") == first
        assert stripe_provider.start(replace(request, attempt=2), key="k2") != first
        assert len(fake_stripe.line_items) == 2

    def test_the_same_key_for_something_else_is_refused(
        self, stripe_provider: Stripe, asked: Asked
    ) -> None:
        stripe_provider.start(asked(), key="k1")
        with pytest.raises(ProviderError) as caught:
            stripe_provider.start(asked(order_number="V-1002"), key="k1")
        assert (caught.value.kind, caught.value.code) == ("refused", "idempotency_error")

    @pytest.mark.parametrize(
        ("minutes", "least", "most"),
        [(5, 30, 37), (30, 60, 62), (45, 44, 46), (600, 599, 601), (23 * 60 + 30, 1439, 1441)],
    )
    def test_the_session_ends_with_the_hold(
        self, stripe_provider: Stripe, asked: Asked, minutes: int, least: int, most: int
    ) -> None:
        now = datetime.now(UTC)
        started = stripe_provider.start(asked(expires_at=now + timedelta(minutes=minutes)), key="k")

        assert started.expires_at is not None
        assert least <= (started.expires_at - now).total_seconds() / 60 <= most

    def test_an_own_form_gets_an_intent_and_its_secret(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        started = stripe_provider.start(asked(ui="embedded"), key="k1")

        intent = fake_stripe.objects[started.reference]
        assert (intent["object"], intent["amount"]) == ("payment_intent", 6000)
        assert started.client_secret == intent["client_secret"]
        assert started.redirect_url == ""
        fake_stripe.fail(started.reference)
        seen = stripe_provider.look_up(started.reference)
        assert (seen.state, seen.message) == (ProviderState.OPEN, "Your card was declined.")
        fake_stripe.pay(started.reference)
        seen = stripe_provider.look_up(started.reference)
        assert (seen.state, seen.amount_minor, seen.payment_id) == ("paid", 6000, PAYMENT)

    def test_a_saved_customer_is_named_instead_of_the_address(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        customer = stripe_provider.create_customer(
            email="ada@example.com", customer_id="7", key="customer:7"
        )
        for ui in ("hosted", "embedded"):
            request = asked(customer_reference=customer, ui=ui)
            reference = stripe_provider.start(request, key=ui).reference
            assert fake_stripe.objects[reference]["customer"] == customer
            fake_stripe.pay(reference)
            intent = fake_stripe.objects[stripe_provider.look_up(reference).transaction]
            assert intent["setup_future_usage"] == "on_session"

    def test_saved_cards_are_listed_and_forgotten(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe
    ) -> None:
        mine = stripe_provider.create_customer(email="a@example.com", customer_id="1", key="c1")
        other = stripe_provider.create_customer(email="b@example.com", customer_id="2", key="c2")
        card = fake_stripe.save_card(mine, last4="1881")

        (saved,) = stripe_provider.saved_methods(mine)
        assert (saved.id, saved.brand, saved.last4) == (card["id"], "visa", "1881")
        assert not stripe_provider.remove_method(other, saved.id)
        assert stripe_provider.remove_method(mine, saved.id)
        assert stripe_provider.saved_methods(mine) == []

    def test_more_lines_than_a_session_takes_are_drawn_together(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        lines = [SheetLine(f"Thing {n}", f"T{n}", 1, 100 + n) for n in range(120)]
        total = sum(line.total_minor for line in lines)
        request = asked(
            lines=lines, shipping_minor=0, tax_minor=0, discount_minor=0, amount_minor=total
        )
        reference = stripe_provider.start(request, key="k").reference

        assert len(fake_stripe.line_items[reference]) == 100
        assert fake_stripe.objects[reference]["amount_total"] == total


class TestAmounts:
    @pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "UGX", "ISK", "MGA", "HUF"])
    def test_every_mixture_adds_up_to_the_unit(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked, currency: str
    ) -> None:
        """Stripe's own addition comes to what the shop asks for, or Stripe cannot hold it."""
        luck = random.Random(f"sheet {currency}")
        step = {"KWD": 10, "MGA": 100}.get(currency, 1)
        theirs = {"UGX": 100, "ISK": 100}.get(currency, 1)
        for number in range(40):
            count = luck.randint(1, 6)
            quantities = [luck.choice([1, 1, 2, 3, 7, 12]) for _ in range(count)]
            prices = [luck.choice([0, 1, 10, 99, 333, 1250, 9999]) for _ in range(count)]
            goods = [q * x for q, x in zip(quantities, prices, strict=True)]
            shipping, tax = luck.choice([0, 1, 495]), luck.choice([0, 7, 190])
            discount = luck.choice([0, 1, sum(goods) // 3, sum(goods), sum(goods) + shipping])
            discount = min(discount, sum(goods) + shipping + tax)
            total = sum(goods) + shipping + tax - discount
            lines = [
                SheetLine(f"Thing {n}", f"T-{n}", quantities[n], goods[n]) for n in range(count)
            ]
            request = asked(
                currency=currency,
                lines=lines,
                shipping_minor=shipping,
                tax_minor=tax,
                discount_minor=discount,
                amount_minor=total,
            )
            if total % step:
                with pytest.raises(ProviderError) as caught:
                    stripe_provider.start(request, key=f"{number}")
                assert caught.value.code == "amount_not_payable"
                continue
            reference = stripe_provider.start(request, key=f"{number}").reference
            wanted = total // 100 if currency == "MGA" else total * theirs
            assert fake_stripe.objects[reference]["amount_total"] == wanted
            fake_stripe.pay(reference)
            seen = stripe_provider.look_up(reference)
            assert (seen.state, seen.amount_minor, seen.currency) == ("paid", total, currency)

    def test_where_parts_cannot_be_held_the_order_stands_as_one_line(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        lines = [SheetLine("Mug", "MUG", 1, 5124), SheetLine("Scarf", "SCARF", 1, 876)]
        request = asked(
            currency="KWD", lines=lines, shipping_minor=0, tax_minor=0, discount_minor=0
        )
        reference = stripe_provider.start(request, key="k").reference

        (item,) = fake_stripe.line_items[reference]
        assert item["price_data"]["product_data"]["name"] == "Order V-1001"
        assert exponent("KWD") == 3
        assert item["price_data"]["unit_amount"] == 6000

    def test_split_is_what_shares_the_discount(self) -> None:
        assert split(500, [4000, 2000]) == [333, 167]


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


def test_the_fake_knows_what_stripe_does_not_take(fake_stripe: FakeStripe) -> None:
    """So that what passes here is what the SDK's types allow."""

    def post(**form: str) -> str:
        response = httpx.post(
            f"{fake_stripe.url}/v1/refunds",
            data=form,
            headers={
                "Authorization": f"Bearer {fake_stripe.secret_key}",
                "Stripe-Version": API_VERSION,
            },
        )
        assert response.status_code in {400, 404}
        return str(response.json()["error"]["message"])

    assert post(payment="pi_1") == "Received unknown parameter: payment"
    assert post(amount="1.50") == "Invalid amount: '1.50'"
    assert post(reason="because") == "Invalid reason: 'because'"
    assert post(**{"metadata[a][b]": "1"}).startswith("Invalid metadata[a]")
    assert post(payment_intent="pi_nobody") == "No such payment_intent: 'pi_nobody'"
