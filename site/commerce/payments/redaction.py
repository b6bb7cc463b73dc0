"""What of a provider's words may be kept: states, amounts, ids. No names, cards or secrets."""

from dataclasses import fields, is_dataclass
from typing import Any

import orjson

from core.logging import without_secrets

# Everything else is left out: who paid, with which card, and whatever could be used again.
KEPT = frozenset(
    {
        "amount", "amount_captured", "amount_minor", "amount_received", "amount_refunded",
        "amount_total", "captured", "charge", "code", "created", "created_at", "currency",
        "data", "disputed", "domain", "event", "event_id", "expires_at", "failure_code",
        "fee_minor", "fees", "id", "kind", "livemode", "message", "metadata", "mode", "object",
        "paid", "paid_at", "payment_id", "payment_intent", "payment_status", "reason",
        "reference", "refund", "refund_reference", "refunded", "refunded_minor", "state",
        "status", "subject", "transaction", "transaction_reference", "type",
    }
)  # fmt: skip
LONGEST = 500
DEEPEST = 6


def redacted(value: Any, depth: int = 0) -> Any:
    """What may be stored of a JSON value or of a provider's answer."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, dict):
        if depth >= DEEPEST:
            return {}
        return {
            name: redacted(inner, depth + 1)
            for name, inner in value.items()
            if isinstance(name, str) and name in KEPT
        }
    if isinstance(value, list | tuple):
        return [redacted(inner, depth + 1) for inner in value[:20]] if depth < DEEPEST else []
    if isinstance(value, str):
        # PostgreSQL's JSON holds no null byte.
        return without_secrets(str(value).replace("\x00", ""))[:LONGEST]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:LONGEST]


def redacted_body(body: bytes) -> Any:
    """What may be stored of a webhook's body; nothing of one that is not JSON."""
    try:
        return redacted(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}
