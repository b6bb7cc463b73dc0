"""What payments announce. The key is the order's; `amount_minor` is in minor units."""

from uuid import UUID

from core import events

# Money came in, did not, went back: `{"payment_id", "order_id", "amount_minor", "currency"}`.
PAYMENT_SETTLED = "payments.settled"
PAYMENT_FAILED = "payments.failed"
PAYMENT_REFUNDED = "payments.refunded"
# Staff have to look: `{"payment_id", "order_id", "kind", "message"}`, kinds in TROUBLES.
PAYMENT_TROUBLE = "payments.trouble"
TROUBLES = {
    "mismatch": "Amount, currency or order differs",
    "late_refunded": "Late money for a released order was sent back",
    "late_revived": "Late money brought a released order back",
    "paid_twice": "Paid twice, the second payment was sent back",
    "by_hand": "Money has to be sent back by hand",
    "overpaid": "More came than was due",
    "partly_paid": "Only a part came in time",
    "lapsed": "An authorisation lapsed",
    "capture_failed": "The money of a shipped order could not be taken",
    "refund_failed": "A refund failed",
    "refunded_elsewhere": "Refunded at the provider",
    "disputed": "The shopper disputes it",
}

# Work for this area itself, each with a key of its own: `{"refund_id"}`, `{"payment_id"}`,
# `{"inbound_id"}`, `{"provider", "reference"}`.
REFUND_WANTED = "payments.refund_wanted"
VOID_WANTED = "payments.void_wanted"
INBOUND_STORED = "payments.inbound_stored"
CUSTOMER_FORGOTTEN = "payments.customer_forgotten"


def announce(
    name: str, *, payment_id: UUID, order_id: UUID, amount_minor: int, currency: str
) -> None:
    """Record an event about a payment in the caller's transaction."""
    payload = {
        "payment_id": str(payment_id),
        "order_id": str(order_id),
        "amount_minor": amount_minor,
        "currency": currency,
    }
    events.record(name, key=f"order:{order_id}", payload=payload)


def announce_trouble(*, payment_id: UUID, order_id: UUID, kind: str, message: str) -> None:
    """Record that staff have to look, in the caller's transaction."""
    payload = {
        "payment_id": str(payment_id),
        "order_id": str(order_id),
        "kind": kind,
        "message": message,
    }
    events.record(PAYMENT_TROUBLE, key=f"order:{order_id}", payload=payload)
