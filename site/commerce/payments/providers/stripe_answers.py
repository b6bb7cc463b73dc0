"""What Stripe answers, in the words of commerce.payments.providers.base."""

import re
from collections.abc import Mapping
from typing import Any

import stripe

from commerce.payments.providers.base import (
    Inbound,
    ProviderError,
    ProviderState,
    RefundSeen,
    RefundState,
    Seen,
)
from commerce.payments.providers.stripe_amounts import from_stripe

_INTENTS = {
    "requires_payment_method": ProviderState.OPEN,
    "requires_confirmation": ProviderState.OPEN,
    "requires_action": ProviderState.OPEN,
    "processing": ProviderState.PROCESSING,
    "requires_capture": ProviderState.AUTHORIZED,
    "succeeded": ProviderState.PAID,
    "canceled": ProviderState.EXPIRED,
}
_REFUNDS = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.NEEDS_ATTENTION,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
# The code of an error that every further call with the same idempotency key would get again.
KEY_IS_SPENT = "key_is_spent"
# Keys, client secrets and card numbers, wherever Stripe may repeat them.
_SECRETS = re.compile(r"\b(?:(?:sk|rk|pk|whsec)_\S+|\w+_secret_\S+|(?:\d[ -]?){12,18}\d)")


def session_seen(session: Mapping[str, Any]) -> Seen:
    """What a Checkout Session says, its payment intent expanded."""
    intent = session.get("payment_intent") or {}
    ours = _ours(session)
    currency = str(session.get("currency") or "").upper()
    if not intent:
        state = {"expired": ProviderState.EXPIRED, "open": ProviderState.OPEN}.get(
            session["status"], ProviderState.PAID
        )
        if state is ProviderState.PAID and session["payment_status"] == "unpaid":
            state = ProviderState.PROCESSING
        total = from_stripe(session.get("amount_total") or 0, currency) if currency else 0
        return Seen(state, total if state is ProviderState.PAID else 0, currency, ours)
    return intent_seen(intent, session_status=session["status"], payment_id=ours)


def intent_seen(
    intent: Mapping[str, Any], *, session_status: str = "", payment_id: str = ""
) -> Seen:
    """What a payment intent says, its latest charge expanded."""
    state = _INTENTS.get(intent["status"], ProviderState.PROCESSING)
    if state is ProviderState.OPEN and session_status == "expired":
        state = ProviderState.EXPIRED
    elif state is ProviderState.OPEN and session_status == "complete":
        # The shopper has left: a voucher is not paid yet, or a slow payment has failed.
        failed = intent["status"] == "requires_payment_method"
        state = ProviderState.FAILED if failed else ProviderState.PROCESSING
    currency = str(intent["currency"]).upper()
    amount = 0
    if state is ProviderState.PAID:
        amount = intent.get("amount_received") or 0
    elif state is ProviderState.AUTHORIZED:
        amount = intent.get("amount_capturable") or 0
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, Mapping) else {}
    # An authorisation that was let go counts as refunded at Stripe; no money went back.
    refunded = charge.get("amount_refunded") or 0 if charge.get("captured") else 0
    error = intent.get("last_payment_error") or {}
    return Seen(
        state=state,
        amount_minor=from_stripe(amount, currency),
        currency=currency,
        payment_id=payment_id or _ours(intent),
        transaction=str(intent["id"]),
        fee_minor=_fee(charge, currency),
        refunded_minor=from_stripe(refunded, currency),
        disputed=bool(charge.get("disputed")),
        message=clean(str(error.get("message") or "")) if state is not ProviderState.PAID else "",
    )


def refund_seen(refund: Mapping[str, Any]) -> RefundSeen:
    """What a refund says."""
    currency = str(refund["currency"]).upper()
    return RefundSeen(
        state=_REFUNDS.get(str(refund.get("status")), RefundState.PENDING),
        reference=str(refund["id"]),
        amount_minor=from_stripe(refund["amount"], currency),
        message=str(refund.get("failure_reason") or ""),
    )


def inbound(event: Mapping[str, Any]) -> Inbound:
    """One event; those that the shop does not follow have the subject "unknown"."""
    kind = str(event.get("type") or "")
    event_id = str(event["id"])
    data = event.get("data")
    about = data.get("object") if isinstance(data, Mapping) else None
    if not isinstance(about, Mapping):
        return Inbound(event_id, kind, "", subject="unknown")
    ours, own = _ours(about), str(about.get("id") or "")
    intent = about.get("payment_intent")
    intent_id = str(intent.get("id") if isinstance(intent, Mapping) else intent or "")
    if kind.startswith(("checkout.session.", "payment_intent.")):
        return Inbound(event_id, kind, own, ours)
    if kind == "charge.refunded":
        return Inbound(event_id, kind, intent_id or own, ours)
    if kind.startswith("charge.dispute."):
        return Inbound(event_id, kind, intent_id or str(about.get("charge")), ours, "dispute")
    if kind.startswith(("refund.", "charge.refund.")):
        return Inbound(event_id, kind, own, ours, "refund")
    return Inbound(event_id, kind, own, subject="unknown")


def failure(error: stripe.StripeError, *, is_write: bool, may_have_arrived: bool) -> ProviderError:
    """An error of the SDK as one of ours, without keys, bodies and headers.

    `may_have_arrived`: a request was sent whose answer is not known.
    """
    if isinstance(error, stripe.APIConnectionError):
        doubtful = is_write and may_have_arrived
        return ProviderError(
            "Stripe did not answer." if may_have_arrived else "Stripe cannot be reached.",
            kind="unknown_outcome" if doubtful else "unavailable",
            code="no_answer",
        )
    status = error.http_status or 0
    details = error.error
    code = str(error.code or (details and details.type) or "")
    request_id = str(error.request_id or "")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        message = "Stripe does not accept the shop's key."
        return ProviderError(
            message, kind="refused", code="key_not_accepted", request_id=request_id
        )
    if isinstance(error, stripe.RateLimitError) or status == 429:
        message = "Stripe asks for fewer requests."
        return ProviderError(message, kind="unavailable", code=code, request_id=request_id)
    if status >= 500 or status == 409 or not status:
        kind = "unknown_outcome" if is_write else "unavailable"
        message = f"Stripe answered {status or 'something else than JSON'}."
        if (error.headers or {}).get("idempotent-replayed") == "true":
            code = KEY_IS_SPENT
        return ProviderError(message, kind=kind, code=code, request_id=request_id)  # type: ignore[arg-type]
    message = clean(str(error.user_message or "Stripe refused."))[:500]
    return ProviderError(message, kind="refused", code=code, request_id=request_id)


def clean(text: str) -> str:
    """The text without what looks like a key, a client secret or a card number."""
    return _SECRETS.sub("[hidden]", text)


def _ours(about: Mapping[str, Any]) -> str:
    metadata = about.get("metadata")
    ours = metadata.get("payment_id") if isinstance(metadata, Mapping) else ""
    return str(ours or about.get("client_reference_id") or "")


def _fee(charge: Mapping[str, Any], currency: str) -> int:
    """Stripe's fee, known once the money is booked; 0 if it is in another currency."""
    booked = charge.get("balance_transaction")
    if not isinstance(booked, Mapping) or str(booked.get("currency")).upper() != currency:
        return 0
    return from_stripe(booked.get("fee") or 0, currency)
