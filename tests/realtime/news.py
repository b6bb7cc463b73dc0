"""News of an order, and the socket that they come over."""

from commerce.customers.models import User
from commerce.orders.models import Order
from realtime import notifications
from realtime.routing import sockets
from tests.realtime.sockets import TestSocket

PATH = "/ws/orders/notifications/"


async def opened(path: str = PATH, *, token: str = "") -> tuple[TestSocket, list[dict], dict]:
    """A socket that is ready, what it was sent before, and its `ready`."""
    socket = TestSocket(sockets, path, subprotocols=["bearer", token] if token else None)
    await socket.connect()
    before = []
    while (message := await socket.hear())["type"] != "ready":
        before.append(message)
    return socket, before, message


def news(user: User, order: Order, source: int, message: str) -> notifications.News:
    """A piece of news that has no event behind it."""
    return notifications.News(
        source=source,
        kind=notifications.NotificationKind.ORDER_UPDATE,
        body={"order_id": str(order.pk), "message": message},
        at=order.placed_at,
        customer_id=user.pk,
        order_id=order.pk,
    )


def note(*args) -> None:
    """Have it kept and told."""
    notifications.notify([news(*args)])
