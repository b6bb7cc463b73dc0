"""Payment without a provider: cash on delivery and bank transfer.

There is nobody to ask: what came in is written down by staff (`services.receive`), and what
goes back is sent by hand.
"""

from collections.abc import Mapping

from django.conf import settings

from commerce.payments.models import PaymentState
from commerce.payments.providers.base import (
    BadSignature,
    Inbound,
    PaymentRequest,
    ProviderError,
    ProviderState,
    RefundSeen,
    RefundState,
    Seen,
    Started,
)


class Offline:
    """What both have in common."""

    id: str
    name: str
    currencies: frozenset[str] | None = None
    has_webhooks = False

    @property
    def instructions(self) -> str:
        """What the shopper is told to do."""
        raise NotImplementedError

    def look_up(self, reference: str, *, transaction: str = "") -> Seen:
        """Nobody knows more than the shop itself."""
        return Seen(ProviderState.OPEN, 0, "", "")

    def expire(self, reference: str, *, key: str) -> Seen:
        """There is no session that could be paid."""
        return Seen(ProviderState.EXPIRED, 0, "", "")

    def capture(
        self, reference: str, *, transaction: str, amount_minor: int, currency: str, key: str
    ) -> Seen:
        """Nothing is ever authorised. Raises ProviderError."""
        raise ProviderError("Nothing is authorised.", kind="refused")

    def void(self, reference: str, *, transaction: str, key: str) -> Seen:
        """Nothing is ever authorised. Raises ProviderError."""
        raise ProviderError("Nothing is authorised.", kind="refused")

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
        """Staff send it; that they say so is all there is to know."""
        return RefundSeen(RefundState.SUCCEEDED, key, amount_minor)

    def look_up_refund(self, refund_reference: str) -> RefundSeen:
        """A refund that staff made is done from the start. Raises ProviderError."""
        raise ProviderError("There is nobody to ask.", kind="refused")

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Nobody sends any. Raises BadSignature."""
        raise BadSignature("There are no webhooks.")


class CashOnDelivery(Offline):
    """The carrier takes the money, so the order is processed at once."""

    id = "cod"
    name = "Cash on delivery"

    @property
    def instructions(self) -> str:
        """What the shopper is told to do."""
        return "Pay in cash when the parcel arrives."

    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Nothing to do before the parcel arrives."""
        return Started("", instructions=self.instructions, state=PaymentState.ACCEPTED)


class BankTransfer(Offline):
    """The shopper sends the money; staff note its arrival. Stock is kept for some days."""

    id = "bank_transfer"
    name = "Bank transfer"

    @property
    def instructions(self) -> str:
        """What the shop's settings say about its account."""
        return str(settings.BANK_TRANSFER_INSTRUCTIONS)

    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Name the reference that the transfer must carry."""
        reference = request.order_number
        told = f"{self.instructions} Reference: {reference}.".strip()
        return Started(reference, instructions=told)
