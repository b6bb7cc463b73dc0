"""What a product costs in a currency and whether it can be had, from its variants."""

from collections.abc import Iterable
from dataclasses import dataclass

from commerce.catalogue.models import Variant


@dataclass(frozen=True, slots=True)
class Figures:
    """Amounts are in minor units of one currency."""

    from_minor: int
    to_minor: int
    compare_at_minor: int | None
    in_stock: bool
    is_low: bool


def figures_of(variants: Iterable[Variant], currency: str) -> Figures | None:
    """The figures over the variants that have a price in this currency; None without any."""
    rows = [
        (variant, price)
        for variant in variants
        for price in variant.prices.all()
        if price.currency == currency
    ]
    if not rows:
        return None
    amounts = [price.amount_minor for _, price in rows]
    levels = [level for variant, _ in rows if (level := getattr(variant, "stock", None))]
    sellable = [level for level in levels if level.sellable]
    return Figures(
        from_minor=min(amounts),
        to_minor=max(amounts),
        compare_at_minor=max(
            (price.compare_at_minor for _, price in rows if price.compare_at_minor), default=None
        ),
        in_stock=bool(sellable),
        # A backorder is not scarce: there is no last one to hurry for.
        is_low=bool(sellable)
        and all(0 < level.available <= level.low_stock_threshold for level in sellable),
    )
