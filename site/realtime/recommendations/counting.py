"""Counts which products the same visitor looked at on the same day, each pair once.

Inside the rollup's transaction (`rollups.subscribe`), so that a round that is killed has counted
nothing. Orders are not counted here: ranking reads them from the sales themselves.
"""

from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils import timezone

from realtime.analytics.rollups import Round
from realtime.models import Audience, ProductPair, SeenProduct
from realtime.recommendations.marking import mark_stale

# Who looks at more on one day is collecting, not choosing.
MOST_SEEN = 40
KEEP_SEEN = timedelta(days=2)
# Half of it is left after 60 days.
DAILY_FADING = 0.5 ** (1 / 60)
FORGOTTEN = 0.2
BATCH = 200

Visitor = tuple[UUID, date]


def count(finished: Round) -> None:
    """Add the pairs that a round's product views make."""
    viewed: dict[Visitor, dict[int, None]] = defaultdict(dict)
    for row in finished.events:
        is_view = row.name == "product_view" and row.audience == Audience.PEOPLE
        if is_view and row.product_id is not None and row.visitor_id is not None:
            viewed[row.visitor_id, row.at.date()][row.product_id] = None
    if not viewed:
        return
    seen = _seen({visitor for visitor, _ in viewed}, {day for _, day in viewed})
    fresh: list[SeenProduct] = []
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    for (visitor, day), products in viewed.items():
        before = seen[visitor, day]
        for product in products:
            if product in before or len(before) >= MOST_SEEN:
                continue
            for other in before:
                pairs[product, other] += 1
                pairs[other, product] += 1
            before.add(product)
            fresh.append(SeenProduct(visitor_id=visitor, product_id=product, day=day))
    SeenProduct.objects.bulk_create(fresh, batch_size=BATCH)
    _add(pairs)
    mark_stale({product for product, _ in pairs})


def _seen(visitors: set[UUID], days: set[date]) -> defaultdict[Visitor, set[int]]:
    found: defaultdict[Visitor, set[int]] = defaultdict(set)
    rows = SeenProduct.objects.filter(visitor_id__in=visitors, day__in=days)
    for visitor, day, product in rows.values_list("visitor_id", "day", "product_id"):
        found[visitor, day].add(product)
    return found


def _add(pairs: dict[tuple[int, int], int]) -> None:
    """`viewed = viewed + n`, in the order of the keys."""
    table = ProductPair._meta.db_table
    rows = [(product, other, n) for (product, other), n in sorted(pairs.items())]
    with connection.cursor() as cursor:
        for begin in range(0, len(rows), BATCH):
            some = rows[begin : begin + BATCH]
            # The table's name is the model's own.
            cursor.execute(
                f"INSERT INTO {table} (product_id, other_id, viewed)"  # noqa: S608
                f" VALUES {', '.join(['(%s, %s, %s)'] * len(some))}"
                " ON CONFLICT (product_id, other_id)"
                f" DO UPDATE SET viewed = {table}.viewed + excluded.viewed",
                [value for row in some for value in row],
            )


def fade() -> int:
    """Let a day go by: every pair weighs a little less, and the faintest go; how many went."""
    ProductPair.objects.update(viewed=F("viewed") * DAILY_FADING)
    SeenProduct.objects.filter(day__lt=timezone.now().date() - KEEP_SEEN).delete()
    return ProductPair.objects.filter(viewed__lt=FORGOTTEN).delete()[0]
