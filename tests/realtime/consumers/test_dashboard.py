"""The live dashboard's socket: who may, one snapshot, updates, one computation for all."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from commerce.customers.models import User
from core import relay
from realtime import dashboard, hub
from realtime.analytics import rollups
from realtime.analytics.periods import day_of
from realtime.consumers.codes import CloseCode
from realtime.routing import sockets
from tests import servers
from tests.factories import (
    make_shipping,
    make_variant,
    open_guest_cart,
    place,
    sell_without_pages,
)
from tests.realtime.analytics.events import came, raw
from tests.realtime.people import customer, token_of
from tests.realtime.reports.history import sold
from tests.realtime.sockets import TestSocket, hearing

PATH = "/ws/dashboard/"
PARTS = {
    "type", "at", "visitors", "pages", "minutes", "carts", "today", "funnel", "products",
    "searches", "orders",
}  # fmt: skip

# A worker that tells and goes on for a moment.
TELL = """
import time, django
django.setup()
from realtime import hub
hub.tell_soon(hub.DASHBOARD)
time.sleep(1)
"""

pytestmark = pytest.mark.engines


def permission() -> Permission:
    return Permission.objects.get(content_type__app_label="realtime", codename="view_reports")


@pytest.fixture
def staff(transactional_db: None) -> User:
    """Somebody of the shop who may see reports."""
    user = customer("desk@example.com", is_staff=True)
    user.user_permissions.add(permission())
    return user


async def opened(token: str) -> tuple[TestSocket, dict]:
    """A dashboard and its snapshot."""
    socket = TestSocket(sockets, PATH, subprotocols=["bearer", token])
    await socket.connect()
    return socket, await socket.hear()


async def heard_until(socket: TestSocket, part: str, value) -> dict:
    """The update that makes a part what is expected."""
    for _ in range(8):
        message = await socket.hear()
        assert message["type"] == "update", message
        if part in message and value(message[part]):
            return message
    raise AssertionError(f"{part} was not updated")


def shopper_views(path: str = "/") -> None:
    now = timezone.now()
    came(raw(at=now, path=path), visitor=uuid4(), received_at=now)


def test_only_staff_with_the_permission(api, ada, staff):
    plain = customer("plain@example.com", is_staff=True)
    tokens = [token_of(api, user) for user in (ada, plain)]

    async def run():
        for token in tokens:
            socket = TestSocket(sockets, PATH, subprotocols=["bearer", token])
            await socket.connect()
            assert await socket.closed() == CloseCode.NOT_ALLOWED
        socket = TestSocket(sockets, PATH, subprotocols=["bearer", "nonsense"])
        await socket.connect()
        assert await socket.closed() == CloseCode.NOT_SIGNED_IN

    asyncio.run(run())


def test_a_snapshot_then_what_has_changed(api, staff, settings):
    settings.DASHBOARD_SECONDS = 60.0  # so that everything has to be told
    sell_without_pages()
    make_shipping()
    mug = make_variant("Mug", price={"USD": 1000}, stock=9)
    token = token_of(api, staff)

    async def run():
        socket, snapshot = await opened(token)
        assert set(snapshot) == PARTS
        assert (snapshot["type"], snapshot["visitors"], snapshot["orders"]) == ("snapshot", 0, [])
        assert snapshot["carts"] == {"count": 0, "worth": []}
        await hearing()

        await asyncio.to_thread(shopper_views, "/products/mug/")
        update = await heard_until(socket, "visitors", lambda n: n == 1)
        assert update["pages"] == [{"path": "/products/mug/", "visitors": 1}]
        assert "orders" not in update, "what has not changed is not sent again"

        await asyncio.to_thread(open_guest_cart, {mug: 2})
        hub.tell_soon(hub.DASHBOARD)
        update = await heard_until(socket, "carts", lambda carts: carts["count"] == 1)
        assert update["carts"]["worth"] == [{"amount": "20.00", "currency": "USD"}]

        def buy():
            order = place({mug: 1}).order
            relay.drain()
            return order

        order = await asyncio.to_thread(buy)
        update = await heard_until(socket, "today", lambda rows: rows[0]["orders"] == 1)
        [row] = update["today"]
        assert row["revenue"]["currency"] == "USD"
        assert row["orders_before"] == 0
        snapshot |= update
        assert [set(each) for each in snapshot["orders"]] == [
            {"id", "number", "total", "status", "placed_at"}
        ], "nothing says whose it is"
        assert snapshot["orders"][0]["number"] == order.number
        await socket.leave()

    asyncio.run(run())


def test_all_dashboards_share_one_computation(api, staff, monkeypatch):
    token = token_of(api, staff)
    times = []
    real = dashboard.snapshot
    monkeypatch.setattr(dashboard, "snapshot", lambda: (times.append(timezone.now()), real())[1])

    async def run():
        first, _ = await opened(token)
        others = [await opened(token) for _ in range(4)]
        assert len(times) == 1, "a newcomer gets what is known"
        for _ in range(50):
            hub.tell_soon(hub.DASHBOARD)
        await asyncio.to_thread(shopper_views)
        for socket in (first, *(each for each, _ in others)):
            assert (await socket.hear())["visitors"] == 1
        assert len(times) <= 3
        gaps = [later - sooner for sooner, later in zip(times, times[1:], strict=False)]
        assert all(gap > timedelta(seconds=0.95) for gap in gaps), "at most one a second"
        for socket in (first, *(each for each, _ in others)):
            await socket.leave()

    asyncio.run(run())


def test_what_nobody_told_is_found_all_the_same(api, staff, settings):
    settings.DASHBOARD_SECONDS = 1.0
    sell_without_pages()
    mug = make_variant("Mug", price={"USD": 1000}, stock=9)
    token = token_of(api, staff)

    async def run():
        socket, _ = await opened(token)
        await asyncio.to_thread(open_guest_cart, {mug: 2})
        update = await heard_until(socket, "carts", lambda carts: carts["count"] == 1)
        assert set(update) == {"type", "at", "carts"}
        await socket.leave()

    asyncio.run(run())


@pytest.fixture
def layer(settings) -> Iterator[str]:
    """Where processes hear each other: the run's Redis, or one for this test."""
    if settings.REDIS_URL:
        yield settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]["address"]
        return
    with servers.redis() as url:
        host = {"address": url, "socket_timeout": 15}
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                "CONFIG": {"hosts": [host], "prefix": "vitrine"},  # as the other process has it
            }
        }
        yield url


def test_another_process_is_heard(api, staff, settings, layer):
    settings.DASHBOARD_SECONDS = 60.0
    sell_without_pages()
    mug = make_variant("Mug", price={"USD": 1000}, stock=9)
    token = token_of(api, staff)

    def tell_elsewhere() -> None:
        open_guest_cart({mug: 2})
        subprocess.run(
            [sys.executable, "-c", TELL],
            env={**os.environ, "REDIS_URL": layer, "PYTHONPATH": "site:."},
            check=True,
            timeout=60,
        )

    async def run():
        socket, _ = await opened(token)
        await hearing()
        telling = asyncio.create_task(asyncio.to_thread(tell_elsewhere))
        while not telling.done():
            await asyncio.sleep(0.05)
        await telling
        update = await heard_until(socket, "carts", lambda carts: carts["count"] == 1)
        assert update["type"] == "update"
        await socket.leave()

    asyncio.run(run())


def test_who_may_not_any_more_is_closed(api, staff, settings):
    settings.SOCKET_CHECK_SECONDS = 0.1
    token = token_of(api, staff)

    async def run():
        socket, _ = await opened(token)
        await asyncio.to_thread(staff.user_permissions.clear)
        assert await socket.closed() == CloseCode.NOT_ALLOWED

    asyncio.run(run())


def test_a_failing_database_is_waited_for(api, staff, monkeypatch, settings):
    token = token_of(api, staff)
    settings.DASHBOARD_SECONDS = 1.0
    real = dashboard.snapshot
    fails = [True]

    def snapshot():
        if fails:
            fails.clear()
            raise OSError("gone")
        return real()

    monkeypatch.setattr(dashboard, "snapshot", snapshot)

    async def run():
        socket, snapshot = await opened(token)
        assert snapshot["type"] == "snapshot"
        await socket.leave()

    asyncio.run(run())


def test_today_beside_the_same_weekday(transactional_db, django_assert_max_num_queries):
    sell_without_pages()
    make_shipping()
    mug = make_variant("Mug", price={"USD": 1000}, stock=9)
    now = day_of(timezone.now()) + timedelta(hours=12)
    week = timedelta(days=7)
    before = sold(now - week - timedelta(seconds=1), {mug: 1})
    sold(now - week + timedelta(minutes=5), {mug: 1})  # later that day: not yet to be compared
    today = sold(now, {mug: 2})
    visitor = uuid4()
    came(
        raw(at=now, path="/search/"),
        raw("search", now, query="unicorn", results=0),
        raw("product_view", now, product_id=mug.product_id),
        visitor=visitor,
        received_at=now,
    )
    rollups.run()
    with django_assert_max_num_queries(14):
        found = dashboard.snapshot(now)
    assert found["today"] == [
        {
            "currency": "USD",
            "orders": 1,
            "revenue": dashboard.Money(today.total_minor, "USD"),
            "orders_before": 1,
            "revenue_before": dashboard.Money(before.total_minor, "USD"),
        }
    ]
    assert found["searches"] == [{"query": "unicorn", "count": 1}]
    assert [(each["name"], each["views"], each["units"]) for each in found["products"]] == [
        ("Mug", 1, 2)
    ]
    assert [each["sessions"] for each in found["funnel"]] == [1, 1, 0, 0, 0]
    assert sum(found["minutes"]) == 1
