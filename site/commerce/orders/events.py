"""What orders announce. The key is the order's, the payload `{"order_id", …}`."""

from commerce.orders.models import Order
from core import events

ORDER_PLACED = "orders.placed"
ORDER_STATUS_CHANGED = "orders.status_changed"
ORDER_SHIPPED = "orders.shipped"
# Staff want the shopper to be told how to send something back.
RETURN_STEPS_WANTED = "orders.return_steps_wanted"


def announce(name: str, order: Order, **more: object) -> None:
    """Record an event about an order in the caller's transaction."""
    payload = {"order_id": str(order.pk), "number": order.number, "status": order.status, **more}
    events.record(name, key=f"order:{order.pk}", payload=payload)
