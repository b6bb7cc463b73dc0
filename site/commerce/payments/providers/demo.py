"""The demo provider: a hosted checkout of ours, to see the whole way without an account.

Only with DEBUG or PAYMENTS_DEMO. No money moves; everything else is as with a real one: the
shopper leaves for another page, signed webhooks come from outside, and only asking is believed.
"""

from collections.abc import Mapping
from typing import Literal, cast

import orjson

from commerce.payments.demo import bank, messages
from commerce.payments.providers.base import (
    BadSignature,
    Inbound,
    PaymentRequest,
    RefundSeen,
    Seen,
    Started,
)


class Demo:
    """Unlike other providers it has a database: its own table stands for the outside."""

    id: str = "demo"
    name: str = "Demo payment"
    currencies: frozenset[str] | None = None
    has_webhooks: bool = True

    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Open a session."""
        session = bank.open_session(request, key=key)
        return Started(
            reference=session.reference,
            redirect_url=bank.page_of(session),
            expires_at=session.expires_at,
        )

    def look_up(self, reference: str, *, transaction: str = "") -> Seen:
        """What became of it. Raises ProviderError."""
        return bank.seen(bank.find(reference))

    def expire(self, reference: str, *, key: str) -> Seen:
        """Close it. Raises ProviderError."""
        return bank.expire(reference)

    def capture(
        self, reference: str, *, transaction: str, amount_minor: int, currency: str, key: str
    ) -> Seen:
        """Take what is authorised. Raises ProviderError."""
        return bank.capture(reference, amount_minor=amount_minor)

    def void(self, reference: str, *, transaction: str, key: str) -> Seen:
        """Let it go. Raises ProviderError."""
        return bank.void(reference)

    def refund(
        self,
        reference: str,
        *,
        transaction: str,
        amount_minor: int,
        currency: str,
        reason: str,
        key: str,
    ) -> RefundSeen:
        """Send money back. Raises ProviderError."""
        seen, sent = bank.refund(reference, amount_minor=amount_minor, key=key)
        messages.deliver(sent)
        return seen

    def look_up_refund(self, refund_reference: str) -> RefundSeen:
        """What became of a refund. Raises ProviderError."""
        return bank.find_refund(refund_reference)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """The one event of a webhook. Raises BadSignature."""
        messages.check(body, headers)
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BadSignature("The body is not JSON.") from None
        subject = event.get("subject")
        known = subject in {"payment", "refund", "dispute"}
        return [
            Inbound(
                event_id=str(event["id"]),
                kind=str(event["type"]),
                reference=str(event["reference"]),
                payment_id=str(event.get("metadata", {}).get("payment_id", "")),
                subject=cast(
                    Literal["payment", "refund", "dispute", "unknown"],
                    subject if known else "unknown",
                ),
            )
        ]
