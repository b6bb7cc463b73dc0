"""Ranks what goes with a product, beforehand: a read takes one row.

A pair weighs `(viewed + 5 × bought) / √(all of the one × all of the other)`: what everybody
looks at goes with everything, and would else stand everywhere.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from heapq import nlargest
from math import sqrt
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from realtime.models import ProductPair, Recommended, SaleLine

BOUGHT = 5
# One visitor's stroll is chance.
LEAST = 2.0
KEPT = 24
CANDIDATES = 200
ORDERS_WITHIN = timedelta(days=365)
BATCH = 100


def run(*, at_most: int = 2000) -> int:
    """Rank anew what has changed; how many products."""
    done = 0
    while done < at_most:
        ids = list(
            Recommended.objects.filter(is_stale=True)
            .order_by("product_id")
            .values_list("product_id", flat=True)[:BATCH]
        )
        if not ids:
            break
        rank(ids)
        done += len(ids)
    return done


@transaction.atomic
def rank(product_ids: Iterable[int]) -> None:
    """Rank what goes with these products; the number of queries does not depend on how many."""
    ids = sorted(set(product_ids))
    # First the mark, then the reading: what changes meanwhile marks it again.
    list(Recommended.objects.select_for_update().filter(product_id__in=ids).order_by("product_id"))
    Recommended.objects.filter(product_id__in=ids).update(is_stale=False)
    weights = _pairs(ids)
    others = {other for found in weights.values() for other in found}
    popularity = _popularity(others | set(ids))
    rows = []
    for product in ids:
        scores = {
            other: weight / sqrt(popularity[product] * popularity[other])
            for other, weight in nlargest(CANDIDATES, weights[product].items(), key=itemgetter(1))
            if weight >= LEAST
        }
        ranked = sorted(scores, key=lambda other: (-scores[other], other))
        rows.append(Recommended(product_id=product, other_ids=ranked[:KEPT], is_stale=False))
    Recommended.objects.bulk_update(rows, ["other_ids"], batch_size=BATCH)


def _bought_lines() -> Any:
    since = timezone.now() - ORDERS_WITHIN
    return SaleLine.objects.filter(sale__counts=True, sale__accepted_at__gte=since)


def _pairs(ids: list[int]) -> dict[int, dict[int, float]]:
    """The weight of each product's pairs."""
    found: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    viewed = ProductPair.objects.filter(product_id__in=ids)
    for product, other, weight in viewed.values_list("product_id", "other_id", "viewed"):
        found[product][other] += weight
    together = (
        _bought_lines()
        .filter(product_id__in=ids)
        .values("product_id", "sale__lines__product_id")
        .annotate(n=Count("pk"))
    )
    for row in together:
        if row["sale__lines__product_id"] != row["product_id"]:
            found[row["product_id"]][row["sale__lines__product_id"]] += BOUGHT * row["n"]
    return found


def _popularity(ids: set[int]) -> dict[int, float]:
    """How often each was looked at or bought with anything, 1 at least."""
    found = dict.fromkeys(ids, 1.0)
    viewed: Any = ProductPair.objects.filter(product_id__in=ids).values("product_id")
    for row in viewed.annotate(n=Sum("viewed")):
        found[row["product_id"]] += row["n"]
    bought = _bought_lines().filter(product_id__in=ids).values("product_id")
    for row in bought.annotate(n=Count("pk")):
        found[row["product_id"]] += BOUGHT * row["n"]
    return found
