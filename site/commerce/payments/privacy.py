"""What payments know of people: who they are at a provider. The books are told, and stay."""

from typing import Any

from commerce.customers import privacy
from commerce.customers.models import User
from commerce.payments import cards
from commerce.payments.models import Payment, ProviderCustomer
from core.money import Money
from core.rendering import utc_text


def register() -> None:
    """Take part in exports and erasures."""
    privacy.register("payments", export=export, erase=erase)
    privacy.register("saved_cards", export=export_cards, erase=cards.forget)


def export(user: User) -> list[dict[str, Any]]:
    """What was owed and paid for the customer's orders."""
    mine = Payment.objects.filter(order__customer=user)
    for address in privacy.addresses_of(user):
        mine |= Payment.objects.filter(order__customer=None, order__email__iexact=address)
    return [
        {
            "id": str(payment.pk),
            "order_number": payment.order.number,
            "provider": payment.provider,
            "state": payment.state,
            "amount": Money(payment.amount_minor, payment.currency).json(),
            "received": Money(payment.received_minor, payment.currency).json(),
            "reference": payment.reference,
            "opened_at": utc_text(payment.created_at),
            "ended_at": utc_text(payment.settled_at) if payment.settled_at else None,
        }
        for payment in mine.select_related("order").order_by("created_at")
    ]


def erase(user: User) -> None:
    """Nothing: provider, amount and reference are bookkeeping."""


def export_cards(user: User) -> list[dict[str, Any]]:
    """Where cards of theirs may be kept; which ones, the provider knows."""
    rows = ProviderCustomer.objects.filter(user=user).order_by("provider")
    return [
        {
            "provider": row.provider,
            "reference": row.reference,
            "since": utc_text(row.created_at),
        }
        for row in rows
    ]
