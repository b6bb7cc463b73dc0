"""The one way in which money settles a payment: ask the provider, then `outcomes.apply`.

Webhook, return page and poller all call `settle`. It may be called at any time, any number of
times, by any number of processes, and killed between any two steps.
"""

from uuid import UUID

from commerce.payments import outcomes, sessions
from commerce.payments.calls import recorded
from commerce.payments.models import Payment
from commerce.payments.registry import PROVIDERS, is_offline


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
