"""Writes down which carts were left standing, whether their owner was mailed, and what they became.

Everything may be repeated: a cart has one row, and each fact is written into it once.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from commerce.carts import selectors as carts
from commerce.orders.events import ORDER_PLACED
from commerce.orders.models import Order
from content.mails import services as mails
from core import events
from realtime.models import AbandonedCart

BATCH = 500
# A mail that has not gone out by then is not waited for.
LATE_MAIL = timedelta(days=7)


def connect() -> None:
    """Follow the orders."""
    events.subscribe(ORDER_PLACED, order_placed, label="realtime.carts.ordered")


def run(now: datetime) -> int:
    """Note the carts that were left since, and the mails that went out; how many carts."""
    count = 0
    while rows := _note_left(now):
        count += rows
    _note_mailed(now)
    return count


def _note_left(now: datetime) -> int:
    idle = timedelta(hours=settings.ABANDONED_CART_HOURS)
    noted = AbandonedCart.objects.filter(pk=OuterRef("pk"))
    left = carts.left_standing(now - idle).exclude(Exists(noted))[:BATCH]
    rows = [
        AbandonedCart(
            cart_id=row["id"],
            at=row["updated_at"] + idle,
            currency=row["currency"],
            units=row["units"],
            worth_minor=row["worth_minor"],
            is_known=row["customer_id"] is not None,
        )
        for row in left
    ]
    AbandonedCart.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _note_mailed(now: datetime) -> None:
    rows = AbandonedCart.objects.filter(is_known=True, mailed_at=None, at__gt=now - LATE_MAIL)
    by_key = {f"cart_abandoned:{pk}": pk for pk in rows.values_list("pk", flat=True)}
    keys = list(by_key)
    for begin in range(0, len(keys), BATCH):
        for key, sent_at in mails.sent_at(keys[begin : begin + BATCH]).items():
            rows.filter(pk=by_key[key]).update(mailed_at=sent_at)


def order_placed(event: events.Event) -> None:
    """A cart has become an order after all."""
    order = Order.objects.filter(pk=event.payload["order_id"]).first()
    if order is not None and order.cart_id is not None:
        AbandonedCart.objects.filter(pk=order.cart_id, order_id=None).update(
            order_id=order.pk, ordered_at=order.placed_at
        )
