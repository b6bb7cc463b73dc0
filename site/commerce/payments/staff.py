"""What staff do with payments, and what follows from a parcel: receive, capture, void."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from commerce.inventory import services as inventory
from commerce.orders import services as orders
from commerce.payments import outcomes, refunding, settling
from commerce.payments.calls import recorded
from commerce.payments.errors import WrongPaymentState
from commerce.payments.locking import locked, tell_staff
from commerce.payments.methods import Method
from commerce.payments.models import (
    ENDED_WITHOUT_MONEY,
    Attempt,
    AttemptState,
    Payment,
    PaymentState,
    RefundStatus,
)
from commerce.payments.providers.base import ProviderError
from commerce.payments.registry import PROVIDERS, is_offline
from core.errors import ValidationFailed
from core.money import MAX_MINOR, Money


@transaction.atomic
def receive(
    payment_id: UUID,
    *,
    amount_minor: int | None = None,
    key: str = "",
    actor_id: UUID | None = None,
) -> Payment:
    """Write down money that came by transfer or in cash: all that is due, or an amount.

    Parts add up; the payment is paid once they are enough, and what is over is noted. With a
    key (of the form that was sent) the same money is counted once; without an amount nothing
    is added to what is paid. Raises WrongPaymentState, ValidationFailed.
    """
    payment, others = locked(payment_id)
    if not is_offline(payment.provider):
        raise WrongPaymentState("The provider itself says what came.")
    if key and Attempt.objects.filter(payment=payment, operation="receive", key=key).exists():
        return payment
    due = payment.amount_minor - payment.received_minor
    if amount_minor is None and due <= 0:
        return payment
    if payment.state == PaymentState.CANCELLED and amount_minor is None:
        raise WrongPaymentState("This payment was cancelled: say how much came nevertheless.")
    came = due if amount_minor is None else amount_minor
    if not 0 < came <= MAX_MINOR:
        raise ValidationFailed("The amount has to be more than nothing.")
    Attempt.objects.create(
        payment=payment,
        operation="receive",
        key=key,
        state=AttemptState.DONE,
        duration_ms=0,
        payload={"amount": came, "actor": str(actor_id or "")},
    )
    payment.received_minor += came
    amount = Money(came, payment.currency)
    was_paid = payment.state == PaymentState.PAID
    if payment.received_minor >= payment.amount_minor and not was_paid:
        payment.state, payment.settled_at = PaymentState.PAID, timezone.now()
        payment.save()
        outcomes.place_money(payment, others)
    else:
        payment.save()
        if not was_paid:
            orders.add_note(payment.order_id, message=f"{amount} came, the rest is due.")
            hold = Method(payment.provider, "").hold
            inventory.prolong(order_id=payment.order_id, expires_at=timezone.now() + hold)
    over = payment.received_minor - payment.amount_minor
    if over > 0:
        tell_staff(payment, "overpaid", f"{Money(over, payment.currency)} more came than was due.")
    return payment


def capture(payment_id: UUID) -> Payment:
    """Take what is authorised, all of it. Safe to repeat.

    Raises WrongPaymentState, and ProviderError (nothing has changed).
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state == PaymentState.PAID:
        return payment
    if payment.state != PaymentState.AUTHORIZED:
        raise WrongPaymentState("Only an authorised payment can be captured.")
    key = f"capture:{payment.pk}"
    provider = PROVIDERS[payment.provider]
    seen = recorded(
        payment,
        "capture",
        key,
        lambda: provider.capture(
            payment.reference,
            transaction=payment.transaction,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            key=key,
        ),
    )
    return outcomes.apply(payment_id, seen)


def capture_for_parcel(payment_id: UUID) -> None:
    """`capture` when goods have left; staff are told if it is refused. Raises ProviderError."""
    try:
        capture(payment_id)
    except ProviderError as error:
        if error.kind != "refused":
            raise
        with transaction.atomic():
            payment, _ = locked(payment_id)
            tell_staff(payment, "capture_failed", f"The money could not be taken: {error}")


def void(payment_id: UUID) -> Payment:
    """Let authorised money go. Safe to repeat. Raises WrongPaymentState, ProviderError."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.state in {PaymentState.PAID, PaymentState.REVIEW} or is_offline(payment.provider):
        raise WrongPaymentState("This is not an authorised payment.")
    if payment.state in ENDED_WITHOUT_MONEY and not payment.session_open:
        return payment
    key = f"void:{payment.pk}"
    provider = PROVIDERS[payment.provider]
    seen = recorded(
        payment,
        "void",
        key,
        lambda: provider.void(payment.reference, transaction=payment.transaction, key=key),
    )
    return outcomes.apply(payment_id, seen)


@transaction.atomic
def looked_at(payment_id: UUID, *, note: str, actor_id: UUID | None = None) -> Payment:
    """Staff have seen what was wrong with a payment, and nothing more is to be done about it.

    A dispute that is won, a refund that failed and was sent otherwise … The note is kept with
    the order; new trouble puts the payment before staff again. Raises WrongPaymentState for
    money that differs: that is accepted, or sent back.
    """
    payment, _ = locked(payment_id)
    if payment.state == PaymentState.REVIEW and payment.refundable_minor:
        raise WrongPaymentState("Accept the money that differs, or send it back.")
    payment.looked_at = timezone.now()
    payment.save(update_fields=["looked_at"])
    orders.add_note(payment.order_id, message=note, actor_id=actor_id)
    return payment


def ask(payment_id: UUID) -> Payment:
    """Ask where a payment stands, and its refunds that have not ended well. Safe to repeat.

    Raises ProviderError, Busy.
    """
    payment = settling.settle(payment_id)
    unsure = [RefundStatus.PENDING, RefundStatus.PROCESSING, RefundStatus.NEEDS_ATTENTION]
    for refund in payment.refunds.filter(state__in=unsure):
        refunding.look(refund.pk)
    return Payment.objects.get(pk=payment_id)
