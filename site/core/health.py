"""Liveness (the process answers) and readiness (what it needs answers too)."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypedDict

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.ids import secret_token
from core.models import WorkerHeartbeat
from core.rendering import dumps

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 2
HEARTBEAT_AGE = timedelta(seconds=60)


class PartShape(TypedDict):
    ok: bool
    milliseconds: float


class ReadyShape(TypedDict):
    """Each part that requests need, and how long it took to answer."""

    status: str
    parts: dict[str, PartShape]


def _database() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET LOCAL statement_timeout = {TIMEOUT_SECONDS * 1000}")
        cursor.execute("SELECT 1")


def _cache() -> None:
    key, value = f"health:{secret_token()}", secret_token()
    cache.set(key, value, timeout=10)
    if cache.get(key) != value:
        raise RuntimeError("The cache does not give back what it was given")


def _channel_layer() -> None:
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    if layer is None:
        raise RuntimeError("There is no channel layer")

    async def there_and_back() -> None:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            channel = await layer.new_channel("health")
            await layer.send(channel, {"type": "health.check"})
            await layer.receive(channel)

    async_to_sync(there_and_back)()


def _worker() -> None:
    alive_since = timezone.now() - HEARTBEAT_AGE
    if not WorkerHeartbeat.objects.filter(seen_at__gte=alive_since).exists():
        raise RuntimeError("No worker was seen for a minute")


def _parts() -> dict[str, Callable[[], None]]:
    parts: dict[str, Callable[[], None]] = {"database": _database, "cache": _cache}
    if getattr(settings, "CHANNEL_LAYERS", None):
        parts["channel_layer"] = _channel_layer
    if getattr(settings, "READY_NEEDS_WORKER", True):
        parts["worker"] = _worker
    return parts


def _look_at(name: str, check: Callable[[], None]) -> PartShape:
    began = time.perf_counter()
    ok = True
    try:
        check()
    except Exception:
        # Whatever it is, the part is not ready. The answer is public and does not say why.
        logger.exception("A part is not ready", extra={"part": name})
        ok = False
    return {"ok": ok, "milliseconds": round((time.perf_counter() - began) * 1000, 1)}


def _answer(body: object, status: int) -> HttpResponse:
    return HttpResponse(
        dumps(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return _answer({"status": "ok"}, 200)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 if every part answers, else 503; each part with its result.

    The cache's and the database's own connection timeouts bound the time (set them in seconds).
    """
    parts = {name: _look_at(name, check) for name, check in _parts().items()}
    fine = all(part["ok"] for part in parts.values())
    body: ReadyShape = {"status": "ok" if fine else "unavailable", "parts": parts}
    return _answer(body, 200 if fine else 503)
