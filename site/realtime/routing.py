"""Which socket is at which path."""

from typing import Any

from realtime.consumers.analytics import Analytics
from realtime.consumers.base import Socket
from realtime.consumers.codes import CloseCode
from realtime.consumers.dashboard import Dashboard
from realtime.consumers.orders import OrderNotifications

SOCKETS: dict[str, type[Socket]] = {
    "/ws/analytics/": Analytics,
    "/ws/dashboard/": Dashboard,
    "/ws/orders/notifications/": OrderNotifications,
}


async def sockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application of all sockets. A path that is not there is closed by a code."""
    socket = SOCKETS.get(scope["path"])
    if socket is not None:
        await socket.serve(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(CloseCode.NOT_FOUND)})
