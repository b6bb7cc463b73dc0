"""/ws/analytics/: what any shopper does; docs/analytics.md has its messages.

A batch is told to be stored after its commit and not before. While it waits the socket reads
nothing else, so that a client that sends faster than can be stored slows itself down.
"""

import asyncio
import logging
import sys
from datetime import datetime

from django.utils import timezone

from content.api import audience as audiences
from core.errors import ValidationFailed
from realtime.analytics import batches, limits, senders, writer
from realtime.analytics.batches import Batch
from realtime.analytics.ingest import Incoming
from realtime.consumers.base import BadMessage, Message, Socket
from realtime.errors import Busy, NotStored
from realtime.offers import matching
from realtime.threads import in_thread

logger = logging.getLogger(__name__)


class Analytics(Socket):
    """A shopper's socket. Its sign-in says which customer, each batch says which visitor."""

    __slots__ = ("is_bot", "locale", "objected")

    needs = "anybody"

    def asked(self, query: dict[str, str], headers: dict[bytes, bytes]) -> None:
        """Remember what the headers say: a program, and whether to be followed."""

        def header(name: bytes) -> str:
            return headers.get(name, b"").decode("latin-1")

        self.is_bot = senders.is_bot(header(b"user-agent"))
        self.objected = senders.objects(header(b"dnt"), header(b"sec-gpc"))
        # Only looked up once there is something to say.
        self.locale = sys.intern((query.get("locale") or header(b"accept-language"))[:200])

    async def received(self, message: Message) -> None:
        """Store a batch of events and say so, and say what is wrong with the others."""
        if message["type"] != "event":
            raise BadMessage("unknown_type", "There is no such type of message here.")
        who = self.sign_in
        try:
            batch = batches.read(
                message,
                objected=self.objected,
                audience=senders.audience(is_bot=self.is_bot, is_staff=bool(who and who.is_staff)),
                customer_id=who.customer_id if who else None,
            )
        except ValidationFailed as bad:
            raise BadMessage(bad.code, bad.detail, errors=bad.errors) from None
        if wait := limits.take(self.address, len(message["events"])):
            self._put_off("too_many_requests", wait, batch)
            return
        if batch.errors:
            detail = f"{len(batch.errors)} event(s) cannot be stored."
            refused = {"type": "error", "code": "validation_error", "detail": detail}
            self.send(refused | {"errors": batch.errors})
        if batch.events:
            await self._store(batch)

    async def _store(self, batch: Batch) -> None:
        try:
            incoming = Incoming(batch.events, batch.sender, timezone.now())
            await asyncio.wrap_future(writer.submit(incoming))
        except (Busy, NotStored) as problem:
            self._put_off(problem.code, problem.retry_after, batch)
        else:
            self.send({"type": "ack", "ids": batch.ids})
            await self._offer(batch)

    async def _offer(self, batch: Batch) -> None:
        """Make the shopper an offer, if what was just stored has earned one."""
        now = timezone.now()
        if not matching.is_worth_a_look(batch.events, batch.sender, now):
            return
        try:
            for message in await in_thread(self._earned, batch, now):
                self.send(message)
        except Exception:
            # What is sold by it is not worth the socket: the events are stored.
            logger.exception("Offers could not be looked at")

    def _earned(self, batch: Batch, now: datetime) -> list[Message]:
        locale = audiences.preferred_language(self.locale)
        return matching.offers_for(batch.events, batch.sender, locale=locale, now=now)

    def _put_off(self, code: str, seconds: int, batch: Batch) -> None:
        """Nothing of a batch was kept: the client sends it again later."""
        detail = f"Send these events again in {seconds} seconds."
        self.send(
            {
                "type": "error",
                "code": code,
                "detail": detail,
                "retry_after": seconds,
                "ids": batch.ids,
            }
        )
