"""`/ws/orders/notifications/`: what happens to a customer's orders, as it happens.

`told` trusts a message only if it follows what the socket has; else the rows are read. So what
the channel layer lost, doubled or turned round reaches the client once and in order all the same.
"""

import asyncio
import logging
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from commerce.orders import selectors as orders
from core.rendering import utc_text
from realtime import notifications
from realtime.consumers.base import BadMessage, Message, Socket
from realtime.hub import Hub
from realtime.notifications import Missed, Recipient
from realtime.threads import in_thread

logger = logging.getLogger(__name__)

# A row may be committed that long after one with a higher id.
LATE = 10.0
# What a hub shares: since which first socket it sweeps, and when it did and which row was the
# newest then, as far back as LATE.
SWEPT = "swept"


class OrderNotifications(Socket):
    """A customer's news, or one order's for its guest."""

    __slots__ = ("_order", "_position", "_reader", "_recipient", "_since", "_stale")

    def __init__(self, receive: Any, send: Any) -> None:
        super().__init__(receive, send)
        self._order: tuple[UUID, UUID | None] | None = None  # a guest's, and its customer
        self._recipient = Recipient()
        self._since: str | None = None
        self._position: int | None = None  # the row up to which everything was sent
        self._reader: asyncio.Task[None] | None = None
        self._stale = False  # something came while rows were being read

    def asked(self, query: dict[str, str], headers: dict[bytes, bytes]) -> None:
        """Take `?since=<event id>`."""
        self._since = query.get("since")

    async def guest(self, token: str) -> bool:
        """Let in who has an order's token."""
        order = await in_thread(orders.of_token, token)
        if order is not None:
            self._order = (order.pk, order.customer_id)
        return order is not None

    async def ready(self) -> None:
        """Listen first, then send what was missed, then say that the news go on from here."""
        self._recipient = self._whose()
        self.hub.listen(self, self._recipient.topic)
        self.hub.sweep_with(look_for_missed)
        since = _event_id(self._since)
        if self._since is not None and since is None:
            self.send(BadMessage("validation_error", "`since` is no event id.").message)
        found = await in_thread(notifications.missed, self._recipient, since=since)
        self._give(found)
        self.send(
            {
                "type": "ready",
                "last_event_id": found.last_event_id,
                "replayed": len(found.messages),
                "is_complete": found.is_complete,
                "expires_at": self._expires_at(),
            }
        )
        if self._stale:
            self.catch_up()

    async def renewed(self) -> None:
        """Say until when the newer token counts."""
        self.send({"type": "renewed", "expires_at": self._expires_at()})

    def told(self, topic: str, message: Message) -> None:
        """Send it if it is the next one."""
        if self._position is None or self._reader is not None:
            self._stale = True
        elif message["id"] > self._position:
            if message["after"][topic] <= self._position:
                self._position = message["id"]
                self.send(message["body"])
            else:
                self.catch_up()

    def catch_up(self, to: int | None = None) -> None:
        """Read the rows after the last that was sent, unless row `to` was sent already."""
        if self._position is None or self._reader is not None:
            self._stale = True
        elif to is None or to > self._position:
            self._reader = asyncio.create_task(self._read())

    async def left(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.cancel()

    def _whose(self) -> Recipient:
        mine = self.sign_in.customer_id if self.sign_in else None
        if self._order is not None and (mine is None or self._order[1] != mine):
            return Recipient(order_id=self._order[0])
        return Recipient(customer_id=mine)

    def _give(self, found: Missed) -> None:
        for message in found.messages:
            self.send(message)
        self._position = found.position

    async def _read(self) -> None:
        try:
            while True:
                self._stale = False
                position = self._position or 0
                found = await in_thread(notifications.missed_after, self._recipient, position)
                self._give(found)
                if found.is_complete and not self._stale:
                    return
        except Exception:
            # The hub's next sweep finds that this socket is behind.
            logger.warning("A socket's news could not be read", exc_info=True)
        finally:
            self._reader = None

    def _expires_at(self) -> str | None:
        if self.sign_in is None or self.sign_in.expires_at is None:
            return None
        return utc_text(datetime.fromtimestamp(self.sign_in.expires_at, UTC))


async def look_for_missed(hub: Hub) -> None:
    """Find sockets that were not told of their news: one query for all of a process's sockets."""
    begun, now = hub.begun, time.monotonic()
    newest = await in_thread(notifications.latest)
    since, swept = hub.shared.get(SWEPT, (0, deque()))
    if since != begun:
        # For a while nobody was here: who came then has read what was missed.
        swept = deque([(now, newest - notifications.BATCH)])
        hub.shared[SWEPT] = (begun, swept)
    found = await in_thread(notifications.behind, hub.topics(), after=swept[0][1])
    swept.append((now, newest))
    while len(swept) > 1 and swept[1][0] <= now - LATE:
        swept.popleft()
    for topic, pk in found.items():
        for socket in hub.listeners(topic):
            if isinstance(socket, OrderNotifications):
                socket.catch_up(to=pk)


def _event_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
