"""Notifications: written once for each event, told to the sockets, read again by who was away.

A recipient's rows are written one after the other (their account, or the order, is locked): who
has seen one has seen all before it, so a single number says what a socket is still to be sent.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

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
    """What a socket is sent first: the newest REPLAY of what it missed, oldest first.

    `position` is the id of the last row there is, `last_event_id` its public name.
    `is_complete` says that nothing older was left out.
    """

    messages: list[Body]
    position: int
    last_event_id: str | None
    is_complete: bool


def notify(
    *,
    source: int,
    kind: NotificationKind,
    body: Body,
    at: datetime,
    customer_id: UUID | None,
    order_id: UUID | None = None,
) -> None:
    """Keep a piece of news and tell whoever listens. The same `source` again is told again only.

    A channel layer that is gone is no failure: the sockets' processes look for rows by themselves.
    """
    recipients = [
        Recipient(customer_id=customer_id) if customer_id else None,
        Recipient(order_id=order_id) if order_id else None,
    ]
    wanted = [each for each in recipients if each is not None]
    with transaction.atomic():
        if not _lock(customer_id, order_id):
            return
        row = Notification.objects.filter(source=source).first()
        if row is None:
            row = Notification.objects.create(
                source=source,
                kind=kind,
                customer_id=customer_id,
                order_id=order_id,
                body=body,
                created_at=at,
            )
        after = {each.topic: _last_before(each, row.pk) for each in wanted}
    message = {"id": row.pk, "after": after, "body": present(row)}
    try:
        tell(tuple(after), message)
    except Exception:
        logger.warning("The sockets could not be told; they will look by themselves", exc_info=True)


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
    """What came after the row with that id."""
    rows = Notification.objects.filter(recipient.filter, pk__gt=position)
    last = rows.order_by("-pk").values_list("pk", "event_id").first()
    if last is None:
        return Missed([], position, None, is_complete=True)
    return _newest(rows.filter(pk__lte=last[0]), last[0], str(last[1]))


def _newest(rows: QuerySet[Notification], position: int, last_event_id: str | None) -> Missed:
    found = list(rows.order_by("-pk")[: REPLAY + 1])
    messages = [present(row) for row in reversed(found[:REPLAY])]
    return Missed(messages, position, last_event_id, is_complete=len(found) <= REPLAY)


def latest() -> int:
    """The id of the newest row of all."""
    return Notification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def behind(topics: Collection[str], *, after: int) -> dict[str, int]:
    """Which of these topics have rows above that id, with the highest: one query for all."""
    rows = Notification.objects.filter(pk__gt=after).order_by("pk")
    found: dict[str, int] = {}
    for pk, customer_id, order_id in rows.values_list("pk", "customer_id", "order_id"):
        for recipient in (Recipient(customer_id=customer_id), Recipient(order_id=order_id)):
            if recipient.topic in topics:
                found[recipient.topic] = pk
    return found


def _lock(customer_id: UUID | None, order_id: UUID | None) -> bool:
    """Let the recipient's news come one after the other; False if they are gone."""
    if customer_id is not None:
        users = User.objects.select_for_update(no_key=True).filter(pk=customer_id)
        return bool(users.values_list("pk"))
    orders = Order.objects.select_for_update(no_key=True)
    return order_id is not None and bool(orders.filter(pk=order_id).values_list("pk"))


def _last_before(recipient: Recipient, pk: int) -> int:
    rows = Notification.objects.filter(recipient.filter, pk__lt=pk).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def drop_old(before: datetime, dry_run: bool) -> int:
    """Delete a batch of what is older; how many."""
    old = Notification.objects.filter(created_at__lt=before)
    if dry_run:
        return old.count()
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    Notification.objects.filter(pk__in=batch).delete()
    return len(batch)
