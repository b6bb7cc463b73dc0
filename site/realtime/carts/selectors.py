"""Carts that were left standing, day by day. docs/offers.md says what each figure counts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from realtime.models import AbandonedCart, Sale


@dataclass(frozen=True, slots=True)
class AbandonedDay:
    """The carts that were left on one day, in one currency; amounts in minor units.

    `returned` were ordered after all without a mail, or long after it.
    """

    day: date
    currency: str
    carts: int
    worth_minor: int
    known: int
    mailed: int
    recovered: int
    recovered_minor: int
    returned: int
    returned_minor: int


def abandoned(since: datetime, until: datetime) -> list[AbandonedDay]:
    """Carts left in [since, until) by day (of the setting TIME_ZONE) and currency; one query.

    Recovered: ordered in the CART_RECOVERY_DAYS after the mail, accepted and not cancelled
    since. It counts on the day on which the cart was left.
    """
    within = timedelta(days=settings.CART_RECOVERY_DAYS)
    sale = Sale.objects.filter(pk=OuterRef("order_id"), counts=True)
    sold = Q(is_sold=True)
    by_mail = sold & Q(ordered_at__gte=F("mailed_at"), ordered_at__lt=F("mailed_at") + within)
    # Without a mail the comparison would be NULL, and so would its opposite.
    otherwise = sold & (
        Q(mailed_at=None)
        | Q(ordered_at__lt=F("mailed_at"))
        | Q(ordered_at__gte=F("mailed_at") + within)
    )
    rows: Any = (
        AbandonedCart.objects.filter(at__gte=since, at__lt=until)
        .annotate(
            day=TruncDate("at", tzinfo=timezone.get_default_timezone()),
            is_sold=Exists(sale),
            total=Subquery(sale.values("total_minor")),
        )
        .values("day", "currency")
        .annotate(
            carts=Count("pk"),
            worth_sum=Sum("worth_minor"),
            known=Count("pk", filter=Q(is_known=True)),
            mailed=Count("pk", filter=Q(mailed_at__isnull=False)),
            recovered=Count("pk", filter=by_mail),
            recovered_minor=Sum("total", filter=by_mail, default=0),
            returned=Count("pk", filter=otherwise),
            returned_minor=Sum("total", filter=otherwise, default=0),
        )
        .order_by("day", "currency")
    )
    return [AbandonedDay(worth_minor=row.pop("worth_sum"), **row) for row in rows]
