"""Providers' events: stored once in the request, handled once from the outbox, in any order."""

import logging
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commerce.payments import refunding, settling
from commerce.payments.errors import BadWebhook
from commerce.payments.events import INBOUND_STORED
from commerce.payments.models import InboundEvent, InboundState, Payment, Refund
from commerce.payments.providers.base import BadSignature, Inbound
from commerce.payments.redaction import redacted_body
from commerce.payments.registry import PROVIDERS, is_ready
from core import events
from core.errors import NotFound
from core.logging import without_secrets

logger = logging.getLogger(__name__)


def take_in(provider_id: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Check a webhook and store its events; how many were new.

    Raises NotFound (the shop has no such provider), BadWebhook (nothing is stored then).
    """
    if not is_ready(provider_id) or not PROVIDERS[provider_id].has_webhooks:
        raise NotFound("There is no such provider here.")
    try:
        found = PROVIDERS[provider_id].parse_webhook(body, headers)
    except BadSignature:
        logger.warning("A webhook was refused", extra={"provider": provider_id})
        raise BadWebhook("This webhook was not sent by the provider, or long ago.") from None
    payload = redacted_body(body)
    return sum(_store(provider_id, each, payload) for each in found)


@transaction.atomic
def _store(provider_id: str, inbound: Inbound, payload: object) -> bool:
    row, is_new = InboundEvent.objects.get_or_create(
        provider=provider_id,
        event_id=inbound.event_id[:255],
        defaults={
            "kind": inbound.kind[:100],
            "subject": inbound.subject,
            "reference": inbound.reference[:255],
            "payment_ref": inbound.payment_id[:64],
            "payload": payload,
        },
    )
    if is_new:
        _have_handled(row)
    else:
        InboundEvent.objects.filter(pk=row.pk).update(times=F("times") + 1)
    return is_new


def handle(inbound_id: UUID) -> InboundEvent:
    """Do what an event asks for: look at the payment or the refund that it is about.

    What it is not about any of ours is ignored. Raises what asking the provider raises, so
    that the outbox tries again.
    """
    row = InboundEvent.objects.get(pk=inbound_id)
    if row.state in {InboundState.HANDLED, InboundState.IGNORED}:
        return row
    refund = _refund_of(row) if row.subject == "refund" else None
    payment = refund.payment if refund else _payment_of(row)
    if payment is None or row.subject == "unknown":
        why = "Events of this kind change nothing." if payment else "It is about no payment here."
        return _finish(row, InboundState.IGNORED, why, payment)
    try:
        if refund is not None:
            refunding.look(refund.pk)
        elif row.subject == "refund":  # its provider names the payment only
            refunding.look_at_all(payment.pk)
        settling.settle(payment.pk)
    except Exception as error:
        message = without_secrets(f"{type(error).__name__}: {error}")
        _finish(row, InboundState.FAILED, message, payment)
        raise
    return _finish(row, InboundState.HANDLED, "", payment)


@transaction.atomic
def replay(inbound_id: UUID) -> InboundEvent:
    """Have an event handled again, from the outbox."""
    row = InboundEvent.objects.select_for_update().get(pk=inbound_id)
    row.state, row.error, row.handled_at = InboundState.RECEIVED, "", None
    row.save(update_fields=["state", "error", "handled_at"])
    _have_handled(row)
    return row


def _have_handled(row: InboundEvent) -> None:
    events.record(INBOUND_STORED, key=f"inbound:{row.pk}", payload={"inbound_id": str(row.pk)})


def _payment_of(row: InboundEvent) -> Payment | None:
    """By our id if the event has it, else by what the provider calls the session or the money."""
    own = Payment.objects.filter(provider=row.provider)
    if row.payment_ref:
        try:
            named = own.filter(pk=UUID(row.payment_ref)).first()
        except ValueError:
            named = None
        if named is not None:
            return named
    if not row.reference:
        return None
    return own.filter(reference=row.reference).first() or (
        own.filter(transaction=row.reference).first()
    )


def _refund_of(row: InboundEvent) -> Refund | None:
    if not row.reference:
        return None
    own = Refund.objects.select_related("payment").filter(payment__provider=row.provider)
    return own.filter(reference=row.reference).first()


def _finish(
    row: InboundEvent, state: InboundState, error: str, payment: Payment | None
) -> InboundEvent:
    row.state, row.error, row.payment = state, error[:1000], payment
    row.handled_at = None if state == InboundState.FAILED else timezone.now()
    row.save(update_fields=["state", "error", "payment", "handled_at"])
    return row
