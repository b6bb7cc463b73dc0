"""What the sockets of a process share: who listens to what, one heartbeat, one ear to the others.

`tell` reaches every process. Each has one channel in one group of the channel layer, whatever
the number of its sockets, and hands on to those that listen to the topic.
"""

import asyncio
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.conf import settings

from commerce.customers import selectors as customers
from core.ids import uuid7
from realtime.consumers.codes import CloseCode
from realtime.threads import in_thread

if TYPE_CHECKING:
    from realtime.consumers.base import Socket

logger = logging.getLogger(__name__)

GROUP = "realtime"
DASHBOARD = "dashboard"  # the topic of what the live dashboard shows
TICK = 1.0
PAUSE_AFTER_ERROR = 1.0
LAYER_TIMEOUT = 5.0
CANCEL_AGAIN = 0.1
AT_ONCE = 20  # messages that sockets are handed at a time, fewer than SOCKET_QUEUE
BREATH = 0.02

# Topics, and a message of what msgpack knows.
News = tuple[Collection[str], dict[str, Any]]
Sweep = Callable[["Hub"], Awaitable[None]]

_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def tell(news: Sequence[News]) -> None:
    """Hand each message to every socket that listens to one of its topics, all in one go.

    For synchronous code. Raises what the channel layer raises when it is gone.
    """
    told = {"type": "realtime.told", "news": [[list(topics), said] for topics, said in news]}
    layer = get_channel_layer()
    if isinstance(layer, InMemoryChannelLayer):
        # Its queues are asyncio's: another thread's loop would not be woken by them.
        hear_everywhere(told)
    else:
        saying = asyncio.run_coroutine_threadsafe(layer.group_send(GROUP, told), _speaking_loop())
        try:
            saying.result(LAYER_TIMEOUT)
        finally:
            saying.cancel()


SOON = 1.0
_soon: dict[str, float] = {}  # when a topic may be said again; touched by the speaking loop alone
_waiting: set[str] = set()


def tell_soon(topic: str) -> None:
    """Say `{"type": "changed"}` about a topic, at most once a second, the last time included.

    From any thread, without waiting and without knowing whether it was heard: for listeners who
    look again by themselves.
    """
    if isinstance(get_channel_layer(), InMemoryChannelLayer):
        hear_everywhere(_changed(topic))
        return
    loop = _speaking_loop()  # first: in a forked process nothing waits any more
    if topic not in _waiting:
        _waiting.add(topic)
        loop.call_soon_threadsafe(_say_soon, topic, loop)


def _say_soon(topic: str, loop: asyncio.AbstractEventLoop) -> None:
    async def say() -> None:
        _waiting.discard(topic)
        _soon[topic] = loop.time() + SOON
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await get_channel_layer().group_send(GROUP, _changed(topic))
        except Exception:
            logger.debug("Nobody was told that something changed", exc_info=True)

    pause = max(_soon.get(topic, 0.0) - loop.time(), 0.0)
    loop.call_later(pause, lambda: loop.create_task(say()))


def _changed(topic: str) -> dict[str, Any]:
    return {"type": "realtime.told", "news": [[[topic], {"type": "changed"}]]}


_speaking: tuple[int, asyncio.AbstractEventLoop] | None = None
_speaking_lock = threading.Lock()


def _speaking_loop() -> asyncio.AbstractEventLoop:
    """A loop in a thread of its own, which keeps the connections to the layer open."""
    global _speaking
    with _speaking_lock:
        if _speaking is None or _speaking[0] != os.getpid():  # a forked worker has no threads
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="realtime-tell", daemon=True).start()
            _speaking = (os.getpid(), loop)
            _soon.clear()
            _waiting.clear()
        return _speaking[1]


def hear_everywhere(told: dict[str, Any]) -> None:
    """Hand a message to the hubs of this process, from any thread."""
    for loop, hub in list(_hubs.items()):
        if not loop.is_closed():
            loop.call_soon_threadsafe(hub.hear, told)


def hub_of_this_loop() -> "Hub":
    """The hub that the sockets of the running loop belong to."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Hub:
    """The sockets of one event loop."""

    def __init__(self) -> None:
        self.name = uuid7().hex
        self.sockets: set[Socket] = set()
        self.begun = 0  # how often a first socket came
        self.is_deaf = True  # other processes cannot be heard, yet or any more
        self._topics: dict[str, set[Socket]] = {}
        # Oldest first, by customer or address.
        self._crowds: defaultdict[str, dict[Socket, None]] = defaultdict(dict)
        # Sockets elsewhere, by customer and process: when each was opened.
        self._elsewhere: dict[str, dict[str, list[float]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[None]] = set()
        self._joined = ""
        self._round: asyncio.Task[None] | None = None
        self._checked_at = time.monotonic()
        self._sweeps: list[Sweep] = []
        self.shared: dict[str, Any] = {}  # what the sockets of a kind have in common

    # ── Sockets come and go ─────────────────────────────────────────────────────────────
    def add(self, socket: "Socket") -> None:
        """Take a socket in; it has to go if its address has too many, so that nobody pushes out
        others behind the same address."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._listen())]
        self.begun += not self.sockets
        self.sockets.add(socket)
        crowd = self._crowds[f"address:{socket.address}"]
        if 0 < settings.SOCKETS_PER_ADDRESS <= len(crowd):
            socket.close(CloseCode.TOO_MANY_SOCKETS)
        else:
            crowd[socket] = None

    def remove(self, socket: "Socket") -> None:
        """Forget a socket."""
        self.sockets.discard(socket)
        for topic in socket.topics:
            self._leave(self._topics, topic, socket)
        crowds = [f"address:{socket.address}"]
        if socket.sign_in:
            crowds.append(f"customer:{socket.sign_in.customer_id}")
        for name in crowds:
            self._leave(self._crowds, name, socket)
            if name not in self._crowds:
                self._elsewhere.pop(name, None)

    @staticmethod
    def _leave(where: dict[str, Any], name: str, socket: "Socket") -> None:
        members = where.get(name)
        if members is None:
            return
        if isinstance(members, set):
            members.discard(socket)
        else:
            members.pop(socket, None)
        if not members:
            del where[name]

    def listen(self, socket: "Socket", topic: str) -> None:
        """Hand what is told about a topic to this socket from now on."""
        self._topics.setdefault(topic, set()).add(socket)
        socket.topics = (*socket.topics, topic)

    def listeners(self, topic: str) -> "Iterable[Socket]":
        """Who listens to a topic in this process."""
        return tuple(self._topics.get(topic, ()))

    def topics(self) -> frozenset[str]:
        """What is listened to in this process."""
        return frozenset(self._topics)

    def signed_in(self, socket: "Socket") -> None:
        """Count a customer's sockets, here and in the other processes; the oldest go."""
        if socket.sign_in is None:
            return
        name = f"customer:{socket.sign_in.customer_id}"
        self._elsewhere.pop(name, None)
        self._crowds[name][socket] = None
        self._thin_out(name)
        self._say_crowd(name, ask=True)

    def _thin_out(self, name: str) -> None:
        limit = settings.SOCKETS_PER_CUSTOMER
        if not limit:
            return
        mine = self._crowds.get(name, {})
        others = [when for each in self._elsewhere.get(name, {}).values() for when in each]
        surplus = len(mine) + len(others) - limit
        for socket in list(mine)[: max(surplus, 0)]:
            # Those elsewhere that are older go there.
            if surplus > sum(when < socket.opened_at for when in others):
                self._leave(self._crowds, name, socket)
                surplus -= 1
                socket.close(CloseCode.TOO_MANY_SOCKETS)

    def _say_crowd(self, name: str, *, ask: bool) -> None:
        if self.is_deaf or not settings.SOCKETS_PER_CUSTOMER:
            return
        opened = [socket.opened_at for socket in self._crowds.get(name, ())]
        crowd = {"process": self.name, "name": name, "opened": opened, "ask": ask}
        errand = asyncio.create_task(self._say({"type": "realtime.crowd", **crowd}))
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _say(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await get_channel_layer().group_send(GROUP, message)
        except Exception:
            logger.warning("Other processes could not be told of a socket", exc_info=True)

    # ── The others ──────────────────────────────────────────────────────────────────────
    def sweep_with(self, sweep: "Sweep") -> None:
        """Have `sweep` look for what was told and not heard: every SOCKET_CHECK_SECONDS, and
        every second while other processes cannot be heard."""
        if sweep not in self._sweeps:
            self._sweeps.append(sweep)

    def hear(self, heard: dict[str, Any]) -> None:
        """Take what another process, or a thread of this one, has said."""
        if heard.get("type") == "realtime.told":
            news = heard["news"]
            for topics, message in news[:AT_ONCE]:
                for topic in topics:
                    self._hand_on(topic, message)
            if len(news) > AT_ONCE:
                # Meanwhile they are sent: nobody is slow who has a hundred orders changed at once.
                rest = heard | {"news": news[AT_ONCE:]}
                asyncio.get_running_loop().call_later(BREATH, self.hear, rest)
        elif heard.get("type") == "realtime.crowd" and heard["process"] != self.name:
            name = heard["name"]
            if name in self._crowds:
                # Everybody answers who asks: what was known before may be closed by now.
                known = {} if heard["ask"] else self._elsewhere.get(name, {})
                self._elsewhere[name] = known | {heard["process"]: heard["opened"]}
                self._thin_out(name)
                if heard["ask"]:
                    self._say_crowd(name, ask=False)

    def _hand_on(self, topic: str, message: dict[str, Any]) -> None:
        for socket in self.listeners(topic):
            try:
                socket.told(topic, message)
            except Exception:
                logger.exception("A socket could not take a message")
                socket.close(CloseCode.FAILED)

    async def _listen(self) -> None:
        """Read the process's channel for as long as it lives.

        A Redis client may swallow a cancellation while it connects, and would then keep a server
        from stopping: it is told again until it has ended.
        """
        layer = get_channel_layer()
        if layer is None or isinstance(layer, InMemoryChannelLayer):
            return  # deaf for good: a worker of its own cannot be heard
        reading = asyncio.create_task(self._read(layer))
        try:
            await asyncio.wait([reading])
        finally:
            while not reading.done():
                reading.cancel()
                await asyncio.wait([reading], timeout=CANCEL_AGAIN)

    async def _read(self, layer: Any) -> None:
        """Hear what comes, through outages of the layer."""
        while True:
            try:
                self._joined = await layer.new_channel("realtime")
                await layer.group_add(GROUP, self._joined)
                if self.is_deaf:
                    logger.info("The channel layer is back")
                self.is_deaf = False
                while True:
                    self.hear(await layer.receive(self._joined))
            except Exception as error:  # noqa: BLE001 (each layer has errors of its own)
                if not self.is_deaf:
                    logger.warning("The channel layer is gone", extra={"error": repr(error)})
                self.is_deaf = True
                self._joined = ""
            await asyncio.sleep(PAUSE_AFTER_ERROR)

    # ── The heartbeat ───────────────────────────────────────────────────────────────────
    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            clock = time.time()
            for socket in list(self.sockets):
                socket.tick(now, clock)
            is_round = now - self._checked_at >= settings.SOCKET_CHECK_SECONDS
            # A task of their own: the time limits above must not wait for a slow database.
            if (is_round or self.is_deaf) and (self._round is None or self._round.done()):
                if is_round:
                    self._checked_at = now
                self._round = asyncio.create_task(self._look(is_round))

    async def _look(self, is_round: bool) -> None:
        work: list[Callable[[], Awaitable[None]]] = []
        if is_round:
            work += [self._check_sign_ins, self._stay_in_group]
        work += [partial(sweep, self) for sweep in self._sweeps if self.sockets]
        for each in work:
            try:
                await each()
            except Exception:
                # The database or the layer is gone: the next round looks again.
                logger.warning("The sockets could not be looked after", exc_info=True)

    async def _check_sign_ins(self) -> None:
        """Close the sockets whose sign-in has ended, by one look for all of them."""
        sign_ins = {socket.sign_in for socket in self.sockets if socket.sign_in}
        if not sign_ins:
            return
        over = await in_thread(customers.ended, sign_ins)
        for socket in list(self.sockets):
            if socket.sign_in in over:
                socket.close(CloseCode.SIGN_IN_ENDED)

    async def _stay_in_group(self) -> None:
        """A layer that was emptied, or a day that went by, would leave this process out."""
        layer = get_channel_layer()
        if layer is not None and self._joined:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_add(GROUP, self._joined)
