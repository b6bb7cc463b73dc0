"""Reads of stock."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Min, QuerySet

from commerce.inventory.models import Reservation, StockLevel


def low_stock() -> QuerySet[StockLevel]:
    """The variants on sale that are at or under their threshold, scarcest first."""
    return (
        StockLevel.objects.filter(variant__archived_at=None, variant__product__status="listed")
        .annotate(left=F("on_hand") - F("reserved"))
        .filter(left__lte=F("low_stock_threshold"))
        .select_related("variant__product")
        .order_by("left", "variant_id")
    )


def held_until(order_id: UUID) -> datetime | None:
    """When an order's stock goes back; None if it has no time limit, or holds nothing."""
    held = Reservation.objects.filter(order_id=order_id)
    until: datetime | None = held.aggregate(first=Min("expires_at"))["first"]
    return until
