"""The one way in which money settles a payment: ask the provider, then `outcomes.apply`.

Webhook, return page and poller all call `settle`. It may be called at any time, any number of
times, by any number of processes, and killed between any two steps.
"""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from commerce.payments import outcomes, sessions
from commerce.payments.calls import recorded
from commerce.payments.errors import Busy
from commerce.payments.models import Payment
from commerce.payments.providers.base import ProviderError
from commerce.payments.registry import PROVIDERS, is_offline

ASKED_EVERY = timedelta(seconds=2)


def settle(payment_id: UUID) -> Payment:
    """Ask a payment's provider where it stands and follow. Cash and transfers are left alone.

    Raises ProviderError (nothing is known, nothing has changed), Busy.
    """
    payment = sessions.learn(Payment.objects.get(pk=payment_id))
    if is_offline(payment.provider) or not payment.reference:
        return payment
    provider = PROVIDERS[payment.provider]
    seen = recorded(
        payment,
        "look_up",
        "",
        lambda: provider.look_up(payment.reference, transaction=payment.transaction),
    )
    return outcomes.apply(payment_id, seen)


def settle_for_shopper(payment: Payment) -> None:
    """`settle` for a page that asks again and again: at most once in ASKED_EVERY.

    A payment that has ended is left alone, and so is one whose provider does not answer.
    """
    now = timezone.now()
    free = Payment.objects.filter(Q(asked_at=None) | Q(asked_at__lte=now - ASKED_EVERY))
    if payment.settled_at or not free.filter(pk=payment.pk).update(asked_at=now):
        return
    try:
        settle(payment.pk)
    except (ProviderError, Busy):
        Payment.objects.filter(pk=payment.pk).update(asked_at=None)
