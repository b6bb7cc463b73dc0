"""Every provider that there is, by its id."""

from django.conf import settings

from commerce.payments.providers.base import Provider
from commerce.payments.providers.demo import Demo
from commerce.payments.providers.offline import BankTransfer, CashOnDelivery
from commerce.payments.providers.paystack import Paystack
from commerce.payments.providers.stripe import Stripe

PROVIDERS: dict[str, Provider] = {
    each.id: each for each in (Stripe(), Paystack(), CashOnDelivery(), BankTransfer(), Demo())
}
OFFLINE = frozenset({CashOnDelivery.id, BankTransfer.id})
# The setting without which a provider is not offered.
KEYS = {Stripe.id: "STRIPE_SECRET_KEY", Paystack.id: "PAYSTACK_SECRET_KEY"}


def is_ready(provider_id: str) -> bool:
    """Whether a provider can be used here: it has its key; the demo is switched on."""
    if provider_id == Demo.id:
        return bool(settings.DEBUG or settings.PAYMENTS_DEMO)
    key = KEYS.get(provider_id)
    return provider_id in PROVIDERS and (key is None or bool(getattr(settings, key, "")))


def is_offline(provider_id: str) -> bool:
    """Whether nobody but staff can say that money came."""
    return provider_id in OFFLINE
