"""What payments know of people: nothing that names them. The books are told, and stay."""

from typing import Any

from commerce.customers import privacy
from commerce.customers.models import User
from commerce.payments.models import Payment
from core.money import Money
from core.rendering import utc_text


def register() -> None:
    """Take part in exports."""
    privacy.register("payments", export=export, erase=erase)


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
