"""The sides of Stripe and Paystack that the kit needs, made of their fakes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from commerce.payments.models import Payment
from tests.fakes.paystack import FakePaystack
from tests.fakes.provider import FakeProvider
from tests.fakes.stripe import FakeStripe

ELSEWHERE = "0198f3c0-0000-7000-8000-00000000ffff"


class Side:
    """What both have in common. Events wait in the fake until they are fetched."""

    provider: str
    lines: Mapping[str, str]
    # The SDK asks once more by itself.
    tries: int

    def __init__(self, fake: FakeProvider) -> None:
        self.fake: Any = fake

    def reference(self, payment: Payment) -> str:
        """What the shop has written down by now."""
        return Payment.objects.get(pk=payment.pk).reference

    def pay(self, payment: Payment) -> None:
        self.fake.pay(self.reference(payment))

    def webhooks(self) -> list[tuple[bytes, Mapping[str, str]]]:
        waiting, self.fake.pending = self.fake.pending, []
        return [self.fake.signed(event) for event in waiting]

    @contextmanager
    def losing_answer(self, operation: str) -> Iterator[None]:
        self.fake.lose_answer(self.lines[operation], times=self.tries)
        yield
        assert not self.fake.faults, "It was never asked."


class StripeSide(Side):
    provider = "stripe"
    closes = True
    lines: Mapping[str, str] = {
        "start": "POST /v1/checkout/sessions",
        "refund": "POST /v1/refunds",
        "capture": "POST /v1/payment_intents/*/capture",
    }
    tries = 2
    fake: FakeStripe

    def decline(self, payment: Payment) -> None:
        self.fake.pay_later(self.reference(payment))
        self.fake.bounce(self.reference(payment))

    def force_paid(self, payment: Payment, *, amount_minor: int = 0, currency: str = "") -> None:
        session = self.fake.objects[self.reference(payment)]
        session["status"] = "open"
        self.fake.pay(session["id"], amount=amount_minor or None, currency=currency.lower())

    def strange_webhook(self) -> tuple[bytes, Mapping[str, str]]:
        about = {"id": "cs_test_of_another", "metadata": {"payment_id": ELSEWHERE}}
        event = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": about}}
        return self.fake.signed(event)

    def sessions(self) -> int:
        return len(self.fake.line_items)

    def refunds(self, payment: Payment) -> list[int]:
        intent = Payment.objects.get(pk=payment.pk).transaction
        return [
            each["amount"]
            for each in self.fake.objects.values()
            if each["object"] == "refund" and each["payment_intent"] == intent
        ]


class PaystackSide(Side):
    provider = "paystack"
    closes = False
    lines: Mapping[str, str] = {"start": "POST /transaction/initialize", "refund": "POST /refund"}
    tries = 1
    fake: FakePaystack

    def decline(self, payment: Payment) -> None:
        self.fake.fail(self.reference(payment))

    def force_paid(self, payment: Payment, *, amount_minor: int = 0, currency: str = "") -> None:
        self.fake.pay(self.reference(payment), amount=amount_minor or None, currency=currency)

    def strange_webhook(self) -> tuple[bytes, Mapping[str, str]]:
        data = {"reference": "r-1", "status": "success", "metadata": {"payment_id": ELSEWHERE}}
        return self.fake.signed({"event": "charge.success", "data": data})

    def sessions(self) -> int:
        """A name whose answer was lost and its successor are one."""
        return len({each["metadata"]["payment_id"] for each in self.fake.transactions.values()})

    def refunds(self, payment: Payment) -> list[int]:
        transaction = Payment.objects.get(pk=payment.pk).transaction
        return [
            each["amount"]
            for each in self.fake.refunds.values()
            if str(each["transaction"]) == transaction
        ]
