"""/ws/analytics/: what it says to events, to nonsense, and when nothing can be stored."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from realtime.analytics import ingest, writer
from realtime.analytics.ingest import MICROSECOND
from realtime.analytics.writer import Writer
from realtime.consumers.analytics import Analytics
from realtime.consumers.base import MOST_BAD_MESSAGES
from realtime.consumers.codes import CloseCode
from realtime.models import Event
from tests.realtime.analytics.events import raw
from tests.realtime.people import token_of
from tests.realtime.shoppers import FIREFOX, VISITOR, batch
from tests.realtime.sockets import TestSocket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engines,
    pytest.mark.usefixtures("own_writer"),
]


async def opened(*headers: tuple[bytes, bytes], **more: Any) -> TestSocket:
    socket = TestSocket(Analytics.serve, "/ws/analytics/", headers=[FIREFOX, *headers], **more)
    assert (await socket.connect())[0]
    return socket


def run(work: Any) -> None:
    asyncio.run(work())


def stored() -> list[tuple[str, str | None, str]]:
    rows = Event.objects.order_by("received_at", "at")
    return [
        (str(row.pk), str(row.visitor_id) if row.visitor_id else None, row.audience) for row in rows
    ]


def test_events_are_stored_before_they_are_acked() -> None:
    first, second, bad = raw(), raw(), {"id": str(uuid4()), "name": "dance"}

    async def work() -> None:
        socket = await opened()
        await socket.say(batch(first, bad, second))
        error = await socket.hear()
        assert (error["type"], error["code"]) == ("error", "validation_error")
        assert [(each["index"], each["id"]) for each in error["errors"]] == [(1, bad["id"])]
        assert await socket.hear() == {"type": "ack", "ids": [first["id"], second["id"]]}
        await socket.say(batch(first))
        assert await socket.hear() == {"type": "ack", "ids": [first["id"]]}
        await socket.leave()

    run(work)
    assert {row[0] for row in stored()} == {first["id"], second["id"]}
    assert {row[1:] for row in stored()} == {(VISITOR, "people")}


def test_who_it_is(api: Any, ada: Any) -> None:
    token = token_of(api, ada)
    mine, nobody, robot = raw(), raw(), raw()

    async def work() -> None:
        for event, headers, more in (
            (mine, (), {"subprotocols": ["bearer", token]}),
            (nobody, ((b"sec-gpc", b"1"),), {"subprotocols": ["bearer", token]}),
        ):
            socket = await opened(*headers, **more)
            await socket.say(batch(event))
            assert (await socket.hear())["type"] == "ack"
            await socket.leave()
        socket = TestSocket(Analytics.serve, "/ws/analytics/", headers=[(b"user-agent", b"curl/8")])
        await socket.connect()
        await socket.say(batch(robot, consent=False))
        assert (await socket.hear())["type"] == "ack"
        await socket.leave()

    run(work)
    rows = {str(row.pk): row for row in Event.objects.all()}
    assert rows[mine["id"]].customer_id == ada.pk
    assert str(rows[mine["id"]].visitor_id) == VISITOR
    for event, audience in ((nobody, "people"), (robot, "bot")):
        row = rows[event["id"]]
        assert (row.visitor_id, row.customer_id, row.audience) == (None, None, audience)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{", "parse_error"),
        ("7", "validation_error"),
        ({"type": "dance"}, "unknown_type"),
        ({"type": "event"}, "validation_error"),
        ({"type": "event", "events": {}}, "validation_error"),
        (batch(*([None] * 101)), "validation_error"),
        (batch(visitor="x"), "validation_error"),
        (batch(None), "validation_error"),
    ],
)
def test_nonsense_is_answered_and_harms_nothing(said: Any, code: str) -> None:
    view = raw()

    async def work() -> None:
        socket = await opened()
        await socket.say(said)
        error = await socket.hear()
        assert (error["type"], error["code"]) == ("error", code)
        await socket.say(batch(view))
        assert await socket.hear() == {"type": "ack", "ids": [view["id"]]}
        await socket.leave()

    run(work)
    assert [row[0] for row in stored()] == [view["id"]]


def test_what_closes_one_socket_leaves_the_others(settings: Any) -> None:
    settings.SOCKET_MESSAGES_PER_SECOND = 6  # thirty at once
    view = raw()

    async def work() -> None:
        other = await opened()
        for said, times, code in (
            (b"\x00", 1, CloseCode.BINARY),
            ("x" * (settings.SOCKET_MAX_BYTES + 1), 1, CloseCode.TOO_BIG),
            ("{", MOST_BAD_MESSAGES + 1, CloseCode.BAD_MESSAGES),
            ('{"type":"pong"}', 35, CloseCode.TOO_MANY_MESSAGES),
        ):
            socket = await opened()
            for _ in range(times):
                await socket.say(said)
            assert await socket.closed() == code
        await other.say(batch(view))
        assert await other.hear() == {"type": "ack", "ids": [view["id"]]}
        await other.leave()

    run(work)


def test_out_of_order_from_the_future_and_from_long_ago() -> None:
    now = datetime.now(UTC)
    said = [timedelta(hours=1), timedelta(seconds=-5), timedelta(seconds=-9), timedelta(days=-400)]
    views = [raw(at=now + each) for each in said]

    async def work() -> None:
        socket = await opened()
        await socket.say(batch(*views))
        assert await socket.hear() == {"type": "ack", "ids": [view["id"] for view in views]}
        await socket.leave()

    run(work)
    found = Event.objects.order_by("at")
    assert [str(row.pk) for row in found] == [view["id"] for view in reversed(views)]
    assert found[3].at == found[3].received_at
    assert found[0].at - found[0].received_at == timedelta(days=-1) + 3 * MICROSECOND


def test_a_flood_is_told_when_to_send_again(settings: Any) -> None:
    settings.ANALYTICS_EVENTS_PER_MINUTE = 2
    views = [raw() for _ in range(3)]

    async def work() -> None:
        socket = await opened()
        await socket.say(batch(*views))
        error = await socket.hear()
        assert (error["type"], error["code"]) == ("error", "too_many_requests")
        assert 0 < error["retry_after"] <= 60
        assert error["ids"] == [view["id"] for view in views]
        await socket.leave()

    run(work)
    assert stored() == []


def test_too_much_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 1)
    first, second = raw(), raw()

    async def work() -> None:
        socket = await opened()
        await socket.say(batch(first, second))
        assert (await socket.hear())["code"] == "events_busy"
        await socket.say(batch(first))
        assert await socket.hear() == {"type": "ack", "ids": [first["id"]]}
        await socket.leave()

    run(work)


def test_a_database_that_is_gone_acks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    view = raw()
    write = ingest.write
    fails = [OperationalError("gone")]

    def fail_once(incoming: Any) -> Any:
        if fails:
            raise fails.pop()
        return write(incoming)

    monkeypatch.setattr(ingest, "write", fail_once)

    async def work() -> None:
        socket = await opened()
        await socket.say(batch(view))
        error = await socket.hear()
        assert (error["code"], error["ids"]) == ("events_not_stored", [view["id"]])
        await socket.say(batch(view))
        assert await socket.hear() == {"type": "ack", "ids": [view["id"]]}
        await socket.leave()

    run(work)
    assert len(stored()) == 1


def test_what_the_database_refuses_harms_no_other_batch(own_writer: Writer) -> None:
    """Checks let nothing through that it refuses; if they ever do, only that is lost."""
    from django.utils import timezone

    from realtime.analytics.ingest import Incoming
    from realtime.analytics.schemas import check
    from realtime.analytics.senders import Sender
    from realtime.errors import NotStored

    good = [Incoming([check(raw())], Sender(), timezone.now()) for _ in range(3)]
    bad_event = check(raw("product_view", product_id=1))
    bad_event = replace(bad_event, name="x" * 30)
    bad = Incoming([bad_event], Sender(), timezone.now())
    jobs = [good[0], good[1], bad, good[2]]

    futures = [own_writer.submit(each) for each in jobs]
    results = [future.exception(20) for future in futures]

    # SQLite knows no lengths.
    refused = NotStored if connection.vendor == "postgresql" else type(None)
    assert [type(each) for each in results] == [type(None), type(None), refused, type(None)]
    assert Event.objects.exclude(pk=bad_event.id).count() == 3


def test_many_sockets_share_transactions(own_writer: Writer) -> None:
    views = [[raw() for _ in range(3)] for _ in range(20)]

    async def work() -> None:
        sockets = [await opened() for _ in views]
        for socket, events in zip(sockets, views, strict=True):
            await socket.say(batch(*events))
        for socket, events in zip(sockets, views, strict=True):
            assert await socket.hear() == {"type": "ack", "ids": [each["id"] for each in events]}
            await socket.leave()

    run(work)
    assert len(stored()) == 60
    assert json.dumps(stored())
    assert Event.objects.values("batch_id").distinct().count() < 20
