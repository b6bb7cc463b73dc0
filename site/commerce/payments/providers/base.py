"""What every provider speaks. Providers know settings and HTTP, never the database."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from commerce.payments.models import PaymentState

# A provider puts the id of its answer here (`Request-Id`); `calls.recorded` keeps it.
answered_as: ContextVar[str] = ContextVar("answered_as", default="")


class ProviderState(StrEnum):
    """What the provider says of a payment."""

    OPEN = "open"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class RefundState(StrEnum):
    """What the provider says of a refund."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NEEDS_ATTENTION = "needs_attention"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of what is paid for; `total_minor` is the line's whole price, in minor units."""

    name: str
    sku: str
    quantity: int
    total_minor: int
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a provider is asked to collect.

    All amounts are minor units; lines + shipping + tax - discount is `amount_minor` to the unit.
    """

    payment_id: str
    attempt: int
    amount_minor: int
    currency: str
    email: str
    lines: list[SheetLine]
    shipping_minor: int
    tax_minor: int
    discount_minor: int
    order_number: str
    success_url: str
    cancel_url: str
    expires_at: datetime | None
    capture: Literal["automatic", "manual"] = "automatic"
    customer_reference: str = ""
    # Keep the card for the next time; pay with this one of those that are kept.
    save_method: bool = False
    saved_method: str = ""
    ui: Literal["hosted", "embedded"] = "hosted"
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Started:
    """Answer of start(). `client_secret` is never stored and never logged."""

    reference: str
    redirect_url: str = ""
    instructions: str = ""
    client_secret: str = ""
    expires_at: datetime | None = None
    state: PaymentState = PaymentState.OPEN


@dataclass(frozen=True, slots=True)
class Seen:
    """Answer of look_up(), expire(), capture() and void().

    `amount_minor` is what was captured (authorised, when AUTHORIZED), 0 if nothing;
    `payment_id` is ours as the provider holds it, "" if it has none.
    """

    state: ProviderState
    amount_minor: int
    currency: str
    payment_id: str
    transaction: str = ""
    fee_minor: int = 0
    refunded_minor: int = 0
    disputed: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """Answer of refund() and look_up_refund()."""

    state: RefundState
    reference: str
    amount_minor: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A card that a customer has left with a provider."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Answer of confirm(): where the payment stands, and where the bank wants the shopper."""

    seen: Seen
    redirect_url: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event of a webhook, after its signature was checked.

    `event_id` is unique for the provider; `reference` is the session, payment or refund it is
    about; `payment_id` is ours if the event's metadata holds it.
    """

    event_id: str
    kind: str
    reference: str
    payment_id: str = ""
    subject: Literal["payment", "refund", "dispute", "unknown"] = "payment"


class ProviderError(Exception):
    """The provider did not do what it was asked.

    `unknown_outcome` is a time-out after sending: ask again by look_up() or with the same key.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: Literal["refused", "unavailable", "unknown_outcome"],
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.request_id = request_id


class BadSignature(Exception):
    """A webhook that its provider did not sign, or that is too old."""


class Provider(Protocol):
    """One way to get money. A call with the same `key` is done once by the provider."""

    id: str
    name: str
    currencies: frozenset[str] | None
    has_webhooks: bool

    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Open a session. Raises ProviderError, like every call below."""
        ...

    def look_up(self, reference: str, *, transaction: str = "") -> Seen:
        """What became of a session."""
        ...

    def expire(self, reference: str, *, key: str) -> Seen:
        """Close a session for good; says PAID or AUTHORIZED if money came meanwhile."""
        ...

    def capture(
        self, reference: str, *, transaction: str, amount_minor: int, currency: str, key: str
    ) -> Seen:
        """Take authorised money."""
        ...

    def void(self, reference: str, *, transaction: str, key: str) -> Seen:
        """Let authorised money go."""
        ...

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
        """Send money back."""
        ...

    def look_up_refund(self, refund_reference: str) -> RefundSeen:
        """What became of a refund."""
        ...

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """The events of a webhook. Raises BadSignature."""
        ...


@runtime_checkable
class KeepsCards(Provider, Protocol):
    """A provider that keeps the cards of customers who want that.

    `start` with a `saved_method` opens a session that only `confirm` takes money with.
    """

    def create_customer(self, *, email: str, customer_id: str, key: str) -> str:
        """Make the customer that cards are kept for; the provider's name of them."""
        ...

    def forget_customer(self, customer_reference: str) -> None:
        """Forget a customer with their cards; one that is forgotten already is no error."""
        ...

    def saved_methods(self, customer_reference: str) -> list[SavedMethod]:
        """The cards that a customer keeps, newest first."""
        ...

    def remove_method(self, customer_reference: str, method_id: str) -> bool:
        """Forget a card; False if this customer has no such card."""
        ...

    def confirm(self, reference: str, *, return_url: str, key: str) -> Confirmed:
        """Take the money of a session with a kept card. Declined: ProviderError `refused`."""
        ...
