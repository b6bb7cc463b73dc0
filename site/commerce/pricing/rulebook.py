"""What seldom changes and every quote needs: promotions, shipping rates, taxes.

Each process keeps the book that it read last, see `core.editions`.
"""

from dataclasses import dataclass

from commerce.pricing.models import Edition, Promotion, TaxRate
from commerce.shipping import selectors as shipping
from commerce.shipping.models import Method, Rate, Zone
from core.editions import Kept


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The active promotions by priority, the shipping rates by zone and step, the taxes."""

    promotions: tuple[Promotion, ...]
    rates: tuple[Rate, ...]
    taxes: tuple[TaxRate, ...]


def _read() -> RuleBook:
    return RuleBook(
        promotions=tuple(Promotion.objects.filter(is_active=True)),
        rates=tuple(shipping.rates()),
        taxes=tuple(TaxRate.objects.order_by("region")),
    )


_kept = Kept(Edition, _read)


def current() -> RuleBook:
    """The book as it is in the database now: one query, four after a change."""
    return _kept.current()


def watch() -> None:
    """Let every change of what is in the book begin a new edition."""
    _kept.watch(Promotion, TaxRate, Zone, Method, Rate)
