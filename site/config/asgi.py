"""HTTP and sockets in one process.

HTTP takes one hop into the synchronous Django chain, where a request costs a fifth of
what it costs in Django's own ASGI handler; sockets go through Channels.
"""

import os
from typing import Any
from urllib.parse import quote

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter
from config.wsgi import application as http
from realtime.routing import sockets

WEB_THREADS = int(os.environ.get("WEB_THREADS", "8"))

ASCII = bytes(range(128))

in_threads = WSGIMiddleware(http, workers=WEB_THREADS, send_queue_size=10)


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request in a thread, past two limits of a2wsgi.

    It reads bodies by `asyncio.run_coroutine_threadsafe`, which takes coroutines only, and what
    granian's `receive` gives is an awaitable of its own. And it takes a query string for ASCII,
    which a client may not have kept to.
    """
    if not scope["query_string"].isascii():
        scope = {**scope, "query_string": quote(scope["query_string"], safe=ASCII).encode()}

    async def read() -> Any:
        return await receive()

    await in_threads(scope, read, send)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Say that nothing has to be opened before the first request or closed after the last."""
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


application = ProtocolTypeRouter(
    {
        "lifespan": lifespan,
        "http": answer,
        "websocket": sockets,
    }
)
