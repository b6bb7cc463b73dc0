"""Sockets for real: two server processes, a worker of its own, and a Redis that goes away."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest
from allauth.headless.tokens.strategies.jwt.internal import create_access_token
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from commerce.customers.models import User
from commerce.orders.events import ORDER_STATUS_CHANGED, announce
from commerce.orders.models import Order
from realtime.consumers.codes import CloseCode
from tests import databases, servers
from tests.live import LiveShop

CUSTOMERS = 25
TABS = 2
HEARD_WITHIN = 15.0  # seconds; a machine that does other things as well


def customers(shop: LiveShop) -> None:
    """Accounts that are signed in, each with an order."""
    with shop.orm():
        for number in range(CUSTOMERS):
            user = User.objects.create(email=f"customer-{number}@example.com", password="!")
            Order.objects.create(
                customer=user, email=user.email, currency="USD", subtotal_minor=0, total_minor=0,
                shipping_address={}, billing_address={}, payment_method="cod",
                status="processing",
            )  # fmt: skip


@dataclass
class Listener:
    """A customer: the order, the token, the tabs, and the last news."""

    order: Order
    token: str
    tabs: list[ClientConnection]
    last: str | None = None


def listeners() -> list[Listener]:
    found = []
    for order in Order.objects.select_related("customer").order_by("pk"):
        session = SessionStore()
        session[SESSION_KEY] = str(order.customer_id)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = order.customer.get_session_auth_hash()
        session.save()
        found.append(Listener(order, create_access_token(order.customer, session, {}), []))
    return found


@contextmanager
def worker(shop: LiveShop) -> Iterator[None]:
    """A worker in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, str(databases.ROOT / "manage.py"), "worker"],
        env={**os.environ, **shop.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def opened(shop: LiveShop, listener: Listener, since: str | None = None) -> list[dict]:
    """Open a tab; what it is sent before it is ready."""
    query = f"?since={since}" if since else ""
    tab = await connect(
        f"ws://127.0.0.1:{shop.port}/ws/orders/notifications/{query}",
        subprotocols=["bearer", listener.token],
        open_timeout=30,
    )
    assert tab.subprotocol == "bearer"
    listener.tabs.append(tab)
    before = []
    while (message := json.loads(await tab.recv()))["type"] != "ready":
        before.append(message)
    listener.last = message["last_event_id"] or listener.last
    return before


async def open_all(shop: LiveShop, crowd: list[Listener]) -> None:
    for _ in range(TABS):
        await asyncio.gather(*[opened(shop, each) for each in crowd])


def commit(order: Order) -> float:
    with transaction.atomic():
        announce(ORDER_STATUS_CHANGED, order, before="pending")
    return time.perf_counter()


async def heard(crowd: list[Listener]) -> list[float]:
    """How long after its commit every tab hears of its own order, and of nothing else."""
    took: list[float] = []

    async def listen(listener: Listener, tab: ClientConnection, at: "asyncio.Future[float]"):
        while (message := json.loads(await tab.recv()))["type"] == "ping":
            await tab.send('{"type": "pong"}')
        came = time.perf_counter()
        assert UUID(message["order_id"]) == listener.order.pk
        listener.last = message["event_id"]
        took.append(came - await at)

    async with asyncio.timeout(HEARD_WITHIN + 0.1 * len(crowd)):
        waiting = []
        for listener in crowd:
            at = asyncio.get_running_loop().create_future()
            waiting += [asyncio.ensure_future(listen(listener, tab, at)) for tab in listener.tabs]
            at.set_result(await asyncio.to_thread(commit, listener.order))
        await asyncio.gather(*waiting)
    return sorted(took)


async def close_all(crowd: list[Listener]) -> None:
    await asyncio.gather(*[tab.close() for each in crowd for tab in each.tabs])
    for each in crowd:
        each.tabs.clear()


def test_news_reach_every_tab_of_two_processes_through_outages(start_shop):
    with ExitStack() as running:
        redis = ExitStack()
        running.push(redis)
        url = redis.enter_context(servers.redis())
        shop = start_shop(
            customers, workers=2, EMBEDDED_WORKER="0", REDIS_URL=url,
            SECRET_KEY=settings.SECRET_KEY, LOG_LEVEL="ERROR", SOCKETS_PER_CUSTOMER="2",
        )  # fmt: skip
        with shop.orm():
            crowd = listeners()

            async def live() -> None:
                await open_all(shop, crowd)
                with worker(shop):
                    await heard(crowd[:1])  # until the worker has started
                    took = await heard(crowd)
                    print(f"commit to tab: p50 {took[len(took) // 2]:.3f} s, last {took[-1]:.3f} s")  # noqa: T201
                    # A third tab of the first customer closes the oldest, wherever it is.
                    await opened(shop, crowd[0])
                    with pytest.raises(ConnectionClosed) as closed:
                        await asyncio.wait_for(crowd[0].tabs[0].recv(), HEARD_WITHIN)
                    assert closed.value.rcvd is not None
                    assert closed.value.rcvd.code == CloseCode.TOO_MANY_SOCKETS
                    del crowd[0].tabs[0]
                    # Without Redis the tabs stay open, and hear of their orders all the same.
                    redis.close()
                    await heard(crowd[:5])
                # Nobody delivers; then the server goes as well.
                await asyncio.to_thread(commit, crowd[0].order)
                missed = crowd[0].last
                shop.kill()
                await close_all(crowd)
                shop.start()
                with worker(shop):
                    deadline = time.monotonic() + HEARD_WITHIN
                    while not (before := await opened(shop, crowd[0], missed)):
                        assert time.monotonic() < deadline
                        await asyncio.sleep(0.2)
                assert [each["order_number"] for each in before] == [crowd[0].order.number]
                await close_all(crowd)

            asyncio.run(live())
