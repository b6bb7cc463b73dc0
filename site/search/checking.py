"""Compares the index with the database record by record, and mends what differs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from core.models import OutboxDelivery, OutboxEvent
from search import engines
from search.engines.base import Engine
from search.indexing import BATCH, FOLLOWED, HANDLER, flush_all, mark
from search.models import PendingProduct, SyncState
from search.records import Record, RecordKey, all_records, records_of


@dataclass(slots=True)
class Drift:
    """What differed: records that the index lacks, has otherwise, or has too many.

    `checked` counts the records of the database, `mended` says whether all was put right.
    """

    checked: int = 0
    missing: list[RecordKey] = field(default_factory=list)
    stale: list[RecordKey] = field(default_factory=list)
    extra: list[RecordKey] = field(default_factory=list)
    mended: bool = False

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.extra)

    def figures(self) -> dict[str, int]:
        """How many of each."""
        return {
            "checked": self.checked,
            "missing": len(self.missing),
            "stale": len(self.stale),
            "extra": len(self.extra),
        }

    def all_keys(self) -> set[RecordKey]:
        """Every record that differed."""
        return {*self.missing, *self.stale, *self.extra}

    def product_ids(self) -> set[int]:
        """The products with any difference."""
        return {key.product_id for key in self.all_keys()}


def check(*, mend: bool = True, tell: Callable[[int], None] = lambda done: None) -> Drift:
    """Write what is marked, compare every record with the index, and mend what differs.

    What is on its way to the index is no drift. `tell` gets the number of records compared.
    Raises EngineUnavailable.
    """
    engine = engines.current()
    if mend:
        flush_all()
    drift = _compare(engine, all_records(), engine.stored(), tell)
    if drift:
        drift = _confirmed(engine, drift)
    SyncState.objects.update_or_create(
        engine=engine.name,
        defaults={"checked_at": timezone.now(), **drift.figures()},
    )
    if drift and mend:
        _mend(engine, drift)
    return drift


def _compare(
    engine: Engine,
    records: Iterable[Record],
    stored: Iterable[tuple[RecordKey, str]],
    tell: Callable[[int], None],
) -> Drift:
    known = dict(stored)
    drift = Drift()
    for record in records:
        drift.checked += 1
        version = known.pop(record.key, None)
        if version is None:
            drift.missing.append(record.key)
        elif version != record.version:
            drift.stale.append(record.key)
        if drift.checked % BATCH == 0:
            tell(drift.checked)
    drift.extra = sorted(known)
    tell(drift.checked)
    return drift


def _confirmed(engine: Engine, drift: Drift) -> Drift:
    """The same without what changed while it was compared, or is on its way."""
    suspects = drift.product_ids() - _on_the_way()
    stored = [(key, version) for key, version in engine.stored() if key.product_id in suspects]
    ids = sorted(suspects)
    records = (
        record for at in range(0, len(ids), BATCH) for record in records_of(ids[at : at + BATCH])
    )
    again = _compare(engine, records, stored, lambda done: None)
    on_the_way = _on_the_way()
    before = drift.all_keys()

    def real(keys: list[RecordKey]) -> list[RecordKey]:
        return [key for key in keys if key in before and key.product_id not in on_the_way]

    return Drift(drift.checked, real(again.missing), real(again.stale), real(again.extra))


def _on_the_way() -> set[int]:
    """The products that are marked, or that an event tells of which nobody has heard yet."""
    waiting = OutboxEvent.objects.filter(
        Q(fanned_out_at=None)
        | Q(deliveries__handler=HANDLER, deliveries__state=OutboxDelivery.State.DUE),
        name__in=FOLLOWED,
    )
    marked = PendingProduct.objects.filter(dead_at=None)
    found = set(marked.values_list("product_id", flat=True))
    for payload in waiting.values_list("payload", flat=True).iterator():
        found |= {payload["product_id"]} if "product_id" in payload else set(payload["product_ids"])
    return found


def _mend(engine: Engine, drift: Drift) -> None:
    mark(drift.product_ids())
    known = {code for code, _ in settings.LANGUAGES}
    # Flushing looks after the shop's languages only.
    foreign = [key for key in drift.extra if key.locale not in known]
    for at in range(0, len(foreign), BATCH):
        engine.delete(foreign[at : at + BATCH])
    flush_all()
    wrong = drift.product_ids()
    drift.mended = not PendingProduct.objects.filter(product_id__in=wrong).exists()
