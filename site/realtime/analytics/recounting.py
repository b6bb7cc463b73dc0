"""Figures that are counted anew for a period, from the rows of its sessions and sales.

So that somebody who came twice is one visitor of that day, and an order that was cancelled
leaves. Who changes sessions or sales holds `lock` until the figures are right again.
"""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from realtime.analytics.periods import Period, all_of
from realtime.models import (
    ProductSalesFigures,
    RollupLock,
    Sale,
    SaleLine,
    SalesFigures,
    Session,
    SourceFigures,
    TrafficFigures,
)

ORIGIN = ("source", "medium", "campaign")


def lock() -> RollupLock:
    """Wait for everybody else who changes sessions or figures, until the transaction ends."""
    row, _ = RollupLock.objects.select_for_update().get_or_create(pk=1)
    return row


def traffic(begun: set[datetime]) -> None:
    """Count the periods anew in which sessions began that have changed, come or gone."""
    periods = list(all_of(begun))
    TrafficFigures.objects.bulk_create(
        [_traffic_of(period) for period in periods],
        update_conflicts=True,
        unique_fields=["grain", "start"],
        update_fields=[
            "visitors", "sessions", "session_views", "seconds", "bounces",
            "with_product", "with_cart", "with_checkout", "with_order",
        ],
    )  # fmt: skip
    for period in periods:
        SourceFigures.objects.filter(grain=period.grain, start=period.start).delete()
        SourceFigures.objects.bulk_create(_sources_of(period), batch_size=50)


def sales(accepted: set[datetime]) -> None:
    """Count the periods anew in which orders were accepted that have changed."""
    for period in all_of(accepted):
        counted = Sale.objects.filter(
            counts=True, accepted_at__gte=period.start, accepted_at__lt=period.end
        )
        for table in (SalesFigures, ProductSalesFigures):
            table.objects.filter(grain=period.grain, start=period.start).delete()
        SalesFigures.objects.bulk_create(
            SalesFigures(grain=period.grain, start=period.start, **row)
            for row in counted.values("currency").annotate(
                orders=Count("pk"),
                total_minor=Sum("total_minor"),
                refunded_minor=Sum("refunded_minor"),
            )
        )
        lines: Any = SaleLine.objects.filter(sale__in=counted)
        ProductSalesFigures.objects.bulk_create(
            [
                ProductSalesFigures(
                    grain=period.grain,
                    start=period.start,
                    currency=row.pop("sale__currency"),
                    **row,
                )
                for row in lines.values("product_id", "sale__currency").annotate(
                    orders=Count("sale_id"),
                    quantity=Sum("quantity"),
                    total_minor=Sum("total_minor"),
                )
            ],
            batch_size=50,
        )


def _begun_in(period: Period) -> Q:
    return Q(started_at__gte=period.start, started_at__lt=period.end)


def _totals() -> dict[str, Count | Sum]:
    return {
        "visitors": Count("visitor_id", distinct=True),
        "sessions": Count("pk"),
        "session_views": Sum("views", default=0),
        "bounces": Count("pk", filter=Q(bounced=True)),
        "with_order": Count("pk", filter=Q(orders__gt=0)),
    }


def _traffic_of(period: Period) -> TrafficFigures:
    begun = Session.objects.filter(_begun_in(period))
    row = begun.aggregate(
        **_totals(),
        with_product=Count("pk", filter=Q(product_views__gt=0)),
        with_cart=Count("pk", filter=Q(cart_adds__gt=0)),
        with_checkout=Count("pk", filter=Q(checkouts__gt=0)),
        seconds=Sum("seconds", default=0),
    )
    return TrafficFigures(grain=period.grain, start=period.start, **row)


def _sources_of(period: Period) -> list[SourceFigures]:
    begun = Session.objects.filter(_begun_in(period)).values(*ORIGIN)
    rows = begun.annotate(**_totals(), seconds_sum=Sum("seconds", default=0)).order_by(*ORIGIN)
    return [
        SourceFigures(grain=period.grain, start=period.start, seconds=row.pop("seconds_sum"), **row)
        for row in rows
    ]
