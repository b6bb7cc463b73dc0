"""Chooses what is shown: the editors' word first, then the ranking. Stock is the caller's."""

from collections.abc import Sequence

from django.db.models import Q

from content.api.recommending import Advice
from realtime.models import Curation, CurationKind, Recommended


def advise(product_ids: Sequence[int]) -> Advice:
    """What goes with these products (of one page, or of a cart), best first; two queries.

    Without products only what editors want everywhere.
    """
    given = list(dict.fromkeys(product_ids))
    pinned, forbidden = _curated(given)
    lists = dict(
        Recommended.objects.filter(product_id__in=given).values_list("product_id", "other_ids")
    )
    ranked = _merged([lists.get(product, []) for product in given])
    return Advice(list(dict.fromkeys([*pinned, *ranked])), forbidden)


def _curated(product_ids: list[int]) -> tuple[list[int], set[int]]:
    rules = Curation.objects.filter(Q(product=None) | Q(product_id__in=product_ids))
    # What is said of this product goes before what is said of all.
    rows = sorted(
        rules.values_list("kind", "other_id", "product_id", "pk"),
        key=lambda row: (row[2] is None, row[3]),
    )
    pinned = [other for kind, other, _, _ in rows if kind == CurationKind.PIN]
    return pinned, {other for kind, other, _, _ in rows if kind == CurationKind.FORBID}


def _merged(lists: list[list[int]]) -> list[int]:
    """The lists as one: what stands high in several goes first."""
    scores: dict[int, float] = {}
    for ranked in lists:
        for place, pk in enumerate(ranked):
            scores[pk] = scores.get(pk, 0.0) + 1 / (place + 1)
    return sorted(scores, key=lambda pk: (-scores[pk], pk))
