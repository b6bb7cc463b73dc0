"""Payment without a provider: cash on delivery and bank transfer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.conf import settings

from commerce.payments.models import Payment, PaymentState


@dataclass(frozen=True, slots=True)
class Started:
    """What a shopper has to do next, and where the payment stands."""

    state: PaymentState
    reference: str = ""
    redirect_url: str = ""
    instructions: str = ""


class CashOnDelivery:
    """The carrier takes the money, so the order is processed at once."""

    id: ClassVar[str] = "cod"
    name: ClassVar[str] = "Cash on delivery"
    instructions: ClassVar[str] = "Pay in cash when the parcel arrives."
    accepts_at_once: ClassVar[bool] = True
    hold: ClassVar[timedelta | None] = None

    def start(self, payment: Payment) -> Started:
        """Nothing to do before the parcel arrives."""
        return Started(PaymentState.ACCEPTED, instructions=self.instructions)


class BankTransfer:
    """The shopper sends the money; staff note its arrival. Stock is kept for some days."""

    id: ClassVar[str] = "bank_transfer"
    name: ClassVar[str] = "Bank transfer"
    accepts_at_once: ClassVar[bool] = False

    @property
    def instructions(self) -> str:
        """What the shop's settings say about its account."""
        return str(settings.BANK_TRANSFER_INSTRUCTIONS)

    @property
    def hold(self) -> timedelta:
        """How long stock waits for the money."""
        return timedelta(days=settings.BANK_TRANSFER_DAYS)

    def start(self, payment: Payment) -> Started:
        """Name the reference that the transfer must carry."""
        reference = payment.order.number
        return Started(
            PaymentState.OPEN,
            reference=reference,
            instructions=f"{self.instructions} Reference: {reference}.".strip(),
        )
