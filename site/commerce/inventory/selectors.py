"""Reads of stock."""

from django.db.models import F, QuerySet

from commerce.inventory.models import StockLevel


def low_stock() -> QuerySet[StockLevel]:
    """The variants on sale that are at or under their threshold, scarcest first."""
    return (
        StockLevel.objects.filter(variant__archived_at=None, variant__product__status="listed")
        .annotate(left=F("on_hand") - F("reserved"))
        .filter(left__lte=F("low_stock_threshold"))
        .select_related("variant__product")
        .order_by("left", "variant_id")
    )
