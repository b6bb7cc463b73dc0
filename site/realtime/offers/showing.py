"""Making an offer to a shopper: as often as it may be, and not to the control group.

The rows of earlier times say how often it was; the constraints of Showing let one of two tabs
have the next number. A process remembers who has had enough, and asks no more until then.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from commerce.pricing import selectors as pricing
from realtime.analytics.senders import Sender
from realtime.models import Showing
from realtime.offers.rulebook import Rule

Message = dict[str, Any]
MOST_REMEMBERED = 50_000

# With the rule as it was: after a change everybody is looked at again.
_enough: dict[tuple[int, UUID, UUID | None], tuple[Rule, datetime]] = {}


def is_held_out(offer_id: int, visitor_id: UUID, percent: int) -> bool:
    """Whether a visitor is in an offer's control group: always the same answer."""
    digest = hashlib.sha256(f"{offer_id}:{visitor_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 < percent


def may_come(rule: Rule, sender: Sender, now: datetime) -> bool:
    """False while this process knows that the shopper has had the offer often enough."""
    known = _enough.get(_key(rule, sender))
    return known is None or known[0] is not rule or known[1] <= now


def forget() -> None:
    """Remember nobody, for tests."""
    _enough.clear()


def make(rule: Rule, sender: Sender, now: datetime) -> Showing | None:
    """Write down that the offer is made now; None if it may not be, or is held back.

    Whoever is in the control group is written down once.
    """
    visitor_id, customer_id = sender.visitor_id, sender.customer_id
    assert visitor_id is not None  # noqa: S101 (for mypy: nobody else gets here)
    theirs = Q(visitor_id=visitor_id)
    if customer_id is not None:
        theirs |= Q(customer_id=customer_id)
    before = list(Showing.objects.filter(theirs, offer_id=rule.id).order_by("at"))
    held = before[0].is_held if before else None
    if held is None:
        held = is_held_out(rule.id, visitor_id, rule.control_percent)
    window = timedelta(hours=rule.hours)
    recent = [row.at for row in before if row.at > now - window]
    if held and before:
        _remember(rule, sender, now + window)
        return None
    if len(recent) >= rule.times:
        _remember(rule, sender, recent[-rule.times] + window)
        return None
    if not held and rule.code_id is not None and not pricing.code_is_usable(rule.code_id, now):
        return None
    row = _next(rule, sender, before, held=held, now=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None  # another tab got it, or the offer is gone
    return None if held else row


def _next(
    rule: Rule, sender: Sender, before: list[Showing], *, held: bool, now: datetime
) -> Showing:
    visitor_id, customer_id = sender.visitor_id, sender.customer_id
    assert visitor_id is not None  # noqa: S101
    return Showing(
        offer_id=rule.id,
        visitor_id=visitor_id,
        customer_id=customer_id,
        nth=1 + max((row.nth for row in before if row.visitor_id == visitor_id), default=0),
        customer_nth=None if customer_id is None else 1 + _most_of(before, customer_id),
        is_held=held,
        at=now,
    )


def _most_of(rows: list[Showing], customer_id: UUID) -> int:
    return max((row.customer_nth or 0 for row in rows if row.customer_id == customer_id), default=0)


def _key(rule: Rule, sender: Sender) -> tuple[int, UUID, UUID | None]:
    assert sender.visitor_id is not None  # noqa: S101
    return rule.id, sender.visitor_id, sender.customer_id


def _remember(rule: Rule, sender: Sender, until: datetime) -> None:
    if len(_enough) >= MOST_REMEMBERED:
        _enough.clear()
    _enough[_key(rule, sender)] = rule, until


def message(made: Showing, rule: Rule, locale: str) -> Message:
    """What the socket sends."""
    words = rule.said_in(locale)
    return {
        "type": "offer",
        "id": str(made.pk),
        "title": words.title,
        "message": words.message,
        "code": rule.code,
        "href": words.href,
        "promotion": dict(words.promotion),
    }
