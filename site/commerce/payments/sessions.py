"""A payment's session at its provider: begun once, found again after a crash, closed for good.

`session_open` is committed before a provider hears of a payment, and taken back when it says
that no money can come any more: in between the poller knows that it has to ask.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commerce.payments import cards, outcomes
from commerce.payments.calls import recorded
from commerce.payments.errors import (
    Busy,
    OrderNotPayable,
    PaymentInProgress,
    PaymentRefused,
    ProviderUnavailable,
)
from commerce.payments.locking import locked
from commerce.payments.models import ENDED_WITHOUT_MONEY, Payment, PaymentState
from commerce.payments.providers.base import ProviderError, ProviderState, Started
from commerce.payments.registry import PROVIDERS, is_offline
from commerce.payments.requests import request_for, with_reference

# Longer than a provider's time-out with its retries; after it a dead process's work is taken up.
LEASE = timedelta(seconds=90)
FIRST_CHECK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """A payment and what its shopper does next."""

    payment: Payment
    started: Started


def told(payment: Payment) -> Started:
    """What the shopper of a payment does next, from what is stored."""
    if is_offline(payment.provider):
        return PROVIDERS[payment.provider].start(request_for(payment, with_lines=False), key="")
    is_open = payment.state == PaymentState.OPEN
    return Started(
        reference=payment.reference,
        redirect_url=payment.redirect_url if is_open else "",
        expires_at=payment.expires_at,
        state=PaymentState(payment.state),
    )


def instructions_of(payment: Payment) -> str:
    """What the shopper of an offline payment is told to do, in the order's language."""
    return told(payment).instructions if is_offline(payment.provider) else ""


def begin(payment_id: UUID) -> Begun:
    """Open the session of an open payment, or give the one that it has. Safe to repeat.

    Raises PaymentInProgress (somebody else is at it), PaymentRefused, ProviderUnavailable.
    """
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payment.state != PaymentState.OPEN or is_offline(payment.provider):
        return Begun(payment, told(payment))
    if payment.reference and payment.ui == "hosted" and not payment.saved_method:
        return Begun(payment, told(payment))
    try:
        started = told(payment) if payment.saved_method and payment.reference else _start(payment)
    except Busy:
        raise PaymentInProgress("This payment is being started at this moment.") from None
    except ProviderError as error:
        if error.kind == "refused":
            raise PaymentRefused("Choose another way to pay.") from None
        raise ProviderUnavailable from None
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payment.state in ENDED_WITHOUT_MONEY:
        close(payment_id)  # cancelled while it was being started
        raise OrderNotPayable("This order is not waiting for a payment any more.")
    return _pay_with_kept_card(payment) if payment.saved_method else Begun(payment, started)


def _pay_with_kept_card(payment: Payment) -> Begun:
    """Take the money while the shopper is there; nobody but `begin` does.

    Raises PaymentRefused (declined: the session is closed), ProviderUnavailable.
    """
    provider = cards.keeper(payment.provider)
    if provider is None:
        raise ProviderUnavailable
    key = f"confirm:{payment.pk}"
    back = with_reference(request_for(payment, with_lines=False).success_url, payment.reference)
    try:
        confirmed = recorded(
            payment,
            "confirm",
            key,
            lambda: provider.confirm(payment.reference, return_url=back, key=key),
        )
    except ProviderError as error:
        if error.kind != "refused":
            raise ProviderUnavailable from None
        _declined(payment, str(error))
        raise PaymentRefused("The card was declined. Choose another way to pay.") from None
    Payment.objects.filter(pk=payment.pk).update(redirect_url=confirmed.redirect_url)
    outcomes.apply(payment.pk, confirmed.seen)
    payment = Payment.objects.select_related("order").get(pk=payment.pk)
    return Begun(payment, told(payment))


def _declined(payment: Payment, message: str) -> None:
    """End a payment whose card was declined; if its provider does not answer, the poller does."""
    key = f"expire:{payment.pk}"
    provider = PROVIDERS[payment.provider]
    with suppress(ProviderError):
        seen = recorded(payment, "expire", key, lambda: provider.expire(payment.reference, key=key))
        if seen.state == ProviderState.EXPIRED:
            seen = replace(seen, state=ProviderState.FAILED, message=message)
        outcomes.apply(payment.pk, seen)


def learn(payment: Payment) -> Payment:
    """Find the session that a process has begun and not written down, by the same key.

    Raises ProviderError and Busy.
    """
    if payment.session_open and not payment.reference and not is_offline(payment.provider):
        try:
            _start(payment)
        except ProviderError as error:
            if error.kind != "refused":
                raise
        payment = Payment.objects.get(pk=payment.pk)
    return payment


def close(payment_id: UUID) -> Payment:
    """Close a payment's session, so that it ends here without money, or with what came meanwhile.

    Raises ProviderError and Busy: then nothing is known and nothing has changed.
    """
    payment = learn(Payment.objects.get(pk=payment_id))
    if payment.session_open:
        key = f"expire:{payment.pk}"
        provider = PROVIDERS[payment.provider]
        seen = recorded(payment, "expire", key, lambda: provider.expire(payment.reference, key=key))
        payment = outcomes.apply(payment_id, seen)
    return _give_up(payment_id)


@transaction.atomic
def _give_up(payment_id: UUID) -> Payment:
    """An open payment is not waited for any more. Its provider may not know of closing sessions:
    then the poller goes on asking.
    """
    payment, _ = locked(payment_id)
    # Begun by somebody since it was closed: then it is as open as before.
    begun = payment.session_open and not payment.reference
    if payment.state == PaymentState.OPEN and not payment.received_minor and not begun:
        payment.state = PaymentState.EXPIRED
        payment.settled_at = timezone.now()
        payment.save(update_fields=["state", "settled_at"])
    return payment


def _start(payment: Payment) -> Started:
    """Call the provider's start with the key of this attempt. Raises ProviderError and Busy."""
    now = timezone.now()
    free = Payment.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=payment.pk)
    taken = free.update(
        busy_until=now + LEASE, session_open=True, checks=0, next_check_at=now + FIRST_CHECK
    )
    if not taken:
        raise Busy
    payment.refresh_from_db()
    key = f"{payment.order_id}:{payment.attempt}"
    try:
        cards.make_known(payment)
        request = request_for(payment)
        started = recorded(
            payment, "start", key, lambda: PROVIDERS[payment.provider].start(request, key=key)
        )
    except ProviderError as error:
        if error.kind == "refused":
            _not_started(payment, str(error))
        Payment.objects.filter(pk=payment.pk).update(busy_until=None)
        raise
    Payment.objects.filter(pk=payment.pk).update(
        reference=started.reference,
        redirect_url=started.redirect_url,
        expires_at=started.expires_at,
        busy_until=None,
    )
    return started


@transaction.atomic
def _not_started(payment: Payment, message: str) -> None:
    mine, _ = locked(payment.pk)
    if mine.reference:
        return
    mine.session_open = False
    if mine.state == PaymentState.OPEN:
        mine.state = PaymentState.FAILED
        mine.settled_at = timezone.now()
        mine.problem = message[:1000]
    mine.save(update_fields=["session_open", "state", "settled_at", "problem"])
