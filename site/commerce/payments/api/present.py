"""Payments as JSON."""

from commerce.payments import services
from commerce.payments.api.shapes import (
    PaymentShape,
    PaymentStartShape,
    RefundShape,
    SavedMethodShape,
    SavedMethodsShape,
    VerifiedShape,
)
from commerce.payments.models import Payment, PaymentState, Refund
from commerce.payments.providers.base import Started
from core.money import Money
from core.rendering import utc_text


def present_start(payment: Payment, started: Started) -> PaymentStartShape:
    """What the shopper does next; parts that there are none of are left out."""
    answer: PaymentStartShape = {
        "id": str(payment.pk),
        "provider": payment.provider,
        "status": payment.state,
    }
    if started.redirect_url:
        answer["redirect_url"] = started.redirect_url
    if started.reference:
        answer["reference"] = started.reference
    if started.instructions:
        answer["instructions"] = started.instructions
    if started.client_secret:
        answer["client_secret"] = started.client_secret
    if started.expires_at:
        answer["expires_at"] = utc_text(started.expires_at)
    return answer


def present_payment(payment: Payment) -> PaymentShape:
    """One payment, to whoever may see its order."""
    is_open = payment.state == PaymentState.OPEN
    told = services.instructions_of(payment) if is_open else ""
    return {
        "id": str(payment.pk),
        "order_id": str(payment.order_id),
        "order_number": payment.order.number,
        "attempt": payment.attempt,
        "provider": payment.provider,
        "status": payment.state,
        "amount": Money(payment.amount_minor, payment.currency).json(),
        "received": Money(payment.received_minor, payment.currency).json(),
        "refunded": Money(payment.refunded_minor, payment.currency).json(),
        "reference": payment.reference,
        "redirect_url": (payment.redirect_url or None) if is_open else None,
        "instructions": told or None,
        "expires_at": utc_text(payment.expires_at) if payment.expires_at else None,
        "created_at": utc_text(payment.created_at),
        "settled_at": utc_text(payment.settled_at) if payment.settled_at else None,
    }


def present_verified(payment: Payment) -> VerifiedShape:
    """What the reference alone opens."""
    return {"status": payment.state, "order_number": payment.order.number}


def present_refund(refund: Refund) -> RefundShape:
    """One refund, to staff."""
    currency = refund.payment.currency
    return {
        "id": str(refund.pk),
        "order_number": refund.payment.order.number,
        "payment_id": str(refund.payment_id),
        "status": refund.state,
        "amount": Money(refund.amount_minor, currency).json(),
        "reason": refund.reason,
        "lines": [
            {
                "id": str(line.order_line_id),
                "quantity": line.quantity,
                "amount": Money(line.amount_minor, currency).json(),
            }
            for line in refund.lines.all()
        ],
        "created_at": utc_text(refund.created_at),
        "settled_at": utc_text(refund.settled_at) if refund.settled_at else None,
    }


def present_saved_methods(kept: list[services.Kept]) -> SavedMethodsShape:
    """The cards of a customer, to that customer."""
    rows: list[SavedMethodShape] = [
        {
            "id": each.card.id,
            "provider": each.provider,
            "brand": each.card.brand,
            "last4": each.card.last4,
            "exp_month": each.card.exp_month,
            "exp_year": each.card.exp_year,
        }
        for each in kept
    ]
    return {"count": len(rows), "next": None, "previous": None, "results": rows}
