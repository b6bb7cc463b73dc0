"""What every socket does the same: origin, sign-in, limits, heartbeats, and an end with a code.

    class Orders(Socket):
        async def ready(self) -> None: ...                      # signed in; topics are joined here
        async def received(self, message: Message) -> None: ... # what the client says
        def told(self, topic: str, message: Message) -> None: ... # what the shop says

A socket is one task, and a second one only while something is being sent: thousands of them
lie idle in one process. All timers are the hub's one heartbeat.
"""

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qs

import orjson
from django.conf import settings
from django.db import DatabaseError

from commerce.customers import selectors as customers
from commerce.customers.selectors import SignIn
from core.rendering import dumps
from realtime.consumers.codes import MEANINGS, CloseCode
from realtime.hub import hub_of_this_loop
from realtime.origins import may_connect
from realtime.threads import in_thread

logger = logging.getLogger(__name__)

Message = dict[str, Any]

MOST_BAD_MESSAGES = 20
BURST_SECONDS = 5.0
CLOSE_WITHIN = 2.0


class BadMessage(Exception):
    """What the client sent cannot be used; it is answered by an `error` message."""

    def __init__(self, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.message: Message = {"type": "error", "code": code, "detail": detail, **more}


class Socket:
    """One open socket. `sign_in` is who it belongs to, None for a guest.

    Class settings: `needs` says who is let in (`anybody`, `customer` or `staff`).
    """

    __slots__ = (
        "__weakref__",
        "_bad",
        "_budget",
        "_budget_at",
        "_closing",
        "_heard_at",
        "_is_gone",
        "_is_ready",
        "_pinged_at",
        "_queue",
        "_receive",
        "_send",
        "_sending_since",
        "_sign_in_until",
        "_task",
        "_waits",
        "_writer",
        "address",
        "hub",
        "is_guest",
        "opened_at",
        "sign_in",
        "topics",
    )

    needs: ClassVar[Literal["anybody", "customer", "staff"]] = "customer"

    def __init__(self, receive: Any, send: Any) -> None:
        self._receive = receive
        self._send = send
        self._task: asyncio.Task[Any] | None = asyncio.current_task()
        self._queue: deque[str] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._sending_since = 0.0
        self._closing: CloseCode | None = None
        self._waits = False
        self._is_gone = False
        self._is_ready = False
        self._heard_at = time.monotonic()
        self._pinged_at = 0.0
        self._sign_in_until = 0.0
        self._bad = 0
        self._budget = settings.SOCKET_MESSAGES_PER_SECOND * BURST_SECONDS
        self._budget_at = self._heard_at
        self.address = ""
        self.hub = hub_of_this_loop()
        self.is_guest = False
        self.opened_at = time.time()
        self.sign_in: SignIn | None = None
        self.topics: tuple[str, ...] = ()

    # ── For subclasses ──────────────────────────────────────────────────────────────────
    def asked(self, query: dict[str, str], headers: dict[bytes, bytes]) -> None:
        """Take what the subclass needs of the address and the headers; nothing else keeps them."""

    async def guest(self, token: str) -> bool:
        """Let somebody in who has no account, by the token of the address (`?token=`) or of the
        first message. False: it does not count."""
        return False

    async def ready(self) -> None:
        """Begin: the socket is open and whoever it needs is signed in."""

    async def received(self, message: Message) -> None:
        """Take a message of the client, a JSON object with a `type`. Raises BadMessage."""
        raise BadMessage("unknown_type", "There is no such type of message here.")

    def told(self, topic: str, message: Message) -> None:
        """Take what `hub.tell` said about a topic. Must not wait."""
        self.send(message)

    async def renewed(self) -> None:
        """The same customer has sent a newer token."""

    async def left(self) -> None:
        """The socket is gone. Called once, also when it never became ready."""

    # ── Sending ─────────────────────────────────────────────────────────────────────────
    def send(self, message: Message | str) -> None:
        """Send JSON in the order of the calls. Never waits; a client that does not read is
        closed once SOCKET_QUEUE messages wait for it."""
        if self._closing is not None:
            return
        text = message if isinstance(message, str) else dumps(message).decode()
        if self._queue is None:
            self._queue = deque()
        if len(self._queue) >= settings.SOCKET_QUEUE:
            self.close(CloseCode.TOO_SLOW)
            return
        self._queue.append(text)
        if self._writer is None:
            self._sending_since = time.monotonic()
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._queue:
                await self._send({"type": "websocket.send", "text": self._queue.popleft()})
                self._sending_since = time.monotonic()
        except Exception:  # noqa: BLE001 (each server has errors of its own)
            self._is_gone = True
            self.close(CloseCode.GOING_AWAY)
        finally:
            self._queue = self._writer = None

    def close(self, code: CloseCode) -> None:
        """Close with a code, once what is being done is done. The first code counts."""
        if self._closing is None:
            self._closing = code
            self._wake()

    def _wake(self) -> None:
        """End the waiting for the client. Granian closes no socket that is being waited on."""
        if self._waits and self._task is not None:
            self._waits = False
            self._task.cancel()

    async def _say_goodbye(self, code: CloseCode) -> None:
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                if self._writer is not None and code != CloseCode.TOO_SLOW:
                    await asyncio.wait([self._writer])
                reason = MEANINGS[code][0]
                await self._send({"type": "websocket.close", "code": int(code), "reason": reason})
        except Exception:
            logger.debug("A socket was gone before it was closed", exc_info=True)

    # ── Time ────────────────────────────────────────────────────────────────────────────
    def tick(self, now: float, clock: float) -> None:
        """Look at every limit of time; the hub calls it about once a second."""
        if self._closing is not None:
            return
        if self._sign_in_until and now > self._sign_in_until:
            self.close(CloseCode.SIGN_IN_TIMEOUT)
        elif self.sign_in and self.sign_in.expires_at and clock >= self.sign_in.expires_at:
            self.close(CloseCode.SIGN_IN_ENDED)
        elif self._writer is not None and now - self._sending_since > settings.SOCKET_SEND_SECONDS:
            self.close(CloseCode.TOO_SLOW)
        elif now - self._heard_at > settings.SOCKET_SILENT_SECONDS:
            self.close(CloseCode.SILENT)
        elif (
            now - max(self._heard_at, self._pinged_at) > settings.SOCKET_PING_SECONDS
            and self._is_ready
        ):
            self._pinged_at = now
            self.send('{"type":"ping"}')

    # ── Living ──────────────────────────────────────────────────────────────────────────
    @classmethod
    async def serve(cls, scope: Message, receive: Any, send: Any) -> None:
        """The ASGI application: lives as long as the socket does."""
        socket = cls(receive, send)
        try:
            await socket._run(scope)
            if socket._closing is not None and not socket._is_gone:
                await socket._say_goodbye(socket._closing)
        finally:
            socket.hub.remove(socket)
            with suppress(Exception):
                await socket.left()
            if socket._writer is not None:
                socket._writer.cancel()
            socket._task = None

    async def _run(self, scope: Message) -> None:
        """Live until it has to be closed, or is gone."""
        try:
            await self._live(scope)
        except asyncio.CancelledError:
            if self._closing is None or self._task is None:  # the server stops
                raise
            self._task.uncancel()
        except DatabaseError:
            logger.warning("A socket could not reach the database", exc_info=True)
            self.close(CloseCode.TRY_AGAIN)
        except Exception:
            logger.exception("A socket failed")
            self.close(CloseCode.FAILED)

    async def _live(self, scope: Message) -> None:
        await self._receive()  # websocket.connect
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if not may_connect(scope["headers"]):
            await self._send({"type": "websocket.close"})  # before it is open: HTTP 403
            return
        self.address = _address(scope, headers)
        query = {
            name: values[-1]
            for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()
        }
        self.asked(query, headers)
        offered = list(scope.get("subprotocols") or ())
        bearer = offered[1] if len(offered) > 1 and offered[0] == "bearer" else None
        subprotocol = "bearer" if bearer is not None else None
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})
        self.hub.add(self)
        if self._closing is not None:
            pass  # its address has too many
        elif bearer is not None:
            await self._sign_in_by(bearer)
        else:
            known = await self._by_cookie(headers)
            self.is_guest = "token" in query and await self.guest(query["token"])
            if "token" in query and not (known or self.is_guest):
                self.close(CloseCode.NOT_SIGNED_IN)
        # Servers and frames keep these for as long as the socket lives.
        scope.clear()
        del query, headers, offered, bearer
        await self._become_ready()
        while self._closing is None:
            self._waits = True
            message = await self._receive()
            self._waits = False
            if message["type"] == "websocket.disconnect":
                self._is_gone = True
                return
            await self._take(message)

    async def _become_ready(self) -> None:
        if self._closing is not None or self._is_ready:
            return
        if self.needs == "staff" and self.sign_in and not await _may_work(self.sign_in):
            self.close(CloseCode.NOT_ALLOWED)
        elif self.sign_in or self.is_guest or self.needs == "anybody":
            self._is_ready = True
            self._sign_in_until = 0.0
            await self.ready()
        else:
            self._sign_in_until = time.monotonic() + settings.SOCKET_SIGN_IN_SECONDS

    async def _by_cookie(self, headers: dict[bytes, bytes]) -> bool:
        cookies: SimpleCookie = SimpleCookie()
        with suppress(CookieError):
            cookies.load(headers.get(b"cookie", b"").decode("latin-1"))
        session = cookies.get(settings.SESSION_COOKIE_NAME)
        if session is None:
            return False
        found = await in_thread(customers.signed_in_by_session, session.value)
        if found is not None:
            await self._take_sign_in(found)
        return found is not None

    async def _sign_in_by(self, token: str) -> None:
        """Sign in by an access token; by a guest's where the socket takes one."""
        found = await in_thread(customers.signed_in_by_token, token)
        if found is not None:
            await self._take_sign_in(found)
        elif not self._is_ready and await self.guest(token):
            self.is_guest = True
        else:
            self.close(CloseCode.NOT_SIGNED_IN)

    async def _take_sign_in(self, found: SignIn) -> None:
        before = self.sign_in
        if before is not None and before.customer_id != found.customer_id:
            # Another person on the same screen: nothing of the first one may reach them.
            self.close(CloseCode.NOT_SIGNED_IN)
            return
        self.sign_in = found
        if before is None:
            self.hub.signed_in(self)
        else:
            await self.renewed()

    async def _take(self, frame: Message) -> None:
        """Take one frame: limits first, then heartbeats and sign-in, then the subclass."""
        text = frame.get("text")
        if text is None:
            self.close(CloseCode.BINARY)
            return
        if len(text.encode(errors="replace")) > settings.SOCKET_MAX_BYTES:
            self.close(CloseCode.TOO_BIG)
            return
        if not self._may_speak():
            self.close(CloseCode.TOO_MANY_MESSAGES)
            return
        try:
            await self._understand(text)
        except BadMessage as bad:
            self._bad += 1
            if self._bad > MOST_BAD_MESSAGES:
                self.close(CloseCode.BAD_MESSAGES)
            else:
                self.send(bad.message)

    async def _understand(self, text: str) -> None:
        try:
            message = orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            raise BadMessage("parse_error", "The message is not JSON.") from None
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(kind, str):
            raise BadMessage("validation_error", "A message is an object with a `type`.")
        if kind == "ping":
            self.send('{"type":"pong"}')
        elif kind == "authenticate":
            token = message.get("token")
            if not isinstance(token, str):
                raise BadMessage("validation_error", "`token` is missing.")
            await self._sign_in_by(token)
            await self._become_ready()
        elif kind != "pong":
            if not self._is_ready:
                raise BadMessage("not_signed_in", "Sign in first.")
            await self.received(message)

    def _may_speak(self) -> bool:
        """A bucket that fills by SOCKET_MESSAGES_PER_SECOND; also notes that somebody is there."""
        now = self._heard_at = time.monotonic()
        rate = settings.SOCKET_MESSAGES_PER_SECOND
        self._budget = min(rate * BURST_SECONDS, self._budget + (now - self._budget_at) * rate)
        self._budget_at = now
        self._budget -= 1
        return self._budget >= 0


async def _may_work(who: SignIn) -> bool:
    """Staff, and with a second factor where the shop wants one."""
    if who.is_staff and settings.STAFF_MFA_REQUIRED:
        return await in_thread(customers.has_second_factor, who.customer_id)
    return who.is_staff


def _address(scope: Message, headers: dict[bytes, bytes]) -> str:
    """The caller's address, past as many proxies as TRUSTED_PROXIES says."""
    trusted: int = settings.TRUSTED_PROXIES
    if trusted:
        hops = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        hops = [hop.strip() for hop in hops if hop.strip()]
        if hops:
            return hops[-min(trusted, len(hops))][:64]
    return str((scope.get("client") or ("",))[0])
