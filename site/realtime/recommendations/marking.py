"""Says whose recommendations have to be ranked anew."""

from collections.abc import Iterable

from realtime.models import Recommended

BATCH = 200


def mark_stale(product_ids: Iterable[int]) -> None:
    """Have what goes with these products ranked anew."""
    Recommended.objects.bulk_create(
        [Recommended(product_id=pk) for pk in sorted(set(product_ids))],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["product_id"],
        update_fields=["is_stale"],
    )
