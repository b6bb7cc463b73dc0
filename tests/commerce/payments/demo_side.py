"""The demo provider's side, in this process."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

import pytest

from commerce.payments.demo import bank, messages
from commerce.payments.models import DemoSession, Payment
from commerce.payments.providers import demo
from commerce.payments.providers.base import ProviderError


def form_of_page(page: str, button: str) -> dict[str, str]:
    """What a browser sends when a button of the hosted page is pressed."""
    [token] = re.findall(r'name="token" value="([0-9a-f]{64})"', page)
    return {"button": button, "token": token}


class DemoSide:
    """Presses the buttons of the hosted page; webhooks pile up instead of being sent."""

    provider = "demo"
    closes = True

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting: list[messages.Message] = []
        self.monkeypatch = monkeypatch
        monkeypatch.setattr(messages, "deliver", self.waiting.extend)

    def press(self, payment: Payment, button: str) -> None:
        reference = Payment.objects.get(pk=payment.pk).reference
        _, sent = bank.press(reference, button)
        self.waiting.extend(sent)

    def pay(self, payment: Payment) -> None:
        self.press(payment, "pay")

    def decline(self, payment: Payment) -> None:
        self.press(payment, "fail")

    def force_paid(self, payment: Payment, *, amount_minor: int = 0, currency: str = "") -> None:
        session = DemoSession.objects.get(payment_id=str(payment.pk))
        session.state = "paid"
        session.captured_minor = amount_minor or session.amount_minor
        session.currency = currency or session.currency
        session.save()

    def webhooks(self) -> list[tuple[bytes, Mapping[str, str]]]:
        sent, self.waiting[:] = [each.body() for each in self.waiting], []
        return [(body, {messages.HEADER: messages.sign(body)}) for body in sent]

    def strange_webhook(self) -> tuple[bytes, Mapping[str, str]]:
        reference, payment_id = "demo_of_another", str(uuid4())
        body = messages.Message(
            id="evt_1",
            kind="payment.succeeded",
            subject="payment",
            reference=reference,
            payment_id=payment_id,
        ).body()
        return body, {messages.HEADER: messages.sign(body)}

    @contextmanager
    def losing_answer(self, operation: str) -> Iterator[None]:
        whole = getattr(demo.Demo, operation)
        lost = []

        def losing(*arguments: object, **named: object) -> object:
            answer = whole(*arguments, **named)
            if not lost:
                lost.append(operation)
                raise ProviderError("It timed out.", kind="unknown_outcome")
            return answer

        with self.monkeypatch.context() as patch:
            patch.setattr(demo.Demo, operation, losing)
            yield
        assert lost

    def sessions(self) -> int:
        return DemoSession.objects.count()

    def refunds(self, payment: Payment) -> list[int]:
        session = DemoSession.objects.get(payment_id=str(payment.pk))
        return [row["amount_minor"] for row in session.refunds]
