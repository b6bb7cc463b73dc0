"""What every socket does the same, on a socket that answers what it is sent."""

import asyncio
import time
from http.cookies import SimpleCookie

import pytest
from django.db import OperationalError
from django.test import Client

from commerce.customers.models import User
from realtime import hub
from realtime.consumers.base import BadMessage, Message, Socket
from realtime.consumers.codes import CloseCode
from realtime.hub import hub_of_this_loop, tell
from tests.realtime.people import customer, token_of
from tests.realtime.sockets import TestSocket, hearing


@pytest.fixture
def quick(monkeypatch) -> None:
    """The hub looks often."""
    monkeypatch.setattr(hub, "TICK", 0.02)


class Echo(Socket):
    __slots__ = ()

    async def ready(self) -> None:
        self.hub.listen(self, "all")
        self.send({"type": "ready"})

    async def received(self, message: Message) -> None:
        if message["type"] == "bad":
            raise BadMessage("validation_error", "Not this.")
        self.send({"type": "echo", "of": message["type"]})


class Open(Echo):
    needs = "anybody"


class Staff(Echo):
    needs = "staff"


def socket_of(kind: type[Socket], **more) -> TestSocket:
    return TestSocket(kind.serve, **more)


async def opened(kind, **more) -> TestSocket:
    socket = socket_of(kind, **more)
    assert (await socket.connect())[0]
    assert await socket.hear() == {"type": "ready"}
    return socket


def test_a_token_signs_in_by_subprotocol(api, ada):
    token = token_of(api, ada)

    async def run():
        socket = socket_of(Echo, subprotocols=["bearer", token])
        assert await socket.connect() == (True, "bearer")
        assert await socket.hear() == {"type": "ready"}
        await socket.say({"type": "hello"})
        assert await socket.hear() == {"type": "echo", "of": "hello"}
        await socket.leave()
        assert not hub_of_this_loop().sockets

    asyncio.run(run())


def test_a_token_signs_in_by_the_first_message(api, ada):
    token = token_of(api, ada)

    async def run():
        socket = socket_of(Echo)
        await socket.connect()
        await socket.say({"type": "hello"})
        assert (await socket.hear())["code"] == "not_signed_in"
        await socket.say({"type": "authenticate", "token": token})
        assert await socket.hear() == {"type": "ready"}
        await socket.leave()

    asyncio.run(run())


def test_a_session_signs_in_by_its_cookie(ada):
    client = Client()
    client.force_login(ada)
    cookie = SimpleCookie(client.cookies).output(header="", sep=";").encode()

    async def run():
        socket = await opened(Echo, headers=[(b"cookie", cookie.split(b";")[0].strip())])
        await socket.leave()

    asyncio.run(run())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("token", ["x", "\x00", "é" * 10, "a.b.c", "x" * 5000])
def test_a_token_that_does_not_count_is_4401(token):
    async def run():
        socket = socket_of(Echo, subprotocols=["bearer", token])
        await socket.connect()
        assert await socket.closed() == CloseCode.NOT_SIGNED_IN

    asyncio.run(run())


def test_who_does_not_sign_in_in_time_is_closed(settings, quick):
    settings.SOCKET_SIGN_IN_SECONDS = 0.1

    async def run():
        socket = socket_of(Echo)
        await socket.connect()
        assert await socket.closed() == CloseCode.SIGN_IN_TIMEOUT

    asyncio.run(run())


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        (None, True),
        ("https://shop.example", True),
        ("https://storefront.example", True),
        ("https://SHOP.example", True),
        ("https://evil.example", False),
        ("http://storefront.example:81", False),
        ("null", False),
        ("http://[", False),
        ("\xff", False),
    ],
)
def test_the_origin_is_one_of_ours(settings, origin, is_let_in):
    settings.ALLOWED_HOSTS = ["shop.example"]
    settings.CORS_ALLOWED_ORIGINS = ["https://storefront.example"]

    async def run():
        headers = [(b"origin", origin.encode("latin-1"))] if origin else []
        socket = socket_of(Open, headers=headers)
        assert (await socket.connect())[0] is is_let_in
        await socket.leave()

    asyncio.run(run())


def test_staff_only(api, ada):
    token = token_of(api, ada)

    async def run():
        socket = socket_of(Staff, subprotocols=["bearer", token])
        await socket.connect()
        assert await socket.closed() == CloseCode.NOT_ALLOWED

    asyncio.run(run())
    User.objects.update(is_staff=True)

    async def run_as_staff():
        socket = await opened(Staff, subprotocols=["bearer", token])
        await socket.leave()

    asyncio.run(run_as_staff())


def test_what_is_not_understood_is_answered_and_the_rest_goes_on():
    async def run():
        socket = await opened(Open)
        for text in ("{", "[]", "1", "{}", '{"type": 1}', '{"type": "bad"}', "\ud800", '"\\u0000"'):
            await socket.say(text)
            assert (await socket.hear())["type"] == "error"
        await socket.say({"type": "hello"})
        assert await socket.hear() == {"type": "echo", "of": "hello"}
        await socket.say({"type": "ping"})
        assert await socket.hear() == {"type": "pong"}
        for _ in range(20):
            await socket.say("{")
        assert await socket.closed() == CloseCode.BAD_MESSAGES

    asyncio.run(run())


def test_binary_and_too_big():
    async def run():
        binary, big, other = await opened(Open), await opened(Open), await opened(Open)
        await binary.say(b"\x00")
        assert await binary.closed() == CloseCode.BINARY
        await big.say('"' + "é" * 40_000 + '"')
        assert await big.closed() == CloseCode.TOO_BIG
        await other.say({"type": "hello"})
        assert await other.hear() == {"type": "echo", "of": "hello"}
        await other.leave()

    asyncio.run(run())


def test_too_many_messages(settings):
    settings.SOCKET_MESSAGES_PER_SECOND = 2

    async def run():
        socket = await opened(Open)
        for _ in range(12):
            await socket.say({"type": "pong"})
        assert await socket.closed() == CloseCode.TOO_MANY_MESSAGES

    asyncio.run(run())


def test_the_oldest_socket_of_a_customer_goes(api, ada, settings):
    settings.SOCKETS_PER_CUSTOMER = 2
    token = token_of(api, ada)

    async def run():
        first, second, third = [
            await opened(Echo, subprotocols=["bearer", token]) for _ in range(3)
        ]
        assert await first.closed() == CloseCode.TOO_MANY_SOCKETS
        for socket in (second, third):
            await socket.say({"type": "hello"})
            assert await socket.hear() == {"type": "echo", "of": "hello"}
            await socket.leave()

    asyncio.run(run())


def test_sockets_that_were_closed_elsewhere_push_nobody_out(api, ada, settings):
    """Two other processes: in one there were some tabs, then one is opened in the other."""
    settings.SOCKETS_PER_CUSTOMER = 2
    token = token_of(api, ada)

    async def run():
        mine = await opened(Echo, subprotocols=["bearer", token])
        crowd = {"type": "realtime.crowd", "name": f"customer:{ada.pk}"}
        later = time.time() + 1
        for process, opened_at, ask in (("b", [later], False), ("c", [later + 1], True)):
            hub_of_this_loop().hear(crowd | {"process": process, "opened": opened_at, "ask": ask})
        await mine.say({"type": "hello"})
        assert await mine.hear() == {"type": "echo", "of": "hello"}
        # The first of them has answered too: it is there still.
        hub_of_this_loop().hear(crowd | {"process": "b", "opened": [later], "ask": False})
        assert await mine.closed() == CloseCode.TOO_MANY_SOCKETS

    asyncio.run(run())


def test_an_address_that_has_too_many_gets_no_more_and_keeps_those(settings):
    settings.SOCKETS_PER_ADDRESS = 1

    async def run():
        first = await opened(Open)
        second = socket_of(Open)
        await second.connect()
        assert await second.closed() == CloseCode.TOO_MANY_SOCKETS
        await first.say({"type": "hello"})
        assert await first.hear() == {"type": "echo", "of": "hello"}
        await first.leave()
        third = await opened(Open)
        await third.leave()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "code"),
    [(ZeroDivisionError(), CloseCode.FAILED), (OperationalError("gone"), CloseCode.TRY_AGAIN)],
)
def test_what_breaks_ends_that_socket_only(error, code):
    class Broken(Open):
        async def received(self, message: Message) -> None:
            raise error

    async def run():
        broken, other = await opened(Broken), await opened(Open)
        await broken.say({"type": "hello"})
        assert await broken.closed() == code
        await other.say({"type": "hello"})
        assert await other.hear() == {"type": "echo", "of": "hello"}
        await other.leave()

    asyncio.run(run())


def test_heartbeats(settings, quick):
    settings.SOCKET_PING_SECONDS, settings.SOCKET_SILENT_SECONDS = 0.2, 1.2

    async def run():
        silent, alive = await opened(Open), await opened(Open)
        for _ in range(3):
            assert await alive.hear() == {"type": "ping"}
            await alive.say({"type": "pong"})
        assert await silent.closed() == CloseCode.SILENT
        await alive.say({"type": "hello"})
        assert {"type": "echo", "of": "hello"} in [
            await alive.hear() for _ in range(1 + alive.output_queue.qsize())
        ]
        await alive.leave()

    asyncio.run(run())


@pytest.mark.parametrize("how", ["sign_out", "password", "blocked", "expired"])
def test_a_sign_in_that_ends_closes_its_sockets_only(api, ada, settings, quick, how):
    settings.SOCKET_CHECK_SECONDS = 0.1
    if how == "expired":
        settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 2
    token = token_of(api, ada)
    settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 300
    grace = customer("grace@example.com")
    other_token = token_of(api, grace)

    def end() -> None:
        if how == "sign_out":
            api.post("/api/auth/logout/", headers={"Authorization": f"Bearer {token}"})
        elif how == "password":
            ada.set_password("another horse battery")
            ada.save()
        elif how == "blocked":
            User.objects.filter(pk=ada.pk).update(is_active=False)

    async def run():
        socket = await opened(Echo, subprotocols=["bearer", token])
        other = await opened(Echo, subprotocols=["bearer", other_token])
        await asyncio.to_thread(end)
        assert await socket.closed() == CloseCode.SIGN_IN_ENDED
        await other.say({"type": "hello"})
        assert await other.hear() == {"type": "echo", "of": "hello"}
        await other.leave()

    asyncio.run(run())


def test_one_look_for_all_sockets(api, ada, settings, django_assert_num_queries):
    from commerce.customers import selectors

    sign_in = selectors.signed_in_by_token(token_of(api, ada))
    assert sign_in is not None
    with django_assert_num_queries(2):
        assert selectors.ended({sign_in}) == set()


def test_who_does_not_read_is_dropped_and_harms_nobody(settings):
    settings.SOCKET_QUEUE = 8

    async def run():
        stuck = asyncio.Event()
        sent: list[dict] = []
        inbox: asyncio.Queue[dict] = asyncio.Queue()

        async def send(message: dict) -> None:
            sent.append(message)
            if len(sent) > 1 and message["type"] == "websocket.send":
                await stuck.wait()

        scope = {"headers": [], "query_string": b"", "client": ("127.0.0.1", 1)}
        inbox.put_nowait({"type": "websocket.connect"})
        slow = asyncio.create_task(Open.serve(scope, inbox.get, send))
        other = await opened(Open)
        await hearing()
        for number in range(20):
            await asyncio.to_thread(tell, [(["all"], {"type": "news", "number": number})])
            assert await other.hear() == {"type": "news", "number": number}
        await asyncio.wait_for(slow, 5)
        assert sent[-1]["code"] == CloseCode.TOO_SLOW
        await other.leave()

    asyncio.run(run())
