"""`/ws/dashboard/`: this moment and today, for staff with `realtime.view_reports`.

The first message is a `snapshot`, then come `update`s with the parts that have changed. All
dashboards of a process share one computation, at most one a second and only while somebody looks.
What happens elsewhere is heard over the channel layer; what was not heard, and what changes by
time alone, is found by looking every few seconds.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from django.conf import settings

from commerce.customers import selectors as customers
from core.rendering import dumps
from realtime import dashboard
from realtime.analytics.ingest import StoredEvent
from realtime.consumers.base import Message, Socket
from realtime.consumers.codes import CloseCode
from realtime.hub import DASHBOARD, Hub, tell_soon
from realtime.threads import in_thread

logger = logging.getLogger(__name__)

PERMISSION = "realtime.view_reports"
PACE = 1.0  # seconds between two computations at least


class Dashboard(Socket):
    """One open dashboard."""

    __slots__ = ("has_snapshot",)

    needs = "staff"

    def __init__(self, receive: Any, send: Any) -> None:
        super().__init__(receive, send)
        self.has_snapshot = False

    async def ready(self) -> None:
        """Join the others, if they may see it."""
        if self.sign_in is None:
            return
        who = self.sign_in.customer_id
        if who not in await in_thread(customers.staff_with, PERMISSION, [who]):
            self.close(CloseCode.NOT_ALLOWED)
            return
        self.hub.listen(self, DASHBOARD)
        self.hub.sweep_with(look_who_may)
        board_of(self.hub).show()

    def told(self, topic: str, message: Message) -> None:
        """Something may have changed."""
        board_of(self.hub).changed()


class Board:
    """What all dashboards of one event loop show."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._shown: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def show(self) -> None:
        """Give a newcomer what is known, or begin to look."""
        if self._task is None or self._task.done():
            self._shown = {}
            self._task = asyncio.create_task(self._look_on())
        elif self._shown:
            self._publish({})

    def changed(self) -> None:
        """Look again as soon as the pace allows."""
        self._changed.set()

    async def _look_on(self) -> None:
        """Compute and publish for as long as somebody looks."""
        while self.hub.listeners(DASHBOARD):
            self._changed.clear()
            try:
                found: dict[str, Any] = dict(await in_thread(dashboard.snapshot))
            except Exception:
                # The database is away: the dashboards keep what they have.
                logger.warning("The dashboard could not be computed", exc_info=True)
            else:
                before, self._shown = self._shown, found
                self._publish(
                    {
                        name: value
                        for name, value in found.items()
                        if name != "at" and before.get(name) != value
                    }
                )
            await asyncio.sleep(PACE)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(settings.DASHBOARD_SECONDS - PACE, 0)):
                    await self._changed.wait()

    def _publish(self, changed: dict[str, Any]) -> None:
        """Snapshots for newcomers, for the others what has changed; each is written once."""
        snapshot = update = ""
        for socket in self.hub.listeners(DASHBOARD):
            if not isinstance(socket, Dashboard):
                continue
            if not socket.has_snapshot:
                snapshot = snapshot or dumps({"type": "snapshot", **self._shown}).decode()
                socket.has_snapshot = True
                socket.send(snapshot)
            elif changed:
                at = self._shown["at"]
                update = update or dumps({"type": "update", "at": at, **changed}).decode()
                socket.send(update)


def board_of(hub: Hub) -> Board:
    """The board that a hub's dashboards share."""
    board: Board = hub.shared.setdefault(DASHBOARD, None) or Board(hub)
    hub.shared[DASHBOARD] = board
    return board


async def look_who_may(hub: Hub) -> None:
    """Close the dashboards of those who may not see them any more: one query for all."""
    watching = [socket for socket in hub.listeners(DASHBOARD) if socket.sign_in]
    if not watching:
        return
    who = {socket.sign_in.customer_id for socket in watching if socket.sign_in}
    allowed = await in_thread(customers.staff_with, PERMISSION, who)
    for socket in watching:
        if socket.sign_in and socket.sign_in.customer_id not in allowed:
            socket.close(CloseCode.NOT_ALLOWED)


def events_came(events: list[StoredEvent]) -> None:
    """A subscriber of ingest: shoppers have done something."""
    tell_soon(DASHBOARD)
