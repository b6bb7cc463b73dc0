"""The JSON of payments."""

from typing import NotRequired, TypedDict

from core.money import MoneyShape


class PaymentStartShape(TypedDict):
    """What is owed and what the shopper does next.

    `client_secret` is for a storefront with its own form (`ui: embedded`).
    """

    id: str
    provider: str
    status: str
    redirect_url: NotRequired[str]
    reference: NotRequired[str]
    instructions: NotRequired[str]
    client_secret: NotRequired[str]
    expires_at: NotRequired[str]


class PaymentShape(TypedDict):
    """One try to pay for an order."""

    id: str
    order_id: str
    order_number: str
    attempt: int
    provider: str
    status: str
    amount: MoneyShape
    received: MoneyShape
    refunded: MoneyShape
    reference: str
    redirect_url: str | None
    instructions: str | None
    expires_at: str | None
    created_at: str
    settled_at: str | None


class VerifiedShape(TypedDict):
    """All that somebody hears who only knows a payment's reference."""

    status: str
    order_number: str


class RefundLineShape(TypedDict):
    """So many units of an order's item."""

    id: str
    quantity: int
    amount: MoneyShape


class RefundShape(TypedDict):
    """Money that goes back. `restock` has been done when this is answered."""

    id: str
    order_number: str
    payment_id: str
    status: str
    amount: MoneyShape
    reason: str
    lines: list[RefundLineShape]
    created_at: str
    settled_at: str | None


class ReceivedShape(TypedDict):
    """A webhook was taken in; `new` counts the events that had not come before."""

    received: bool
    new: int


class SavedMethodShape(TypedDict):
    """A card that the customer keeps at a provider. `id` is what `saved_method` takes."""

    id: str
    provider: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class SavedMethodsShape(TypedDict):
    """All of the customer's kept cards, in one page."""

    count: int
    next: None
    previous: None
    results: list[SavedMethodShape]
