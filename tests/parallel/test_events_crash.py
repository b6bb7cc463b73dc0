"""Servers, workers and a Redis killed while events come: no acked one is lost, none counts twice.

    REPLAY_COPIES=105 .venv/bin/python -m pytest tests/parallel/test_events_crash.py

replays 100,000 events instead of two days' two thousand.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from realtime.analytics import rollups
from realtime.models import Batch, Event, EventId, TrafficFigures
from tests import databases, servers
from tests.live import LiveShop
from tests.realtime.analytics import day

pytestmark = [pytest.mark.engines, pytest.mark.beside]

COPIES = int(os.environ.get("REPLAY_COPIES", "2"))
SOCKETS = 8
KILLS = 3 if COPIES < 20 else 10
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ROLL_UP = """
import sys; sys.path[:0] = ["site"]
import django; django.setup()
from realtime.analytics import rollups
rollups.ROUND = int(sys.argv[1])
while True: rollups.run()
"""
DONE_WITHIN = 120.0 * max(1, COPIES / 5)  # seconds
# What of the day does not depend on where its midnight was put.
SUMS = (
    "views", "anonymous_views", "sessions", "session_views", "seconds", "bounces",
    "with_product", "with_cart", "with_checkout",
)  # fmt: skip


def empty_shop(shop: LiveShop) -> None:
    """Nothing: events need no products."""


def batches() -> list[dict[str, Any]]:
    """The day's events of people as batches of one visitor each, moved to end two hours ago.

    Further copies are of other visitors.
    """
    moved = datetime.now(UTC) - timedelta(hours=22) - day.START
    found = []
    for copy in range(COPIES):
        by_visitor: dict[str | None, list[day.Raw]] = {}
        for event in day.events():
            if "audience" not in event:
                by_visitor.setdefault(event["visitor"], []).append(event)
        for visitor, events in by_visitor.items():
            for batch in day.in_batches([_moved(event, moved, copy) for event in events]):
                found.append(
                    {
                        "type": "event",
                        "visitor": visitor and _copied(visitor, copy),
                        "consent": True,
                        "events": batch,
                    }
                )
    random.Random(5).shuffle(found)
    return found


def _copied(text: str, copy: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"{copy} {text}")) if copy else text


def _moved(event: day.Raw, by: timedelta, copy: int) -> day.Raw:
    data = dict(event["data"])
    if "view" in data:
        data["view"] = _copied(data["view"], copy)
    return {
        "id": _copied(event["id"], copy),
        "name": event["name"],
        "at": (datetime.fromisoformat(event["at"]) + by).isoformat(),
        "data": data,
    }


class Replay(threading.Thread):
    """Clients that send every batch until it is acked, whatever happens to the server."""

    def __init__(self, shop: LiveShop, waiting: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self.url = f"ws://127.0.0.1:{shop.port}/ws/analytics/"
        self.waiting = waiting
        self.acked: set[str] = set()
        self.resent = 0
        self.problems: list[str] = []

    def run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        await asyncio.gather(*(self._client(number) for number in range(SOCKETS)))

    async def _client(self, number: int) -> None:
        mine = self.waiting[number::SOCKETS]
        while mine:
            self.resent += 1
            with suppress(OSError, WebSocketException, TimeoutError):
                async with connect(self.url, user_agent_header=FIREFOX, max_size=None) as socket:
                    while mine:
                        await socket.send(json.dumps(mine[-1]))
                        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
                        if message["type"] == "ack":
                            self.acked.update(message["ids"])
                            mine.pop()
                        elif "retry_after" in message:
                            await asyncio.sleep(0.1)
                        else:
                            self.problems.append(str(message))
                            mine.pop()
            await asyncio.sleep(0.05)


class Workers:
    """Two processes that roll up without pause, at the same time."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, shop: LiveShop) -> None:
        self._running = [
            subprocess.Popen(
                [sys.executable, "-c", ROLL_UP, str(50 * COPIES)],
                cwd=databases.ROOT,
                env={**os.environ, **shop.environment},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]

    def kill(self) -> None:
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait()


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Processes that roll up; whatever is left of them ends with the test."""
    found = Workers()
    yield found
    found.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DONE_WITHIN
    while not condition():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.05)


@pytest.fixture
def outage() -> Iterator[tuple[str, Callable[[], None]]]:
    """A Redis of the test's own: its URL, and what ends it and starts an empty one there."""
    with ExitStack() as running:
        redis = running.enter_context(ExitStack())
        port = servers.free_port()
        url = redis.enter_context(servers.redis(port=port))

        def restart() -> None:
            redis.close()
            redis.enter_context(servers.redis(port=port))

        yield url, restart


def test_nothing_acked_is_lost_and_nothing_counts_twice(
    start_shop: Callable[..., LiveShop],
    workers: Workers,
    outage: tuple[str, Callable[[], None]],
) -> None:
    redis_url, restart_redis = outage
    shop = start_shop(
        empty_shop,
        REDIS_URL=redis_url,
        EMBEDDED_WORKER="0",
        ANALYTICS_EVENTS_PER_MINUTE="0",
        SOCKET_MESSAGES_PER_SECOND="10000",
    )
    todo = batches()
    total = sum(len(batch["events"]) for batch in todo)
    replay = Replay(shop, todo)
    workers.start(shop)
    began = time.monotonic()
    replay.start()
    chance = random.Random(9)
    for kill in range(1, KILLS + 1):
        wait_for(lambda kill=kill: len(replay.acked) >= total * kill // (KILLS + 1))
        time.sleep(chance.random() / 10)  # anywhere between two batches
        restart_redis()
        workers.kill()
        shop.kill()
        workers.start(shop)
        shop.start()
    wait_for(lambda: not replay.is_alive())
    took = time.monotonic() - began
    print(f"{total:,} events, {KILLS} kills, {replay.resent} connections, {took:.0f} s")  # noqa: T201
    workers.kill()

    assert replay.problems == []
    with shop.orm():
        rollups.run(seconds=DONE_WITHIN)
        stored = {str(pk) for pk in EventId.objects.values_list("pk", flat=True)}
        assert stored == replay.acked
        assert len(stored) == total
        assert Event.objects.count() == total
        assert Batch.objects.count() == 0
        hours = TrafficFigures.objects.filter(grain="hour")
        counted = Counter({name: sum(getattr(row, name) for row in hours) for name in SUMS})
    wanted = day.expected()["day"]
    assert counted == Counter({name: COPIES * wanted[name] for name in SUMS})
