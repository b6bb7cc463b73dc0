"""What realtime knows of people: events and sessions of visitors that have signed in.

Figures name nobody and stay as they are.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from commerce.customers import privacy
from commerce.customers.models import User
from core.rendering import utc_text
from realtime.analytics import partitions, recounting
from realtime.analytics.periods import day_of
from realtime.models import Event, EventId, Sale, SeenProduct, Session

BATCH = 5000


def register() -> None:
    """Take part in exports, erasures and retention."""
    privacy.register("analytics", export=export, erase=erase)
    privacy.register_retention("analytics events", "ANALYTICS_RAW_DAYS", drop_events)
    privacy.register_retention("analytics sessions", "ANALYTICS_SESSION_DAYS", drop_sessions)


def visitors_of(user: User) -> set[Any]:
    """The browsers that the customer has signed in with."""
    seen = Session.objects.filter(customer_id=user.pk).values_list("visitor_id", flat=True)
    named = Event.objects.filter(customer_id=user.pk, visitor_id__isnull=False)
    return set(seen) | set(named.values_list("visitor_id", flat=True))


def _events_of(user: User) -> Q:
    """What was done signed in, and with the same browsers while nobody was."""
    return Q(customer_id=user.pk) | Q(customer_id=None, visitor_id__in=visitors_of(user))


def export(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every session and every event that is still kept."""
    sessions = Session.objects.filter(customer_id=user.pk).order_by("started_at")
    events = Event.objects.filter(_events_of(user)).order_by("at")
    return {
        "sessions": [
            {
                "visitor": str(session.visitor_id),
                "started_at": utc_text(session.started_at),
                "ended_at": utc_text(session.ended_at),
                "source": session.source,
                "medium": session.medium,
                "campaign": session.campaign,
                "referrer": session.referrer,
                "landing": session.landing,
                "views": session.views,
            }
            for session in sessions
        ],
        "events": [
            {
                "id": str(event.pk),
                "at": utc_text(event.at),
                "name": event.name,
                "product_id": event.product_id,
                "data": event.data,
            }
            for event in events
        ],
    }


@transaction.atomic
def erase(user: User) -> None:
    """Delete the events; sessions and sales stay counted, under a visitor that is nobody."""
    recounting.lock()
    visitors = visitors_of(user)
    Event.objects.filter(_events_of(user)).delete()
    SeenProduct.objects.filter(visitor_id__in=visitors).delete()
    for visitor in visitors:
        nobody = uuid4()
        mine = Q(customer_id=user.pk) | Q(customer_id=None)
        Session.objects.filter(mine, visitor_id=visitor).update(
            visitor_id=nobody, customer_id=None, referrer=""
        )
        Sale.objects.filter(visitor_id=visitor).update(visitor_id=nobody)


def drop_events(before: datetime, dry_run: bool) -> int:
    """Drop a day (or batch) of events from before `before`, and what says that they came."""
    dropped = partitions.drop(before, dry_run=dry_run)
    if dropped or dry_run:
        return dropped
    old = EventId.objects.filter(received_on__lt=before.date()).values_list("pk", flat=True)
    return EventId.objects.filter(pk__in=list(old[:BATCH])).delete()[0]


def drop_sessions(before: datetime, dry_run: bool) -> int:
    """Delete a batch of sessions of the days before `before`, and the visitors of sales."""
    began = day_of(before)
    old = Session.objects.filter(started_at__lt=began)
    if dry_run:
        return old.count()
    Sale.objects.filter(bound_at__lt=began).exclude(visitor_id=None).update(visitor_id=None)
    return Session.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()[0]
