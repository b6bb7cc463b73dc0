"""What Paystack tells: signed with the shop's key, and known by what it says."""

import hashlib
import hmac

import pytest
from pytest_django import Settings

from commerce.payments.providers.base import (
    BadSignature,
    Inbound,
)
from commerce.payments.providers.paystack import Paystack
from tests.commerce.payments.providers.conftest import PAYMENT, send_back
from tests.fakes.paystack import FakePaystack
from tests.fakes.provider import Event


class TestWebhooks:
    def parse(self, provider: Paystack, fake: FakePaystack, event: Event) -> Inbound:
        (inbound,) = provider.parse_webhook(*fake.signed(event))
        return inbound

    def test_each_event_has_a_key_of_its_own(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, money: tuple[str, str]
    ) -> None:
        refund = send_back(paystack_provider, money)
        for state in ("processing", "needs-attention", "processed", "failed"):
            fake_paystack.move_refund(refund.reference, state)
        send_back(paystack_provider, money, 2000, "r2")
        dispute = fake_paystack.dispute(money[0])["id"]

        seen = [self.parse(paystack_provider, fake_paystack, e) for e in fake_paystack.events]
        reference = money[0]
        assert seen[0] == Inbound(
            f"charge.success:{reference}:success", "charge.success", reference, PAYMENT
        )
        assert [each.kind for each in seen[1:]] == [
            "refund.pending",
            "refund.processing",
            "refund.needs-attention",
            "refund.processed",
            "refund.failed",
            "refund.pending",
            "charge.dispute.create",
        ]
        assert {(each.subject, each.reference) for each in seen[1:7]} == {("refund", reference)}
        assert len({each.event_id for each in seen}) == len(seen)
        assert seen[7].event_id == (
            f"charge.dispute.create:{reference}:{dispute}:awaiting-merchant-feedback"
        )
        assert (seen[7].subject, seen[7].payment_id) == ("dispute", PAYMENT)
        again = [self.parse(paystack_provider, fake_paystack, e) for e in fake_paystack.events]
        assert again == seen

    def test_other_events_are_told_as_unknown(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack
    ) -> None:
        event = {"event": "transfer.success", "data": {"reference": "t1", "status": "success"}}
        assert self.parse(paystack_provider, fake_paystack, event) == Inbound(
            "transfer.success:t1:success", "transfer.success", "t1", subject="unknown"
        )

    @pytest.mark.parametrize("metadata", ["", "0", 0, None, "{broken", "[]", {"a": 1}, '{"a":1}'])
    def test_metadata_may_be_anything(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, metadata: object
    ) -> None:
        event = {"event": "charge.success", "data": {"reference": "r", "metadata": metadata}}
        assert self.parse(paystack_provider, fake_paystack, event).payment_id == ""

    def test_badly_signed_ones_are_refused(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, settings: Settings
    ) -> None:
        event = {"event": "charge.success", "data": {"reference": "r", "status": "success"}}
        body, headers = fake_paystack.signed(event)
        signature = headers["x-paystack-signature"]
        sha256 = hmac.new(fake_paystack.secret_key.encode(), body, hashlib.sha256).hexdigest()
        for altered, given in (
            (body.replace(b"success", b"failure"), signature),
            (body + b"\n", signature),
            (b"", signature),
            (body, ""),
            (body, signature[:-1]),
            (body, sha256),
            (body, "é"),
            (body, fake_paystack.signed(event, secret="sk_test_other")[1]["x-paystack-signature"]),
        ):
            with pytest.raises(BadSignature):
                paystack_provider.parse_webhook(altered, {"X-Paystack-Signature": given})
        with pytest.raises(BadSignature):
            paystack_provider.parse_webhook(body, {})
        settings.PAYSTACK_SECRET_KEY = ""
        empty = hmac.new(b"", body, hashlib.sha512).hexdigest()
        with pytest.raises(BadSignature):
            paystack_provider.parse_webhook(body, {"x-paystack-signature": empty})

    @pytest.mark.parametrize(
        "body", [[], "text", None, {}, {"event": "x"}, {"event": "charge.success", "data": 1}]
    )
    def test_signed_nonsense_is_no_error_of_ours(
        self, paystack_provider: Paystack, fake_paystack: FakePaystack, body: object
    ) -> None:
        with pytest.raises(BadSignature):
            paystack_provider.parse_webhook(*fake_paystack.signed(body))  # type: ignore[arg-type]
