"""Paystack, against a server made after its documentation."""

import orjson
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
from commerce.payments.providers.paystack import CURRENCIES, Paystack
from tests.commerce.payments.providers.conftest import PAYMENT, Asked, send_back
from tests.fakes.paystack import FakePaystack

INITIALIZE = "POST /transaction/initialize"


class TestStart:
    def test_says_what_is_paid_and_where_to_go(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, naira: PaymentRequest
    ) -> None:
        started = paystack_provider.start(naira, key="k")

        assert started.reference == f"{PAYMENT}-1"
        access = fake_paystack.transactions[started.reference]["access_code"]
        assert started.redirect_url == f"{fake_paystack.url}/checkout/{access}"
        (request,) = fake_paystack.made(INITIALIZE)
        assert orjson.loads(request.body) == {
            "email": "ada@example.com",
            "amount": 6000,
            "currency": "NGN",
            "reference": f"{PAYMENT}-1",
            "callback_url": "https://shop.example/thanks/?order=V-1001",
            "metadata": {
                "payment_id": PAYMENT,
                "order_number": "V-1001",
                "cancel_action": "https://shop.example/cart/",
            },
        }

    @pytest.mark.parametrize("currency", sorted(CURRENCIES))
    def test_amounts_are_hundredths_in_every_currency(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, asked: Asked, currency: str
    ) -> None:
        """XOF has no smaller unit, and is multiplied all the same."""
        reference = paystack_provider.start(asked(currency=currency), key="k").reference

        sent = fake_paystack.transactions[reference]["amount"]
        assert sent == (600_000 if currency == "XOF" else 6000)
        fake_paystack.pay(reference)
        seen = paystack_provider.look_up(reference)
        assert (seen.amount_minor, seen.currency, seen.fee_minor) == (6000, currency, 90)

    def test_part_of_a_franc_is_not_taken_for_none(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, asked: Asked
    ) -> None:
        reference = paystack_provider.start(asked(currency="XOF"), key="k").reference
        fake_paystack.pay_other_amount(reference, 599_950)
        assert paystack_provider.look_up(reference).amount_minor == 5999

    def test_another_currency_is_not_asked_for(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, asked: Asked
    ) -> None:
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(asked(currency="EUR"), key="k")
        assert (caught.value.kind, caught.value.code) == ("refused", "currency_not_supported")
        assert fake_paystack.requests == []

    def test_what_paystack_refuses(self, paystack_provider: Paystack, asked: Asked) -> None:
        lines = [SheetLine("Sticker", "S", 1, 10)]
        request = asked(currency="NGN", amount_minor=10, lines=lines)
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(request, key="k")
        assert (caught.value.kind, caught.value.code) == ("refused", "invalid_amount")
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(asked(currency="NGN", email="nobody"), key="k")
        assert caught.value.code == "invalid_email_address"


class TestWhatBecameOfIt:
    def test_left_and_paid_later(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, naira: PaymentRequest
    ) -> None:
        reference = paystack_provider.start(naira, key="k").reference
        seen = paystack_provider.look_up(reference)
        assert (seen.state, seen.amount_minor, seen.payment_id) == ("open", 0, PAYMENT)
        # Nothing closes it, so money may still come.
        assert paystack_provider.expire(reference, key="e") == seen

        fake_paystack.pay(reference)
        number = str(fake_paystack.transactions[reference]["id"])
        paid = Seen(ProviderState.PAID, 6000, "NGN", PAYMENT, number, fee_minor=90)
        assert paystack_provider.look_up(reference) == paid
        assert paystack_provider.expire(reference, key="e") == paid

    def test_declined(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, naira: PaymentRequest
    ) -> None:
        reference = paystack_provider.start(naira, key="k").reference
        fake_paystack.fail(reference)
        seen = paystack_provider.look_up(reference)
        assert (seen.state, seen.amount_minor, seen.message) == ("failed", 0, "Declined")

    @pytest.mark.parametrize("way", ["start_paying", "pay_later"])
    def test_under_way(
        self,
        paystack_provider: Paystack,
        fake_paystack: FakePaystack,
        naira: PaymentRequest,
        way: str,
    ) -> None:
        reference = paystack_provider.start(naira, key="k").reference
        getattr(fake_paystack, way)(reference)
        assert paystack_provider.look_up(reference).state is ProviderState.PROCESSING
        fake_paystack.clear(reference)
        assert paystack_provider.look_up(reference).state is ProviderState.PAID

    def test_another_amount_or_currency_is_told_as_it_is(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, naira: PaymentRequest
    ) -> None:
        reference = paystack_provider.start(naira, key="k").reference
        fake_paystack.pay_other_amount(reference, 5999, currency="GHS")
        seen = paystack_provider.look_up(reference)
        assert (seen.amount_minor, seen.currency) == (5999, "GHS")

    def test_reversed(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, money: tuple[str, str]
    ) -> None:
        fake_paystack.reverse(money[0])
        seen = paystack_provider.look_up(money[0])
        assert (seen.state, seen.amount_minor, seen.refunded_minor) == ("paid", 6000, 6000)

    def test_disputed(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, money: tuple[str, str]
    ) -> None:
        assert not paystack_provider.look_up(money[0], transaction=money[1]).disputed
        dispute = fake_paystack.dispute(money[0])
        assert paystack_provider.look_up(money[0], transaction=money[1]).disputed
        dispute["status"] = "resolved"
        assert not paystack_provider.look_up(money[0], transaction=money[1]).disputed

    def test_unknown(self, paystack_provider: Paystack, fake_paystack: FakePaystack) -> None:
        for reference in ("nobody", "../refund", "a/b", "ä", "", "a b"):
            with pytest.raises(ProviderError) as caught:
                paystack_provider.look_up(reference)
            assert caught.value.kind == "refused"
        assert [r.path for r in fake_paystack.requests] == ["/transaction/verify/nobody"]

    def test_there_is_nothing_to_capture_or_let_go(self, paystack_provider: Paystack) -> None:
        with pytest.raises(ProviderError) as caught:
            paystack_provider.void("r", transaction="1", key="v")
        assert (caught.value.kind, caught.value.code) == ("refused", "not_offered")
        with pytest.raises(ProviderError) as caught:
            paystack_provider.capture("r", transaction="1", amount_minor=1, currency="NGN", key="c")
        assert (caught.value.kind, caught.value.code) == ("refused", "not_offered")


class TestRefunds:
    @pytest.mark.parametrize(
        ("said", "state", "refunded"),
        [
            ("pending", RefundState.PENDING, 1000),
            ("processing", RefundState.PROCESSING, 1000),
            ("processed", RefundState.SUCCEEDED, 1000),
            ("failed", RefundState.FAILED, 0),
            ("needs-attention", RefundState.NEEDS_ATTENTION, 1000),
        ],
    )
    def test_each_state(
        self,
        paystack_provider: Paystack,
        fake_paystack: FakePaystack,
        money: tuple[str, str],
        said: str,
        state: RefundState,
        refunded: int,
    ) -> None:
        refund = send_back(paystack_provider, money)
        assert refund == RefundSeen(RefundState.PENDING, refund.reference, 1000)

        fake_paystack.move_refund(refund.reference, said)
        assert paystack_provider.look_up_refund(refund.reference).state is state
        seen = paystack_provider.look_up(money[0], transaction=money[1])
        assert (seen.state, seen.refunded_minor) == ("paid", refunded)

    def test_once_for_a_key(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, money: tuple[str, str]
    ) -> None:
        first = send_back(paystack_provider, money)
        assert send_back(paystack_provider, money) == first
        assert send_back(paystack_provider, (money[0], "")) == first
        # One key may begin with another one.
        assert send_back(paystack_provider, money, key="r") != first
        assert len(fake_paystack.refunds) == 2
        (note,) = {
            each["merchant_note"]
            for each in fake_paystack.refunds.values()
            if str(each["id"]) == first.reference
        }
        assert note == "[r1] Came broken"

    def test_once_also_when_the_answer_is_lost(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, money: tuple[str, str]
    ) -> None:
        fake_paystack.lose_answer("POST /refund")
        with pytest.raises(ProviderError) as caught:
            send_back(paystack_provider, money)
        assert caught.value.kind == "unknown_outcome"

        refund = send_back(paystack_provider, money)
        assert [str(number) for number in fake_paystack.refunds] == [refund.reference]

    def test_more_than_is_left_is_refused(
        self, paystack_provider: Paystack, money: tuple[str, str]
    ) -> None:
        with pytest.raises(ProviderError) as caught:
            send_back(paystack_provider, money, 6001)
        assert (caught.value.kind, caught.value.code) == ("refused", "invalid_amount")
        send_back(paystack_provider, money, 6000)
        with pytest.raises(ProviderError) as caught:
            send_back(paystack_provider, money, 1, "r2")
        assert caught.value.code == "transaction_reversed"


class TestBadNetworks:
    def test_a_session_whose_answer_is_lost_gets_another_name(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, naira: PaymentRequest
    ) -> None:
        """Nobody knows the address of the lost one, so nobody pays it."""
        fake_paystack.lose_answer(INITIALIZE)
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(naira, key="k")
        assert caught.value.kind == "unknown_outcome"

        started = paystack_provider.start(naira, key="k")
        assert started.reference == f"{PAYMENT}-1-2"
        fake_paystack.pay(started.reference)
        assert paystack_provider.look_up(started.reference).payment_id == PAYMENT

    def test_a_time_out(
        self,
        paystack_provider: Paystack,
        fake_paystack: FakePaystack,
        naira: PaymentRequest,
        settings: Settings,
    ) -> None:
        settings.PAYMENT_TIMEOUT_SECONDS = 0.2
        fake_paystack.slow(INITIALIZE, seconds=1)
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(naira, key="k")
        assert caught.value.kind == "unknown_outcome"
        fake_paystack.slow("GET *", seconds=1)
        with pytest.raises(ProviderError) as caught:
            paystack_provider.look_up(f"{PAYMENT}-1")
        assert caught.value.kind == "unavailable"

    @pytest.mark.parametrize(
        ("status", "writing"), [(429, "unavailable"), (500, "unknown_outcome")]
    )
    def test_errors_of_the_server(
        self,
        paystack_provider: Paystack,
        fake_paystack: FakePaystack,
        naira: PaymentRequest,
        status: int,
        writing: str,
    ) -> None:
        fake_paystack.answer("*", status=status, times=2)
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(naira, key="k")
        assert caught.value.kind == writing
        with pytest.raises(ProviderError) as caught:
            paystack_provider.look_up("x")
        assert caught.value.kind == "unavailable"

    def test_nobody_there(
        self, paystack_provider: Paystack, naira: PaymentRequest, settings: Settings
    ) -> None:
        settings.PAYSTACK_API_BASE = "http://127.0.0.1:9"
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(naira, key="k")
        assert caught.value.kind == "unavailable"

    def test_the_wrong_key(
        self, paystack_provider: Paystack, naira: PaymentRequest, settings: Settings
    ) -> None:
        settings.PAYSTACK_SECRET_KEY = "sk_test_of_another"
        with pytest.raises(ProviderError) as caught:
            paystack_provider.start(naira, key="k")
        assert (caught.value.kind, caught.value.code) == ("refused", "key_not_accepted")
