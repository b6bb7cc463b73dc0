"""What offers know of people: which ones they were made. Figures name nobody and stay."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from commerce.customers import privacy
from commerce.customers.models import User
from core.rendering import utc_text
from realtime.analytics.privacy import visitors_of
from realtime.models import Showing

BATCH = 5000


def register() -> None:
    """Take part in exports, erasures and retention.

    Before analytics, whose erasure forgets which visitors the customer was.
    """
    privacy.register("offers", export=export, erase=erase)
    privacy.register_retention("offers made", "RETENTION_OFFER_DAYS", drop_old)


def _of(user: User) -> Q:
    return Q(customer_id=user.pk) | Q(customer_id=None, visitor_id__in=visitors_of(user))


def export(user: User) -> list[dict[str, Any]]:
    """Every offer that the customer was made, oldest first."""
    rows = Showing.objects.filter(_of(user), is_held=False).select_related("offer")
    return [
        {
            "id": str(row.pk),
            "offer": row.offer.title,
            "at": utc_text(row.at),
            "shown_at": utc_text(row.shown_at) if row.shown_at else None,
            "clicked_at": utc_text(row.clicked_at) if row.clicked_at else None,
            "used_order_id": str(row.used_order_id) if row.used_order_id else None,
        }
        for row in rows.order_by("at")
    ]


@transaction.atomic
def erase(user: User) -> None:
    """They stay counted, each visitor under an id that is nobody's."""
    rows = Showing.objects.filter(_of(user))
    for visitor in set(rows.values_list("visitor_id", flat=True)):
        rows.filter(visitor_id=visitor).update(
            visitor_id=uuid4(), customer_id=None, customer_nth=None
        )


def drop_old(before: datetime, dry_run: bool) -> int:
    """Delete a batch of what was offered before `before`."""
    old = Showing.objects.filter(at__lt=before)
    if dry_run:
        return old.count()
    return Showing.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()[0]
