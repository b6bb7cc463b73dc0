"""News of orders, wishes and inquiries over the socket: live, replayed, to nobody else."""

import asyncio
from functools import partial
from uuid import uuid4

import pytest
from django.db import transaction

from commerce.customers import services as customers
from commerce.feedback import inquiries
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from commerce.orders import services as orders
from commerce.orders.models import Order
from core import events, relay
from realtime import notifications
from realtime.consumers.codes import CloseCode
from realtime.models import Notification
from realtime.routing import sockets
from tests.factories import make_inquiry, make_staff, make_variant, place
from tests.realtime.news import PATH, note, opened
from tests.realtime.people import customer, token_of
from tests.realtime.sockets import TestSocket

pytestmark = pytest.mark.engines


def in_thread(call, *args, **kwargs):
    """Do something in the shop, and have its events delivered as a worker does."""

    def work():
        done = call(*args, **kwargs)
        relay.drain()
        return done

    return asyncio.to_thread(work)


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
