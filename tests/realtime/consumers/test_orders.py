"""News of orders, wishes and inquiries over the socket: live, replayed, to nobody else."""

import asyncio
import threading
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.customers import services as customers
from commerce.customers.models import User
from commerce.feedback import inquiries
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from commerce.orders import services as orders
from commerce.orders.models import Order
from core import events, relay
from realtime import hub, notifications
from realtime.consumers import orders as consumer
from realtime.consumers.codes import CloseCode
from realtime.models import Notification
from realtime.routing import sockets
from tests.factories import make_inquiry, make_shipping, make_staff, make_variant, place
from tests.realtime.people import customer, token_of
from tests.realtime.sockets import TestSocket
from tests.threads import at_once

PATH = "/ws/orders/notifications/"

pytestmark = pytest.mark.engines


async def opened(path: str = PATH, *, token: str = "") -> tuple[TestSocket, list[dict], dict]:
    """A socket that is ready, what it was sent before, and its `ready`."""
    socket = TestSocket(sockets, path, subprotocols=["bearer", token] if token else None)
    await socket.connect()
    before = []
    while (message := await socket.hear())["type"] != "ready":
        before.append(message)
    return socket, before, message


def in_thread(call, *args, **kwargs):
    """Do something in the shop, and have its events delivered as a worker does."""

    def work():
        done = call(*args, **kwargs)
        relay.drain()
        return done

    return asyncio.to_thread(work)


@pytest.fixture
def order(ada: User) -> Order:
    make_shipping()
    placed = place({make_variant(): 1}, customer=ada).order
    relay.drain()
    return placed


def test_every_tab_hears_of_an_order_and_nobody_else(api, ada, order):
    token = token_of(api, ada)
    strangers_token = token_of(api, customer("grace@example.com"))

    async def run():
        tabs = [(await opened(token=token))[0] for _ in range(2)]
        stranger, _, _ = await opened(token=strangers_token)
        await in_thread(orders.ship, order.pk)
        heard = [await tab.hear() for tab in tabs]
        assert heard[0] == heard[1]
        row = Notification.objects.order_by("pk").last
        row = await asyncio.to_thread(row)
        assert heard[0] == {
            "type": "order_update",
            "event_id": str(row.event_id),
            "at": heard[0]["at"],
            "order_id": str(order.pk),
            "order_number": order.number,
            "status": "shipped",
            "payment_status": "unpaid",
            "fulfilment_status": "fulfilled",
            "message": f"Your order {order.number} is on its way.",
        }
        await stranger.say({"type": "ping"})
        assert await stranger.hear() == {"type": "pong"}
        for socket in (*tabs, stranger):
            await socket.leave()

    asyncio.run(run())


def test_what_was_missed_is_replayed_in_order(api, ada, order):
    token = token_of(api, ada)

    async def run():
        socket, before, ready = await opened(token=token)
        assert before == []
        await socket.leave()
        since = ready["last_event_id"]
        await in_thread(orders.ship, order.pk)
        await in_thread(orders.complete, order.pk)
        socket, before, ready = await opened(f"{PATH}?since={since}", token=token)
        assert [each["status"] for each in before] == ["shipped", "completed"]
        assert ready == {
            "type": "ready",
            "last_event_id": before[-1]["event_id"],
            "replayed": 2,
            "is_complete": True,
            "expires_at": ready["expires_at"],
        }
        await socket.leave()
        # One that is not kept any more, or is somebody else's: all that there is.
        socket, everything, _ = await opened(f"{PATH}?since={uuid4()}", token=token)
        assert [each["status"] for each in everything][-2:] == ["shipped", "completed"]
        assert len(everything) > 2
        await socket.leave()
        socket, before, _ = await opened(f"{PATH}?since=%00", token=token)
        assert [each["code"] for each in before] == ["validation_error"]
        await socket.leave()

    asyncio.run(run())


def test_only_the_newest_are_replayed_and_it_says_so(api, ada, order, monkeypatch):
    monkeypatch.setattr(notifications, "REPLAY", 2)
    token = token_of(api, ada)
    for number in range(3):
        note(ada, order, -number - 1, str(number))

    async def run():
        socket, before, ready = await opened(f"{PATH}?since={uuid4()}", token=token)
        assert [each["message"] for each in before] == ["1", "2"]
        assert not ready["is_complete"]
        await socket.leave()

    asyncio.run(run())


def test_a_guest_hears_of_that_order_only(ada, order):
    guests = place({make_variant("Cup"): 1}).order
    relay.drain()

    async def run():
        guest, _, _ = await opened(f"{PATH}?token={guests.token}")
        other = TestSocket(sockets, PATH)
        await other.connect()
        await other.say({"type": "authenticate", "token": order.token})
        assert (await other.hear())["type"] == "ready"
        await in_thread(orders.ship, order.pk)
        await in_thread(orders.cancel, guests.pk)
        assert (await other.hear())["order_id"] == str(order.pk)
        assert (await guest.hear())["order_id"] == str(guests.pk)
        for socket in (guest, other):
            assert socket.output_queue.empty()
            await socket.leave()

    asyncio.run(run())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("token", ["", "x", "%00", "%C3%A9", "x" * 3000])
def test_a_guests_token_that_does_not_count(token):
    async def run():
        socket = TestSocket(sockets, f"{PATH}?token={token or 'none'}")
        await socket.connect()
        assert await socket.closed() == CloseCode.NOT_SIGNED_IN

    asyncio.run(run())


def test_the_words_are_in_the_customers_language(api, ada, order):
    Order.objects.filter(pk=order.pk).update(locale="de")
    orders.cancel(order.pk)
    relay.drain()
    row = Notification.objects.last()
    assert row is not None
    assert row.body["message"] == f"Ihre Bestellung {order.number} wurde storniert."


def test_back_in_stock_and_answers_of_support(api, ada):
    mug = make_variant(stock=0)
    seen = customers.Seen("USD", 1299, False)
    customers.add_wish(ada.pk, mug.product_id, seen=seen, tell_in_stock=True)
    inquiry = make_inquiry(customer=ada)
    relay.drain()
    token = token_of(api, ada)
    fill = partial(inventory.adjust, variant_id=mug.pk, delta=3, kind=MovementKind.RECEIVED)
    staff = make_staff("feedback.answer_inquiry")

    async def run():
        socket, _, _ = await opened(token=token)
        await in_thread(fill)
        told = await socket.hear()
        assert told == {
            "type": "stock_update",
            "event_id": told["event_id"],
            "at": told["at"],
            "product_id": mug.product_id,
            "product_slug": mug.product.slug,
            "product_name": "Mug",
            "in_stock": True,
            "message": "Mug is back in stock.",
        }
        await in_thread(inquiries.answer, inquiry.pk, text="It does.", actor_id=staff.pk)
        told = await socket.hear()
        assert told == {
            "type": "support_message",
            "event_id": told["event_id"],
            "at": told["at"],
            "inquiry_id": str(inquiry.pk),
            "inquiry_number": inquiry.number,
            "message": "We have answered your question “Does it fit?”.",
        }
        await socket.leave()

    asyncio.run(run())


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
    notifications.notify([news(*args)])


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


def test_a_rolled_back_order_tells_nobody(ada, order):
    before = Notification.objects.count()

    def fail() -> None:
        with transaction.atomic():
            orders.cancel(order.pk)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    relay.drain()
    assert Notification.objects.count() == before


def test_a_newer_token_keeps_the_socket_and_another_persons_closes_it(api, ada, order):
    token, newer = token_of(api, ada), token_of(api, ada)
    other = token_of(api, customer("grace@example.com"))

    async def run():
        socket, _, _ = await opened(token=token)
        await socket.say({"type": "authenticate", "token": newer})
        assert (await socket.hear())["type"] == "renewed"
        await socket.say({"type": "authenticate", "token": other})
        assert await socket.closed() == CloseCode.NOT_SIGNED_IN

    asyncio.run(run())


@pytest.mark.django_db
def test_a_path_without_a_socket_is_closed_by_a_code():
    async def run():
        socket = TestSocket(sockets, "/ws/nothing/")
        await socket.connect()
        assert await socket.closed() == CloseCode.NOT_FOUND

    asyncio.run(run())


def test_news_come_from_urgent_handlers():
    labels = {"realtime.orders", "realtime.wishes", "realtime.support"}
    assert labels <= events.urgent_labels()
