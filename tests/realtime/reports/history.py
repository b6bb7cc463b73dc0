"""A small history that reports can be checked against by hand: events, orders, when they were."""

from datetime import datetime, timedelta

from commerce.orders.models import HistoryEntry, Order
from realtime.analytics import sales
from realtime.models import Sale
from tests.factories import place


def sold(at: datetime, wanted, *, refunded: int = 0, **more) -> Order:
    """An order on delivery that was placed and accepted at a moment of the past."""
    order = place(wanted, **more).order
    Order.objects.filter(pk=order.pk).update(placed_at=at, refunded_minor=refunded)
    HistoryEntry.objects.filter(order=order).update(at=at)
    order.refresh_from_db()
    sales.take_in([order.pk])
    assert Sale.objects.get(pk=order.pk).accepted_at == at
    return order


def days_before(moment: datetime, days: int) -> datetime:
    """So many days before, at the same time of day."""
    return moment - timedelta(days=days)
