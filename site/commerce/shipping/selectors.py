"""Which methods go where, and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from commerce.shipping.models import Rate


@dataclass(frozen=True, slots=True)
class Choice:
    """A shipping method for one parcel, with its price in minor units and its window in days."""

    id: int
    name: str
    price_minor: int
    min_days: int
    max_days: int


def rates() -> QuerySet[Rate]:
    """The rates of all active methods with their method and zone, by zone and by step."""
    return (
        Rate.objects.filter(method__is_active=True)
        .select_related("method__zone")
        .order_by("method__zone__position", "min_subtotal_minor", "min_weight_grams", "id")
    )


def choices(
    known: Sequence[Rate], *, country: str, currency: str, subtotal_minor: int, weight_grams: int
) -> list[Choice]:
    """The methods for a parcel among the `known` rates, in the shop's order.

    The zone that names the country, else the one that names none. Of a method's rates the
    last step that the parcel reaches holds.
    """
    zones = [rate.method.zone for rate in known]
    zone = next((z for z in zones if country in z.countries), None) or next(
        (z for z in zones if not z.countries), None
    )
    reached: dict[int, Rate] = {}
    for rate in known:  # by step, so that a later one replaces an earlier one
        if (
            rate.currency == currency
            and rate.method.zone == zone
            and rate.min_subtotal_minor <= subtotal_minor
            and rate.min_weight_grams <= weight_grams
        ):
            reached[rate.method_id] = rate
    return [
        Choice(
            id=rate.method_id,
            name=rate.method.name,
            price_minor=rate.price_minor,
            min_days=rate.method.min_days,
            max_days=rate.method.max_days,
        )
        for rate in sorted(reached.values(), key=lambda r: (r.method.position, r.method_id))
    ]
