"""Brings changes to the index: marked with the event, written a batch at a time, never lost.

`mark` notes that a product's records may be other than the index's; `flush` claims what is
marked, reads the records as they are at that moment and writes them. One product is in one
hand at a time, and who finds that his claim ran out while he wrote marks the product again: an
older state that came last is written over. While a full run is under way the same goes to the
live index at once, and again when the run is over.
"""

import logging
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from commerce.catalogue.events import PRODUCT_CHANGED
from commerce.inventory.events import AVAILABILITY_CHANGED
from content.events import CARDS_CHANGED
from core.ids import uuid7
from core.relay import pause_after, savepoint
from search import engines
from search.engines.base import Engine, EngineUnavailable
from search.models import FullRun, PendingProduct, SyncState
from search.records import RecordKey, records_of

logger = logging.getLogger(__name__)

# What tells that a product's records are others. The cards do not say all that a record does
# (each variant's price, for one), so the catalogue is heard as well.
FOLLOWED = (CARDS_CHANGED, PRODUCT_CHANGED, AVAILABILITY_CHANGED)
HANDLER = "search.mark"

BATCH = 200
CLAIM = timedelta(minutes=2)
# A full run that has not been heard of for so long is dead.
SILENCE = timedelta(minutes=10)
MAX_ATTEMPTS = 8
LONGEST_REST = timedelta(minutes=1)

# What may heal by itself, whichever record is written.
AWAY = (EngineUnavailable, OperationalError, InterfaceError)


# ── Marking ─────────────────────────────────────────────────────────────────────────────
def mark(product_ids: Iterable[int]) -> None:
    """Have these products' records written, or taken out, soon.

    Two queries for each thousand, and one for each that could not be written before.
    """
    edition = uuid7()
    now = timezone.now()
    # In one order, so that two who mark the same never wait for each other.
    rows = [
        PendingProduct(product_id=pk, edition=edition, since=now, due_at=now)
        for pk in sorted(set(product_ids))
    ]
    PendingProduct.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["product_id"],
        # A claim stays: its holder sees that the edition is another one.
        update_fields=["edition", "replay", "dead_at"],
    )
    # What could not be written is something else now: it is tried at once, and as often.
    put_off = PendingProduct.objects.filter(claimed_by="", attempts__gt=0)
    for at in range(0, len(rows), 1000):
        ids = [row.product_id for row in rows[at : at + 1000]]
        for pk in put_off.filter(pk__in=ids).values_list("pk", flat=True):
            put_off.filter(pk=pk).update(attempts=0, due_at=now)


# ── Writing ─────────────────────────────────────────────────────────────────────────────
class _Marker(NamedTuple):
    """Whether a full run is under way, and when the last one was begun, or begun again."""

    active: bool
    begun_at: datetime | None


def flush(*, at_most: int = BATCH) -> int:
    """Write a batch of what is marked and due; how many products were done with.

    0 means that nothing is due, or that the engine is away: then nothing is sent to it for up
    to LONGEST_REST.
    """
    engine = engines.current()
    marker = _marker(engine)
    if not _claimable(marker).exists() or _rests(engine):
        return 0
    rows = _claim(marker, at_most)
    if not rows:
        return 0
    written: list[PendingProduct] = []
    try:
        _write(engine, rows, written)
    except AWAY as error:
        if not isinstance(error, EngineUnavailable):
            logger.exception("The search index could not be written")
        _rest(engine, error)
        _give_back(rows, written)
    except BaseException:
        # Interrupted: others need not wait until the claim runs out.
        _give_back(rows, [])
        raise
    else:
        _has_answered(engine)
    _finish(engine, rows[0].claimed_by, written, marker)
    return len(written)


def flush_all() -> int:
    """Write all that is marked, also what was put off, until the engine is away; how many."""
    engine = engines.current()
    SyncState.objects.filter(engine=engine.name).update(rests_until=None)
    unclaimed = PendingProduct.objects.filter(claimed_by="", dead_at=None)
    unclaimed.filter(due_at__gt=timezone.now()).update(due_at=timezone.now())
    total = 0
    while done := flush():
        total += done
    return total


def _claimable(marker: _Marker) -> QuerySet[PendingProduct]:
    # Those that somebody has claimed are due when his claim has run out.
    rows = PendingProduct.objects.filter(dead_at=None, due_at__lte=timezone.now())
    return rows.filter(replay=False) if marker.active else rows


@transaction.atomic
def _claim(marker: _Marker, at_most: int) -> list[PendingProduct]:
    rows = _claimable(marker).order_by("due_at", "product_id")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    wanted = list(rows.values_list("pk", flat=True)[:at_most])
    holder = uuid7().hex
    _claimable(marker).filter(pk__in=wanted).update(
        claimed_by=holder,
        claimed_edition=F("edition"),
        due_at=timezone.now() + CLAIM,
        attempts=F("attempts") + 1,
        replay=False,
    )
    return list(PendingProduct.objects.filter(pk__in=wanted, claimed_by=holder).order_by("pk"))


def _write(engine: Engine, rows: list[PendingProduct], written: list[PendingProduct]) -> None:
    """Write the products of `rows`, halving the batch until only what cannot be written is left.

    Raises what says that the engine is away.
    """
    try:
        with savepoint():
            _write_products(engine, [row.product_id for row in rows])
    except AWAY:
        raise
    except Exception as error:
        if len(rows) == 1:
            logger.exception("A product's records could not be written", extra={"id": rows[0].pk})
            _put_off(rows[0], error)
            return
    else:
        written += rows
        return
    half = len(rows) // 2
    _write(engine, rows[:half], written)
    _write(engine, rows[half:], written)


def _write_products(engine: Engine, product_ids: list[int]) -> None:
    records = records_of(product_ids)
    there = {record.key for record in records}
    every = {RecordKey(pk, code) for pk in product_ids for code, _ in settings.LANGUAGES}
    if gone := sorted(every - there):
        engine.delete(gone)
    if records:
        engine.index(records)


def _put_off(row: PendingProduct, error: Exception) -> None:
    given_up = row.attempts >= MAX_ATTEMPTS
    PendingProduct.objects.filter(pk=row.pk, claimed_by=row.claimed_by).update(
        claimed_by="",
        due_at=timezone.now() + pause_after(row.attempts),
        dead_at=timezone.now() if given_up else None,
        last_error=f"{type(error).__name__}: {error}"[:1000],
    )


def _give_back(rows: list[PendingProduct], written: list[PendingProduct]) -> None:
    """Those that were not tried are due as before: the engine was away, they did nothing wrong."""
    untried = {row.pk for row in rows} - {row.pk for row in written}
    with transaction.atomic():
        mine, _ = _held(untried, rows[0].claimed_by)
        mine.update(claimed_by="", due_at=timezone.now(), attempts=F("attempts") - 1)


def _held(ids: set[int], holder: str) -> tuple[QuerySet[PendingProduct], set[int]]:
    """The rows that are still claimed by `holder`, locked in the order in which `mark` does."""
    mine = PendingProduct.objects.filter(pk__in=ids, claimed_by=holder)
    return mine, set(mine.select_for_update().order_by("pk").values_list("pk", flat=True))


def _finish(engine: Engine, holder: str, written: list[PendingProduct], before: _Marker) -> None:
    """Take the rows away of what was written, unless it has to be written once more."""
    if not written:
        return
    ids = {row.pk for row in written}
    with transaction.atomic():
        mine, held = _held(ids, holder)
        marker = _marker(engine)
        same = mine.filter(edition=F("claimed_edition"))
        if marker.active:
            # The index that replaces this one may have been told of the product before.
            same.update(claimed_by="", due_at=timezone.now(), attempts=0, replay=True)
        elif marker == before:
            same.delete()
        mine.update(claimed_by="", due_at=timezone.now(), attempts=0)
    if lost := ids - held:
        mark(lost)


# ── The engine's state ──────────────────────────────────────────────────────────────────
def _marker(engine: Engine) -> _Marker:
    begun = FullRun.objects.filter(engine=engine.name, started_at__isnull=False)
    latest = begun.order_by("-started_at").values_list("started_at", "state", "seen_at").first()
    if latest is None:
        return _Marker(False, None)
    started_at, state, seen_at = latest
    lives = seen_at > timezone.now() - SILENCE
    return _Marker(state == FullRun.State.RUNNING and lives, started_at)


def _rests(engine: Engine) -> bool:
    return SyncState.objects.filter(engine=engine.name, rests_until__gt=timezone.now()).exists()


def _rest(engine: Engine, error: Exception) -> None:
    state, _ = SyncState.objects.get_or_create(engine=engine.name)
    longest = min(2.0 ** min(state.failures + 1, 20), LONGEST_REST.total_seconds())
    pause = timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311 (jitter)
    SyncState.objects.filter(pk=state.pk).update(
        failures=F("failures") + 1,
        rests_until=timezone.now() + pause,
        last_error=f"{type(error).__name__}: {error}"[:1000],
    )


def _has_answered(engine: Engine) -> None:
    SyncState.objects.filter(engine=engine.name, failures__gt=0).update(
        failures=0, rests_until=None, last_error=""
    )
