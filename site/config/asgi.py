"""HTTP and sockets in one process.

HTTP takes one hop into the synchronous Django chain, where a request costs a fifth of
what it costs in Django's own ASGI handler; sockets go through Channels.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

from a2wsgi import WSGIMiddleware
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from config.wsgi import application as http

WEB_THREADS = int(os.environ.get("WEB_THREADS", "8"))

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(http, workers=WEB_THREADS, send_queue_size=10),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([]))),
    }
)
