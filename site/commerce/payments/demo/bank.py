"""What the demo provider does at its own place, where the shop cannot look.

Sessions live in a table of their own. `press` is what a shopper does on the hosted page; the
rest is what the shop's server may ask for over the provider's interface.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commerce.payments.demo.messages import Message
from commerce.payments.models import DemoSession
from commerce.payments.providers.base import (
    PaymentRequest,
    ProviderError,
    ProviderState,
    RefundSeen,
    RefundState,
    Seen,
)
from core.ids import uuid7

LATER = timedelta(seconds=15)
BUTTONS = ("pay", "fail", "expire", "later", "twice")


def open_session(request: PaymentRequest, *, key: str) -> DemoSession:
    """A session, or the one that this key has opened."""
    session, _ = DemoSession.objects.get_or_create(
        key=key,
        defaults={
            "reference": f"demo_{uuid7().hex}",
            "payment_id": request.payment_id,
            "order_number": request.order_number,
            "amount_minor": request.amount_minor,
            "currency": request.currency,
            "capture": request.capture,
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": request.expires_at,
            "sheet": [asdict(line) for line in request.lines]
            + [
                {"name": name, "quantity": 1, "total_minor": minor}
                for name, minor in (
                    ("Shipping", request.shipping_minor),
                    ("Tax", request.tax_minor),
                    ("Discount", -request.discount_minor),
                )
                if minor
            ],
        },
    )
    return session


def page_of(session: DemoSession) -> str:
    """Where the shopper pays."""
    return f"{settings.BASE_URL}/demo/pay/{session.reference}/"


def find(reference: str, *, lock: bool = False) -> DemoSession:
    """A session as it is by now. Raises ProviderError."""
    rows = DemoSession.objects.select_for_update() if lock else DemoSession.objects
    session = rows.filter(reference=reference).first()
    if session is None:
        raise ProviderError("There is no such session.", kind="refused", code="unknown")
    now = timezone.now()
    if session.state == ProviderState.OPEN and session.expires_at and session.expires_at <= now:
        session.state = ProviderState.EXPIRED
    if session.state == ProviderState.PROCESSING and session.pays_at and session.pays_at <= now:
        _pay(session)
    return session


def seen(session: DemoSession) -> Seen:
    """What the interface says of a session."""
    amounts = {
        ProviderState.PAID: session.captured_minor,
        ProviderState.AUTHORIZED: session.amount_minor,
    }
    state = ProviderState(session.state)
    return Seen(
        state=state,
        amount_minor=amounts.get(state, 0),
        currency=session.currency,
        payment_id=session.payment_id,
        transaction=f"{session.reference}.tx" if amounts.get(state) else "",
        refunded_minor=sum(row["amount_minor"] for row in session.refunds),
        message="The demo bank said no." if state == ProviderState.FAILED else "",
    )


@transaction.atomic
def press(reference: str, button: str) -> tuple[DemoSession, list[Message]]:
    """What a button of the page does, and the webhooks that follow it."""
    session = find(reference, lock=True)
    if session.state != ProviderState.OPEN:
        return session, []
    if button in {"pay", "twice"}:
        _pay(session)
        sent = [_message(session, "payment.succeeded")]
        if button == "twice":
            # A shopper who clicks twice: the same event again, and another one for the same money.
            sent += [sent[0], _message(session, "payment.succeeded")]
    elif button == "later":
        session.state = ProviderState.PROCESSING
        session.pays_at = timezone.now() + LATER
        sent = [
            _message(session, "payment.processing"),
            _message(session, "payment.succeeded", at=session.pays_at),
        ]
    else:
        failed = button == "fail"
        session.state = ProviderState.FAILED if failed else ProviderState.EXPIRED
        sent = [_message(session, "payment.failed" if failed else "payment.expired")]
    session.save()
    return session, sent


def expire(reference: str) -> Seen:
    """Close an open session; any other is told as it is."""

    def close(session: DemoSession) -> None:
        if session.state == ProviderState.OPEN:
            session.state = ProviderState.EXPIRED

    return _changed(reference, close)


def capture(reference: str, *, amount_minor: int) -> Seen:
    """Take authorised money. Raises ProviderError."""

    def take(session: DemoSession) -> None:
        if session.state == ProviderState.PAID:
            return
        if session.state != ProviderState.AUTHORIZED or amount_minor > session.amount_minor:
            raise ProviderError("Nothing like that is authorised.", kind="refused")
        session.state, session.captured_minor = ProviderState.PAID, amount_minor

    return _changed(reference, take)


def void(reference: str) -> Seen:
    """Let authorised money go. Raises ProviderError."""

    def let_go(session: DemoSession) -> None:
        if session.state == ProviderState.PAID:
            raise ProviderError("The money was taken already.", kind="refused")
        session.state = ProviderState.EXPIRED

    return _changed(reference, let_go)


@transaction.atomic
def refund(reference: str, *, amount_minor: int, key: str) -> tuple[RefundSeen, list[Message]]:
    """Send money back, once for each key. Raises ProviderError."""
    session = find(reference, lock=True)
    for row in session.refunds:
        if row["key"] == key:
            return _refund_seen(row), []
    back = sum(row["amount_minor"] for row in session.refunds)
    if session.state != ProviderState.PAID or back + amount_minor > session.captured_minor:
        raise ProviderError("There is not so much to send back.", kind="refused")
    row = {
        "id": f"{session.reference}.re{len(session.refunds) + 1}",
        "key": key,
        "amount_minor": amount_minor,
    }
    session.refunds.append(row)
    session.save()
    message = _message(session, "refund.succeeded", subject="refund", about=row["id"])
    return _refund_seen(row), [message]


def find_refund(refund_reference: str) -> RefundSeen:
    """A refund. Raises ProviderError."""
    session = find(refund_reference.partition(".")[0])
    for row in session.refunds:
        if row["id"] == refund_reference:
            return _refund_seen(row)
    raise ProviderError("There is no such refund.", kind="refused")


@transaction.atomic
def _changed(reference: str, change: Callable[[DemoSession], None]) -> Seen:
    session = find(reference, lock=True)
    change(session)
    session.save()
    return seen(session)


def _pay(session: DemoSession) -> None:
    if session.capture == "manual":
        session.state = ProviderState.AUTHORIZED
    else:
        session.state, session.captured_minor = ProviderState.PAID, session.amount_minor


def _refund_seen(row: dict[str, Any]) -> RefundSeen:
    return RefundSeen(RefundState.SUCCEEDED, row["id"], row["amount_minor"])


def _message(
    session: DemoSession,
    kind: str,
    *,
    subject: str = "payment",
    about: str = "",
    at: datetime | None = None,
) -> Message:
    return Message(
        id=f"evt_{uuid7().hex}",
        kind=kind,
        subject=subject,
        reference=about or session.reference,
        payment_id=session.payment_id,
        at=at,
    )
