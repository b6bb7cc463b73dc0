"""What offers came to. docs/offers.md says what each figure counts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from realtime.models import Offer, Sale, Showing


@dataclass(slots=True)
class OfferFigures:
    """One offer in a span of time. Times first, then shoppers, each of whom counts once.

    `revenue` is what the orders that used it came to, refunds taken off: minor units by currency.
    """

    offer_id: int
    name: str
    promotion: str
    page_id: int
    made: int = 0
    shown: int = 0
    clicked: int = 0
    used: int = 0
    revenue: dict[str, int] = field(default_factory=dict)
    shoppers: int = 0  # who were shown it, by the first time that it was made to them
    converted: int = 0  # of these, who ordered in the OFFER_DAYS after that
    held: int = 0  # who were held out
    held_converted: int = 0

    @property
    def conversion(self) -> float | None:
        """The share of those who were shown it that ordered; None where there is nobody."""
        return self.converted / self.shoppers if self.shoppers else None

    @property
    def held_conversion(self) -> float | None:
        """The same of the control group."""
        return self.held_converted / self.held if self.held else None

    @property
    def uplift(self) -> float | None:
        """Conversion of who was shown it less that of the control group: 0.05 is five points."""
        if self.conversion is None or self.held_conversion is None:
            return None
        return self.conversion - self.held_conversion


def report(since: datetime, until: datetime) -> list[OfferFigures]:
    """Every offer that was made or held back in [since, until), most shown first; three queries."""
    rows = _counted(Showing.objects.filter(at__gte=since, at__lt=until))
    found = _figures(rows)
    return sorted(found.values(), key=lambda each: (-each.shown, each.name, each.offer_id))


def of_offers(offer_ids: Iterable[int]) -> dict[int, OfferFigures]:
    """The figures of some offers since they began; three queries."""
    return _figures(_counted(Showing.objects.filter(offer_id__in=list(offer_ids))))


def by_promotion(since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """How often offers were `shown` and `clicked` in [since, until), by what orders call it: the
    offer's code, else the name of its price rule, else its page's title; one query."""
    rows = Showing.objects.filter(at__gte=since, at__lt=until, is_held=False).order_by()
    found: dict[str, dict[str, int]] = {}
    for code, rule, title, shown, clicked in rows.values_list(
        "offer__code__code", "offer__page__promotion__name", "offer__page__title"
    ).annotate(shown=Count("shown_at"), clicked=Count("clicked_at")):
        sums = found.setdefault(code or rule or title, {"shown": 0, "clicked": 0})
        sums["shown"] += shown
        sums["clicked"] += clicked
    return found


def _counted(rows: QuerySet[Showing]) -> Any:
    """Rows that know whether their orders count: accepted, and not cancelled since."""
    sales = Sale.objects.filter(counts=True)
    return rows.annotate(
        has_order=Exists(sales.filter(pk=OuterRef("order_id"))),
        has_use=Exists(sales.filter(pk=OuterRef("used_order_id"))),
    ).order_by()


def _figures(rows: Any) -> dict[int, OfferFigures]:
    shown = Q(shown_at__isnull=False)
    held = Q(is_held=True)

    def shoppers(which: Q) -> Count:
        # Who is held out has a first time only: to be fair, so have the others here.
        return Count("visitor_id", filter=which & Q(nth=1), distinct=True)

    summed = rows.values("offer_id").annotate(
        made=Count("pk", filter=~held),
        shown=Count("pk", filter=shown),
        clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        used=Count("pk", filter=Q(has_use=True)),
        shoppers=shoppers(shown),
        converted=shoppers(shown & Q(has_order=True)),
        held=shoppers(held),
        held_converted=shoppers(held & Q(has_order=True)),
    )
    counts: dict[int, Any] = {row["offer_id"]: row for row in summed}
    names = Offer.objects.filter(pk__in=list(counts)).values_list(
        "pk", "name", "page__title", "page_id"
    )
    revenue = _revenue(rows)
    return {
        pk: OfferFigures(
            name=name, promotion=title, page_id=page, revenue=revenue[pk], **counts[pk]
        )
        for pk, name, title, page in names
    }


def _revenue(rows: Any) -> defaultdict[int, dict[str, int]]:
    sale = Sale.objects.filter(pk=OuterRef("used_order_id"))
    used = rows.filter(has_use=True).annotate(
        currency=Subquery(sale.values("currency")),
        total=Subquery(sale.values("total_minor")),
        refunded=Subquery(sale.values("refunded_minor")),
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for offer, currency, total, refunded in used.values_list(
        "offer_id", "currency", "total", "refunded"
    ):
        sums = found[offer]
        sums[currency] = sums.get(currency, 0) + total - refunded
    return found
