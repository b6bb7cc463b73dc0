"""Writing the whole index anew: all of it or nothing of it, one run at a time, to be followed."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from content.cards import selectors as cards
from core.ids import uuid7
from core.task_runs import is_queued
from search import engines
from search.engine_settings import version_for
from search.engines.base import Engine
from search.errors import FullRunLost, FullRunUnderway, SetTooSmall
from search.indexing import SILENCE, mark
from search.models import FullRun, PendingProduct, SyncState
from search.records import Record, all_records

logger = logging.getLogger(__name__)

# How often a run notes how far it is.
NOTE_EVERY = timedelta(seconds=1)
KEPT = 50

Tell = Callable[[int, int], None]


@transaction.atomic
def open_run(*, force: bool = False) -> FullRun:
    """A run that waits for `carry_out`. Raises FullRunUnderway naming the one that there is."""
    name = engines.current().name
    _bury_dead(name)
    try:
        with transaction.atomic():
            return FullRun.objects.create(engine=name, force=force)
    except IntegrityError:
        raise FullRunUnderway(unfinished(name)) from None


def unfinished(engine: str) -> FullRun | None:
    """The run that waits or is under way; one whose process is gone is ended."""
    _bury_dead(engine)
    return FullRun.objects.filter(engine=engine, state__in=FullRun.UNFINISHED).first()


def carry_out(run_id: UUID, *, tell: Tell = lambda done, total: None) -> int:
    """Replace the index by all records; how many there are. `tell` gets (done, total).

    Until the end the index is as it was, and so it stays if anything fails. Raises SetTooSmall,
    FullRunLost, EngineUnavailable and whatever the engine raises.
    """
    engine = engines.current()
    holder = uuid7().hex
    taken = FullRun.objects.filter(pk=run_id, state__in=FullRun.UNFINISHED).update(
        state=FullRun.State.RUNNING,
        engine=engine.name,
        holder=holder,
        started_at=timezone.now(),
        seen_at=timezone.now(),
        done=0,
        total=0,
        error="",
    )
    if not taken:
        raise FullRunLost
    run = FullRun.objects.get(pk=run_id)
    try:
        total = _replace(engine, run, tell)
    except BaseException as error:
        interrupted = isinstance(error, (KeyboardInterrupt, SystemExit))
        said = "Interrupted" if interrupted else f"{type(error).__name__}: {error}"
        _end(run, FullRun.State.FAILED, error=said[:1000])
        raise
    _end(run, FullRun.State.DONE, done=total, total=total)
    SyncState.objects.update_or_create(
        engine=engine.name,
        defaults={"filled_at": timezone.now(), "settings_version": version_for(engine)},
    )
    return total


def try_again_later(run_id: UUID) -> None:
    """Have a run that has failed wait for its next try, unless another one was begun."""
    try:
        with transaction.atomic():
            FullRun.objects.filter(pk=run_id, state=FullRun.State.FAILED).update(
                state=FullRun.State.WAITING, finished_at=None, seen_at=timezone.now()
            )
    except IntegrityError:
        logger.info("Another full run was begun", extra={"run": str(run_id)})


def _replace(engine: Engine, run: FullRun, tell: Tell) -> int:
    total = cards.count_records()
    floor = 0 if run.force else max((engine.count() + 1) // 2, 1)
    if total < floor:
        raise SetTooSmall(total, engine.count())
    last_noted = timezone.now()

    def note(done: int) -> None:
        nonlocal last_noted
        tell(done, max(total, done))
        now = timezone.now()
        if now - last_noted < NOTE_EVERY:
            return
        late = now - last_noted > SILENCE
        last_noted = now
        mine = _mine(run).update(done=done, total=max(total, done), seen_at=now)
        if late or not mine:
            raise FullRunLost

    tell(0, total)
    read = _Read(run, floor)
    engine.replace_all(read.records(), progress=note)
    is_lost = not _mine(run).exists()
    if is_lost or timezone.now() - last_noted > SILENCE:
        # Whoever thought this run dead has thrown away what was to be replayed, or has written
        # a newer state that this one has just replaced.
        logger.warning("A full run was silent for too long; every product is written again")
        last = 0
        while ids := cards.product_ids_after(last, limit=1000):
            mark(ids)
            last = ids[-1]
    if is_lost:
        raise FullRunLost
    return read.count


def _mine(run: FullRun) -> QuerySet[FullRun]:
    """The run, unless somebody else has taken it over or ended it."""
    return FullRun.objects.filter(pk=run.pk, holder=run.holder, state=FullRun.State.RUNNING)


class _Read:
    """All records, counted.

    Raises SetTooSmall at the end, where half of them went meanwhile, and FullRunLost.
    """

    def __init__(self, run: FullRun, floor: int) -> None:
        self.count = 0
        self._run = run
        self._floor = floor

    def records(self) -> Iterator[Record]:
        for record in all_records():
            self.count += 1
            yield record
        if self.count < self._floor:
            raise SetTooSmall(self.count, self._floor * 2)
        if not _mine(self._run).exists():
            raise FullRunLost


def _end(run: FullRun, state: FullRun.State, **fields: object) -> None:
    now = timezone.now()
    _mine(run).update(state=state, finished_at=now, seen_at=now, **fields)
    if state == FullRun.State.DONE:
        # What could not be written by itself was written now.
        PendingProduct.objects.filter(dead_at__lt=run.started_at).delete()
    old = FullRun.objects.filter(engine=run.engine).exclude(state__in=FullRun.UNFINISHED)
    kept = list(old.order_by("-created_at").values_list("pk", flat=True)[:KEPT])
    old.exclude(pk__in=kept).delete()


def _bury_dead(engine: str) -> None:
    """A run has died with its process where nothing is heard of it, or its task is over."""
    silent = FullRun.objects.filter(
        engine=engine, state__in=FullRun.UNFINISHED, seen_at__lt=timezone.now() - SILENCE
    )
    for run in silent:
        if run.state == FullRun.State.WAITING and is_queued(run.task_id):
            continue
        FullRun.objects.filter(pk=run.pk, state=run.state, seen_at=run.seen_at).update(
            state=FullRun.State.FAILED,
            finished_at=timezone.now(),
            error="Nothing was heard of it: its process is gone.",
        )
