"""Orders whose time to pay ran out: the session is closed first, and only then the stock freed."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from commerce.inventory import services as inventory
from commerce.orders import services as orders
from commerce.payments import sessions
from commerce.payments.errors import Busy
from commerce.payments.locking import locked_of, tell_staff
from commerce.payments.models import LIVE, Payment, PaymentState
from commerce.payments.outcomes import HAS_MONEY
from commerce.payments.providers.base import ProviderError

logger = logging.getLogger(__name__)

# How long an order waits whose provider cannot be asked, and whose bank has not answered.
NOT_REACHED = timedelta(minutes=2)
NOT_DECIDED = timedelta(hours=6)


def release_expired(*, now: datetime) -> int:
    """Cancel the unpaid orders whose time ran out; how many.

    An order is only released when its provider says that it is not paid and cannot be paid any
    more. Money that comes nevertheless (not every provider can close a session) is late money.
    """
    return sum(_release(order_id, now=now) for order_id in inventory.expired_orders(now=now))


def _release(order_id: UUID, *, now: datetime) -> bool:
    if not Payment.objects.filter(order_id=order_id).exists():
        return orders.release(order_id, now=now)
    waiting = Payment.objects.filter(order_id=order_id, state__in=LIVE)
    for payment in waiting:
        try:
            sessions.close(payment.pk)
        except (ProviderError, Busy):
            inventory.prolong(order_id=order_id, expires_at=now + NOT_REACHED)
            return False
        except Exception:
            # One that breaks must not keep the others from being released.
            logger.exception("A session could not be closed", extra={"payment": str(payment.pk)})
            inventory.prolong(order_id=order_id, expires_at=now + NOT_REACHED)
            return False
    return _release_unpaid(order_id, now=now)


@transaction.atomic
def _release_unpaid(order_id: UUID, *, now: datetime) -> bool:
    payments = locked_of(order_id)
    for payment in payments:
        if payment.received_minor and payment.state == PaymentState.OPEN:
            # A part of a transfer came: staff decide what becomes of it.
            payment.state = PaymentState.REVIEW
            payment.save(update_fields=["state"])
            inventory.confirm(order_id=order_id)
            tell_staff(payment, "partly_paid", "Only a part of the money came in time.")
            return False
    if any(payment.state in HAS_MONEY for payment in payments):
        # Paid meanwhile (then there is no limit any more) or to be looked at by staff.
        inventory.prolong(order_id=order_id, expires_at=now + NOT_DECIDED)
        return False
    if any(payment.state in LIVE for payment in payments):
        inventory.prolong(order_id=order_id, expires_at=now + NOT_DECIDED)
        return False
    return orders.release(order_id, now=now)
