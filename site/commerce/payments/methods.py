"""The ways to pay that a shopper is offered, by currency, address, amount and history."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from commerce.orders import selectors as orders
from commerce.payments.errors import MethodNotOffered
from commerce.payments.providers.offline import BankTransfer, CashOnDelivery, Offline
from commerce.payments.registry import PROVIDERS, is_offline, is_ready
from core.money import Money


@dataclass(frozen=True, slots=True)
class Method:
    """One way to pay. Stock is held for `hold` while money is waited for."""

    id: str
    name: str
    instructions: str = ""

    @property
    def accepts_at_once(self) -> bool:
        """Whether an order is processed before it is paid."""
        return self.id == CashOnDelivery.id

    @property
    def is_offline(self) -> bool:
        """Whether there is no provider behind it."""
        return is_offline(self.id)

    @property
    def hold(self) -> timedelta:
        """How long stock waits for the money."""
        if self.id == BankTransfer.id:
            return timedelta(days=settings.BANK_TRANSFER_DAYS)
        return timedelta(minutes=settings.RESERVATION_MINUTES)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is to be paid for, as far as it is known; the total is in minor units."""

    currency: str
    total_minor: int
    country: str
    customer_id: UUID | None = None
    email: str = ""
    locale: str = ""


def offered(purchase: Purchase | None = None) -> list[Method]:
    """The methods for a purchase (all of the shop's without one), in the order of the settings."""
    found = []
    locale = purchase.locale if purchase else ""
    for name in settings.PAYMENT_METHODS:
        if is_ready(name) and (purchase is None or _fits(name, purchase)):
            provider = PROVIDERS[name]
            told = provider.instructions(locale) if isinstance(provider, Offline) else ""
            found.append(Method(name, provider.name, told))
    return found


def method(name: str, purchase: Purchase | None = None) -> Method:
    """One of the offered methods. Raises MethodNotOffered."""
    for each in offered(purchase):
        if each.id == name:
            return each
    raise MethodNotOffered


def _fits(name: str, purchase: Purchase) -> bool:
    taken = PROVIDERS[name].currencies
    if taken is not None and purchase.currency not in taken:
        return False
    return name != CashOnDelivery.id or _cash_fits(purchase)


def _cash_fits(purchase: Purchase) -> bool:
    """COD_COUNTRIES (empty: all), COD_MAX_TOTALS by currency, COD_NOT_FIRST_ORDER."""
    if settings.COD_COUNTRIES and purchase.country not in settings.COD_COUNTRIES:
        return False
    limits: dict[str, Any] = settings.COD_MAX_TOTALS
    if limit := limits.get(purchase.currency):
        most = Money.parse(str(limit), purchase.currency)
        if purchase.total_minor > most.minor:
            return False
    return not settings.COD_NOT_FIRST_ORDER or orders.has_bought(
        customer_id=purchase.customer_id, email=purchase.email
    )
