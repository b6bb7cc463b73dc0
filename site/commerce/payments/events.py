"""What payments announce. The key is the order's; `amount_minor` is in minor units."""

from uuid import UUID

from core import events

# Money came in, did not, went back: `{"payment_id", "order_id", "amount_minor", "currency"}`.
PAYMENT_SETTLED = "payments.settled"
PAYMENT_FAILED = "payments.failed"
PAYMENT_REFUNDED = "payments.refunded"


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
