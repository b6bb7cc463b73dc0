"""How many units of a product were sold, counted anew when one of its orders changes."""

from django.db.models import F, Sum

from commerce.catalogue import services as catalogue
from commerce.orders.events import ORDER_PLACED, ORDER_STATUS_CHANGED
from commerce.orders.models import OrderLine, OrderStatus
from core import events
from core.events import Event

SOLD = (OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.COMPLETED)


def subscribe() -> None:
    """Count after each step of an order; one to be paid on delivery begins as accepted."""
    for name in (ORDER_PLACED, ORDER_STATUS_CHANGED):
        events.subscribe(name, order_moved, label="orders.count_sold")


def order_moved(event: Event) -> None:
    """Count the products of an order that was paid, or that was cancelled or refunded."""
    if (event.payload.get("before") in SOLD) == (event.payload["status"] in SOLD):
        return
    lines = OrderLine.objects.filter(order=event.payload["order_id"], product__isnull=False)
    for product_id in sorted(set(lines.values_list("product_id", flat=True))):
        _count(product_id)


def _count(product_id: int) -> None:
    lines = OrderLine.objects.filter(product=product_id, order__status__in=SOLD)
    units = Sum(F("quantity") - F("dropped_quantity"), default=0)
    catalogue.set_sold_count(product_id, lambda: lines.aggregate(units=units)["units"])
