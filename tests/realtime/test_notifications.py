"""News are written once, numbered, told together, and come whatever the layer does with them."""

import asyncio
import threading
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.orders import services as orders
from core import relay
from realtime import hub, notifications
from realtime.consumers import orders as consumer
from realtime.models import Notification
from tests.factories import make_variant, place
from tests.realtime.news import news, note, opened
from tests.realtime.people import customer, token_of
from tests.threads import at_once

pytestmark = pytest.mark.engines


def test_an_event_that_is_delivered_twice_is_told_once(api, ada, order):
    token = token_of(api, ada)

    async def run():
        socket, _, _ = await opened(token=token)
        for source, message in ((-1, "a"), (-1, "a"), (-2, "b"), (-1, "a")):
            await asyncio.to_thread(note, ada, order, source, message)
        assert [(await socket.hear())["message"] for _ in range(2)] == ["a", "b"]
        await asyncio.sleep(0.05)
        assert socket.output_queue.empty()
        await socket.leave()

    asyncio.run(run())
    assert Notification.objects.filter(source__lt=0).count() == 2


def test_many_news_are_written_at_once_and_come_in_order(
    api, ada, order, django_assert_num_queries, monkeypatch
):
    """A customer's own follow each other, whoever's are between them."""
    grace = customer("grace@example.com")
    token = token_of(api, ada)
    told: list[tuple] = []
    monkeypatch.setattr(notifications, "tell", told.extend)
    mixed = [
        news(ada, order, -1, "0"), news(grace, order, -2, "hers"), news(ada, order, -3, "1")
    ]  # fmt: skip

    async def run():
        socket, _, _ = await opened(token=token)
        await asyncio.to_thread(notifications.notify, mixed)
        hub.tell(told)
        assert [(await socket.hear())["message"] for _ in range(2)] == ["0", "1"]
        assert socket.output_queue.empty()
        # The last of three that come at once, of which one is known: it has the known one before.
        more = [news(ada, order, -3, "1"), news(ada, order, -5, "2"), news(ada, order, -6, "3")]
        await asyncio.to_thread(notifications.notify, more)
        hub.tell(told[3:])
        assert [(await socket.hear())["message"] for _ in range(2)] == ["2", "3"]
        assert socket.output_queue.empty()
        await socket.leave()

    asyncio.run(run())
    topic = f"customer:{ada.pk}"
    ids = [message["id"] for after, message in told if topic in after]
    assert [message["after"][topic] for after, message in told if topic in after][1:] == [
        ids[0], ids[0], ids[1], ids[3]
    ]  # fmt: skip
    with django_assert_num_queries(6):  # a transaction is two
        notifications.notify([news(ada, order, -10 - n, str(n)) for n in range(20)])
    assert Notification.objects.filter(source__lt=0).count() == 25


def test_orders_that_change_together_are_told_in_a_few_queries(ada, order, monkeypatch):
    placed = [place({make_variant(f"Cup {n}"): 1}, customer=ada).order for n in range(8)]
    relay.drain()
    counted = []
    for some in (placed[:2], placed[2:]):
        for each in some:
            orders.cancel(each.pk)
        with CaptureQueriesContext(connection) as queries:
            relay.deliver_due(urgent=True)
        counted.append(len(queries))
        told = Notification.objects.order_by("-pk")[: len(some)]
        assert {row.body["order_number"] for row in told} == {each.number for each in some}
        assert {row.body["status"] for row in told} == {"cancelled"}
    assert counted[0] == counted[1]


def test_however_many_the_layer_loses_all_of_them_come(api, ada, order, monkeypatch):
    monkeypatch.setattr(notifications, "REPLAY", 2)
    token = token_of(api, ada)
    told: list[tuple] = []
    monkeypatch.setattr(notifications, "tell", told.extend)

    async def run():
        socket, _, _ = await opened(token=token)
        many = [news(ada, order, -1 - n, str(n)) for n in range(6)]
        await asyncio.to_thread(notifications.notify, many)
        hub.tell(told[-1:])
        assert [(await socket.hear())["message"] for _ in many] == [str(n) for n in range(6)]
        await socket.leave()

    asyncio.run(run())


@pytest.mark.parametrize("way", ["lost", "turned_round"])
def test_what_the_layer_loses_or_turns_round_comes_once_and_in_order(
    api, ada, order, monkeypatch, way
):
    token = token_of(api, ada)
    told: list[tuple] = []
    monkeypatch.setattr(notifications, "tell", told.extend)

    async def run():
        socket, _, _ = await opened(token=token)
        for number in range(3):
            await asyncio.to_thread(note, ada, order, -number - 1, str(number))
        arriving = told[2:] if way == "lost" else [told[1], told[0], told[2]]
        for message in arriving:
            hub.tell([message])
        assert [(await socket.hear())["message"] for _ in range(3)] == ["0", "1", "2"]
        await asyncio.sleep(0.05)
        assert socket.output_queue.empty()
        await socket.leave()

    asyncio.run(run())


def test_a_layer_that_is_gone_delays_and_loses_nothing(api, ada, order, monkeypatch):
    """The rows are found by the sweep, also by a socket whose process was never told."""
    token = token_of(api, ada)
    monkeypatch.setattr(hub, "TICK", 0.05)

    def gone(*message):
        raise ConnectionError("Redis is gone")

    async def hear_nothing(self):
        self.is_deaf = True

    monkeypatch.setattr(hub.Hub, "_listen", hear_nothing)

    async def run():
        socket, _, _ = await opened(token=token)
        monkeypatch.setattr(notifications, "tell", gone)
        for number in range(3):
            await asyncio.to_thread(note, ada, order, -number - 1, str(number))
        assert [(await socket.hear())["message"] for _ in range(3)] == ["0", "1", "2"]
        await socket.leave()

    asyncio.run(run())


def test_who_has_very_many_orders_changed_at_once_is_not_slow(api, ada, order):
    token = token_of(api, ada)

    async def run():
        socket, _, _ = await opened(token=token)
        many = [news(ada, order, -1 - n, str(n)) for n in range(100)]
        await asyncio.to_thread(notifications.notify, many)
        assert [(await socket.hear())["message"] for _ in many] == [str(n) for n in range(100)]
        await socket.leave()

    asyncio.run(run())


def test_a_customers_news_are_numbered_one_after_the_other(ada, order, monkeypatch):
    """Two workers at once: who has the second has the first before it, whoever is faster."""
    told: list[tuple] = []
    monkeypatch.setattr(notifications, "tell", told.extend)
    note(ada, order, -1, "0")
    written, other_is_done = threading.Event(), threading.Event()
    keep = notifications._keep

    def slow(some: list[notifications.News]) -> list[Any]:
        rows = keep(some)
        if some[0].source == -2:
            written.set()
            other_is_done.wait(0.5)  # in vain: the other one has to wait for the commit
        return rows

    monkeypatch.setattr(notifications, "_keep", slow)

    def second() -> None:
        written.wait(5)
        note(ada, order, -3, "2")
        other_is_done.set()

    at_once(partial(note, ada, order, -2, "1"), second)
    topic = f"customer:{ada.pk}"
    told.sort(key=lambda each: each[1]["id"])
    assert [message["body"]["message"] for _, message in told] == ["0", "1", "2"]
    ids = [message["id"] for _, message in told]
    assert [message["after"][topic] for _, message in told][1:] == ids[:2]


def test_a_sweep_reads_what_is_new_and_what_may_have_come_late(ada, order, monkeypatch):
    """And nothing from the time when nobody was there."""
    asked: list[int] = []
    clock = iter(range(0, 100, 6))
    monkeypatch.setattr(consumer, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    monkeypatch.setattr(notifications, "behind", lambda topics, *, after: asked.append(after) or {})
    sources = iter(range(-1, -100, -1))

    def newest() -> int:
        note(ada, order, next(sources), "news")
        return notifications.latest()

    async def run():
        mine = hub.hub_of_this_loop()
        mine.begun = 1
        rows = []
        for _ in range(5):
            rows.append(await asyncio.to_thread(newest))
            await consumer.look_for_missed(mine)
        first = rows[0] - notifications.BATCH
        assert asked == [first, first, first, rows[0], rows[1]]
        mine.begun = 2
        rows.append(await asyncio.to_thread(newest))
        await consumer.look_for_missed(mine)
        assert asked[-1] == rows[-1] - notifications.BATCH

    asyncio.run(run())


def test_what_is_behind_is_read_bit_by_bit(ada, order, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(notifications, "BATCH", 2)
    before = notifications.latest()
    notifications.notify([news(ada, order, -1 - n, str(n)) for n in range(3)])

    with django_assert_num_queries(2):
        found = notifications.behind({f"customer:{ada.pk}"}, after=before)

    assert found == {f"customer:{ada.pk}": notifications.latest()}
