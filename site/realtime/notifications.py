"""Notifications: written once for each event, told to the sockets, read again by who was away.

A recipient's rows are written one after the other (their account, or the order, is locked): who
has seen one has seen all before it, so a single number says what a socket is still to be sent.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from commerce.customers.models import User
from commerce.orders.models import Order
from core.rendering import utc_text
from realtime.hub import tell
from realtime.models import Notification, NotificationKind

logger = logging.getLogger(__name__)

REPLAY = 50
BATCH = 500

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A customer with all of their news, or the guest of one order with that order's."""

    customer_id: UUID | None = None
    order_id: UUID | None = None

    @property
    def topic(self) -> str:
        """The name under which their sockets listen."""
        if self.customer_id is not None:
            return f"customer:{self.customer_id}"
        return f"order:{self.order_id}"

    @property
    def filter(self) -> Q:
        """Their rows."""
        if self.customer_id is not None:
            return Q(customer_id=self.customer_id)
        return Q(order_id=self.order_id)


@dataclass(frozen=True, slots=True)
class Missed:
    """What a socket has missed, oldest first: at its beginning the newest REPLAY.

    `position` is the id of the last row there is, or was read, `last_event_id` its public name.
    `is_complete` says that nothing was left out.
    """

    messages: list[Body]
    position: int
    last_event_id: str | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class News:
    """A piece of news for a customer, or for the guest of an order. `source` is its event."""

    source: int
    kind: NotificationKind
    body: Body
    at: datetime
    customer_id: UUID | None
    order_id: UUID | None = None


def notify(news: Sequence[News]) -> None:
    """Keep news, all or none, and tell whoever listens. A `source` again is told again only.

    In a few queries, however many there are. A channel layer that is gone is no failure: the
    sockets' processes look for rows by themselves.
    """
    with transaction.atomic():
        there = _lock(news)
        rows = _keep([each for each in news if (each.customer_id or each.order_id) in there])
        found = [(_after(row), {"id": row.pk, "body": present(row)}) for row in rows]
    told = [(after, message | {"after": after}) for after, message in found]
    if not told:
        return
    try:
        tell(told)
    except Exception:
        logger.warning("The sockets could not be told; they will look by themselves", exc_info=True)


def _lock(news: Sequence[News]) -> set[UUID]:
    """Let the recipients' news come one after the other; which of them are there."""
    customers = {each.customer_id for each in news if each.customer_id}
    guests = {each.order_id for each in news if each.order_id and not each.customer_id}
    users = User.objects.select_for_update(no_key=True).filter(pk__in=customers)
    orders = Order.objects.select_for_update(no_key=True).filter(pk__in=guests)
    # In the order of ids: two that lock the same ones never wait for each other both.
    found = set(users.order_by("pk").values_list("pk", flat=True))
    return found | set(orders.order_by("pk").values_list("pk", flat=True))


def _keep(news: Sequence[News]) -> list[Any]:
    """Write the rows that are not there yet; all of them, each with the row before it."""
    wanted = {each.source: each for each in news}
    kept = set(Notification.objects.filter(source__in=wanted).values_list("source", flat=True))
    Notification.objects.bulk_create(
        [
            Notification(
                source=source,
                kind=each.kind,
                customer_id=each.customer_id,
                order_id=each.order_id,
                body=each.body,
                created_at=each.at,
            )
            for source, each in wanted.items()
            if source not in kept
        ]
    )
    rows = Notification.objects.filter(source__in=wanted).order_by("pk")
    return list(rows.annotate(customers=_before("customer_id"), orders=_before("order_id")))


def _before(column: str) -> Subquery:
    """The id of the same recipient's row before a row."""
    earlier = Notification.objects.filter(**{column: OuterRef(column)}, pk__lt=OuterRef("pk"))
    return Subquery(earlier.order_by("-pk").values("pk")[:1])


def _after(row: Any) -> dict[str, int]:
    """Which row each of its recipients has to have before it, by their topic."""
    after = {}
    if row.customer_id:
        after[Recipient(customer_id=row.customer_id).topic] = row.customers or 0
    if row.order_id:
        after[Recipient(order_id=row.order_id).topic] = row.orders or 0
    return after


def present(row: Notification) -> Body:
    """The message of a row."""
    head = {"type": row.kind, "event_id": str(row.event_id), "at": utc_text(row.created_at)}
    return head | row.body


def missed(recipient: Recipient, *, since: UUID | None) -> Missed:
    """What came after the event `since`; without one nothing, only where the news stand.

    An event that is not there any more, or was never this recipient's, counts as older than all.
    """
    rows = Notification.objects.filter(recipient.filter)
    last = rows.order_by("-pk").values_list("pk", "event_id").first()
    position, last_event_id = (last[0], str(last[1])) if last else (0, None)
    if since is None:
        return Missed([], position, last_event_id, is_complete=True)
    seen = rows.filter(event_id=since).values_list("pk", flat=True).first() or 0
    return _newest(rows.filter(pk__gt=seen, pk__lte=position), position, last_event_id)


def missed_after(recipient: Recipient, position: int) -> Missed:
    """The next REPLAY that came after the row with that id. Incomplete: there may be more."""
    rows = Notification.objects.filter(recipient.filter, pk__gt=position)
    found = list(rows.order_by("pk")[:REPLAY])
    if not found:
        return Missed([], position, None, is_complete=True)
    messages = [present(row) for row in found]
    return Missed(messages, found[-1].pk, messages[-1]["event_id"], len(found) < REPLAY)


def _newest(rows: QuerySet[Notification], position: int, last_event_id: str | None) -> Missed:
    found = list(rows.order_by("-pk")[: REPLAY + 1])
    messages = [present(row) for row in reversed(found[:REPLAY])]
    return Missed(messages, position, last_event_id, is_complete=len(found) <= REPLAY)


def latest() -> int:
    """The id of the newest row of all."""
    return Notification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def behind(topics: Collection[str], *, after: int) -> dict[str, int]:
    """Which of these topics have rows above that id, with the highest: BATCH rows at a time."""
    columns = ("pk", "customer_id", "order_id")
    found: dict[str, int] = {}
    while rows := list(
        Notification.objects.filter(pk__gt=after).order_by("pk").values_list(*columns)[:BATCH]
    ):
        for pk, customer_id, order_id in rows:
            for recipient in (Recipient(customer_id=customer_id), Recipient(order_id=order_id)):
                if recipient.topic in topics:
                    found[recipient.topic] = pk
        after = rows[-1][0]
        if len(rows) < BATCH:
            break
    return found


def drop_old(before: datetime, dry_run: bool) -> int:
    """Delete a batch of what is older; how many."""
    old = Notification.objects.filter(created_at__lt=before)
    if dry_run:
        return old.count()
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    Notification.objects.filter(pk__in=batch).delete()
    return len(batch)
