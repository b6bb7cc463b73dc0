"""What happened to a payment, in order: calls, events, refunds, its order, and staff."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from wagtail.models import ModelLogEntry

from commerce.customers.models import User
from commerce.orders.models import HistoryEntry, OrderStatus
from commerce.payments.models import (
    Attempt,
    AttemptState,
    InboundEvent,
    InboundState,
    Payment,
    PaymentState,
    Refund,
    RefundStatus,
)
from content.admin import amounts
from content.admin.columns import TONES
from content.admin.payments.forms import inbound_of

# The latest of each kind that are shown.
MOST = 200
CALLS = {
    "start": "Session begun",
    "look_up": "Provider asked",
    "expire": "Session closed",
    "capture": "Captured",
    "void": "Authorisation let go",
    "refund": "Refund sent",
    "look_up_refund": "Asked about a refund",
    "receive": "Noted as received",
    "customer": "Customer made known",
    "confirm": "Kept card charged",
}
# What providers say of payments and refunds, as it is called here.
WORDS = dict(PaymentState.choices) | dict(RefundStatus.choices)
STATE_TONES: dict[str, str] = {
    AttemptState.STARTED: "warning",
    AttemptState.REFUSED: "critical",
    AttemptState.UNAVAILABLE: "warning",
    AttemptState.UNKNOWN: "warning",
    AttemptState.BROKEN: "critical",
    InboundState.RECEIVED: "info",
    InboundState.FAILED: "critical",
    RefundStatus.SUCCEEDED: "positive",
    RefundStatus.NEEDS_ATTENTION: "critical",
}


@dataclass(slots=True)
class Entry:
    """One thing that happened. `source` says who tells of it; `replay` is an event's id."""

    at: datetime
    source: str
    title: str
    state: str = ""
    tone: str = ""
    message: str = ""
    facts: list[str] = field(default_factory=list)
    actor: str = ""
    payload: str = ""
    replay: UUID | None = None


def of(payment: Payment) -> list[Entry]:
    """All of it, the oldest first, in a constant number of queries."""
    attempts = list(payment.attempts.order_by("-id")[:MOST])
    inbound = list(inbound_of(payment).order_by("-id")[:MOST])
    history = payment.order.history.select_related("actor").order_by("-id")[:MOST]
    log = ModelLogEntry.objects.for_instance(payment).select_related("user")[:MOST]
    refunds = list(payment.refunds.all())
    people = _people(attempts, refunds)
    entries = [
        Entry(payment.created_at, "Shop", f"Payment begun, attempt {payment.attempt}"),
        *(_of_order(each) for each in reversed(history)),
        *(_call(each, payment, people) for each in reversed(attempts)),
        *(_event(each) for each in reversed(inbound)),
        *(entry for each in reversed(refunds) for entry in _refund(each, payment, people)),
        *(
            Entry(each.timestamp, "Staff", each.message, actor=each.user_display_name)
            for each in reversed(log)
        ),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _call(attempt: Attempt, payment: Payment, people: dict[str, str]) -> Entry:
    said, facts = dict(attempt.payload or {}), []
    if attempt.duration_ms:
        facts.append(f"{attempt.duration_ms} ms")
    if attempt.request_id:
        facts.append(f"request {attempt.request_id}")
    by_staff = attempt.operation == "receive"
    return Entry(
        at=attempt.at,
        source="Staff" if by_staff else "Call",
        title=CALLS.get(attempt.operation, attempt.operation),
        state="" if attempt.state == AttemptState.DONE else attempt.get_state_display(),
        tone=STATE_TONES.get(attempt.state, ""),
        message=attempt.error or _said(said, payment),
        facts=facts,
        actor=people.get(str(said.get("actor", "")), "") if by_staff else "",
        payload="" if by_staff else _json(said),
    )


def _said(payload: dict[str, Any], payment: Payment) -> str:
    """What the provider answered, in words."""
    currency = str(payload.get("currency") or payment.currency).upper()
    minor = payload.get("amount_minor") or payload.get("amount")
    state = str(payload.get("state", ""))
    parts = [str(WORDS.get(state, state)).lower()]
    if isinstance(minor, int) and not isinstance(minor, bool):
        known = currency == payment.currency
        parts.append(amounts.show(minor, currency) if known else f"{minor} {currency}")
    return ", ".join(part for part in parts if part)


def _event(event: InboundEvent) -> Entry:
    facts = [f"sent {event.times} times"] if event.times > 1 else []
    return Entry(
        at=event.received_at,
        source="Event",
        title=event.kind or event.subject,
        state=event.get_state_display(),
        tone=STATE_TONES.get(event.state, ""),
        message=event.error,
        facts=[*facts, event.event_id],
        payload=_json(event.payload),
        replay=event.pk,
    )


def _refund(refund: Refund, payment: Payment, people: dict[str, str]) -> Iterator[Entry]:
    amount = amounts.show(refund.amount_minor, payment.currency)
    lines = [f"{row.quantity} × {row.order_line.name}" for row in refund.lines.all()]
    origin = "" if refund.origin == "staff" else f"by {refund.get_origin_display().lower()}"
    is_over = refund.settled_at is not None
    yield Entry(
        at=refund.created_at,
        source="Refund",
        title=f"Refund of {amount} wanted",
        state="" if is_over else refund.get_state_display(),
        tone="" if is_over else STATE_TONES.get(refund.state, "info"),
        message=refund.reason,
        facts=[*lines, *([origin] if origin else [])],
        actor=people.get(str(refund.actor_id), ""),
    )
    if refund.settled_at is not None:
        yield Entry(
            at=refund.settled_at,
            source="Refund",
            title=f"Refund of {amount}",
            state=refund.get_state_display(),
            tone=STATE_TONES.get(refund.state, "critical"),
            message=refund.problem,
            facts=[refund.reference] if refund.reference else [],
        )


def _of_order(entry: HistoryEntry) -> Entry:
    titles = {"shipment": "Parcel sent", "note": "Note", "payment": "Payment"}
    title = titles.get(entry.kind, entry.kind.capitalize())
    if entry.kind == "status" and entry.to_status:
        title = str(OrderStatus(entry.to_status).label)
    return Entry(
        at=entry.at,
        source="Order",
        title=title,
        tone=TONES.get(entry.to_status, ""),
        message=entry.message,
        actor=str(entry.actor) if entry.actor else "",
    )


def _people(attempts: list[Attempt], refunds: list[Refund]) -> dict[str, str]:
    """Names of the staff who did it, by id."""
    ids = {str(row.actor_id) for row in refunds if row.actor_id}
    ids |= {str(row.payload.get("actor") or "") for row in attempts if row.operation == "receive"}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids - {""})}


def _json(payload: Any) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False) if payload else ""
