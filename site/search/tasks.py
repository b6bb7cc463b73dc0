"""What follows changes, and the work that runs by itself. Safe to run twice, late or at once."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from content.cards import selectors as cards
from core import events, relay
from core.events import Event
from core.periodic import periodic
from core.tasks import max_attempts_of, task
from search import checking, engines, full_runs, indexing
from search.engine_settings import version_for
from search.engines.base import Engine, EngineUnavailable
from search.errors import FullRunLost, FullRunUnderway, SetTooSmall
from search.models import FullRun, SyncState

logger = logging.getLogger(__name__)

# When shoppers sleep, in TIME_ZONE; a shop whose worker never runs then is checked anyhow.
NIGHT = range(1, 5)
CHECK_AFTER = timedelta(hours=20)
CHECK_AT_LATEST = timedelta(hours=36)
# While two releases run side by side each finds the other's settings.
OTHERS_TURN = timedelta(hours=1)

# The settings that this process saw in place last, and when.
_in_place: tuple[str, datetime] | None = None


def subscribe() -> None:
    """Hear of every change of what shoppers see, and flush after each round of deliveries."""
    for name in indexing.FOLLOWED:
        events.subscribe(name, product_changed, label=indexing.HANDLER)
    relay.after_each_round("search.flush", flush)


def product_changed(event: Event) -> None:
    """Mark the products; many events make one batch."""
    payload = event.payload
    indexing.mark(payload["product_ids"] if "product_ids" in payload else [payload["product_id"]])


def flush() -> int:
    """Write a batch of what is marked; how many products were done with.

    Of many products an index that was never filled gets all or none: shoppers would find only
    the few that have changed.
    """
    many = indexing.BATCH + 1
    is_filled = _filled(engines.current()).exists()
    if not is_filled and len(cards.product_ids_after(0, limit=many)) == many:
        return 0
    return indexing.flush()


@transaction.atomic
def start_full_run(*, force: bool = False) -> FullRun:
    """Have a worker write the whole index anew; the run that waits or is under way, if any.

    Raises FullRunUnderway where that one ended at this very moment.
    """
    try:
        run = full_runs.open_run(force=force)
    except FullRunUnderway as underway:
        if underway.run is None:
            raise
        return underway.run
    result = write_everything.enqueue(str(run.pk))
    FullRun.objects.filter(pk=run.pk).update(task_id=str(result.id))
    run.refresh_from_db()
    return run


@task(max_attempts=5, takes_context=True)
def write_everything(context: Any, run_id: str) -> int:
    """Carry a full run out; tried again unless it was refused."""
    try:
        return full_runs.carry_out(UUID(run_id))
    except (SetTooSmall, FullRunLost) as refused:
        logger.warning("A full run was refused", extra={"run": run_id, "reason": refused.detail})
        return 0
    except Exception:
        if context.attempt < max_attempts_of(write_everything.module_path):
            full_runs.try_again_later(UUID(run_id))
        raise


@task(max_attempts=3)
def check_everything() -> dict[str, int]:
    """Compare the index with the database and mend it."""
    drift = checking.check()
    if drift:
        logger.warning("The search index was out of step", extra=drift.figures())
    return drift.figures()


@periodic("search.fill", every=timedelta(minutes=1))
def fill() -> bool:
    """Fill an index that never was, as after an upgrade or with another engine."""
    engine = engines.current()
    if _filled(engine).exists():
        return False
    expected = cards.count_records()
    if not expected or full_runs.unfinished(engine.name):
        return False
    try:
        if engine.count() * 2 >= expected:
            # Somebody else has filled it; the first check tells whether it is right.
            now = timezone.now()
            with transaction.atomic():
                state, _ = SyncState.objects.update_or_create(
                    engine=engine.name, defaults={"filled_at": now}
                )
                _ask_for_check(SyncState.objects.filter(pk=state.pk), now)
            return False
    except EngineUnavailable:
        return False
    start_full_run()
    return True


def _filled(engine: Engine) -> QuerySet[SyncState]:
    """The engine's state, if its index was ever filled."""
    return SyncState.objects.filter(engine=engine.name, filled_at__isnull=False)


@periodic("search.settings", every=timedelta(minutes=1))
def keep_settings() -> bool:
    """After an upgrade, or with another language or currency: push them, and check the index.

    So too after another engine was in use. Of two releases the one that began later has its
    way: whoever had his own settings in place lets those that replaced them be for OTHERS_TURN.
    """
    global _in_place
    engine, now = engines.current(), timezone.now()
    # What is not in use falls behind, however short a while.
    SyncState.objects.exclude(engine=engine.name).exclude(settings_version="").update(
        settings_version=""
    )
    state = _filled(engine).first()
    # What fills an index pushes them.
    if state is None:
        return False
    version = version_for(engine)
    if state.settings_version == version:
        _in_place = version, now
        return False
    if _in_place and _in_place[0] == version and now - _in_place[1] < OTHERS_TURN:
        return False
    try:
        engine.push_settings()
    except EngineUnavailable as error:
        logger.warning("The engine's settings could not be pushed", extra={"reason": str(error)})
        return False
    with transaction.atomic():
        mine = SyncState.objects.filter(pk=state.pk)
        mine.update(settings_version=version)
        _ask_for_check(mine, now)
    _in_place = version, now
    return True


@periodic("search.check", every=timedelta(minutes=30))
def check_at_night() -> bool:
    """Start the nightly check when its time has come."""
    state = SyncState.objects.filter(engine=engines.current().name).first()
    if state is None or state.filled_at is None:
        return False
    now = timezone.now()
    since = now - max(filter(None, (state.checked_at, state.check_asked_at, state.filled_at)))
    is_night = timezone.localtime(now).hour in NIGHT
    if since < (CHECK_AFTER if is_night else CHECK_AT_LATEST):
        return False
    _ask_for_check(SyncState.objects.filter(pk=state.pk), now)
    return True


@transaction.atomic
def _ask_for_check(state: QuerySet[SyncState], now: datetime) -> None:
    if state.update(check_asked_at=now):
        check_everything.enqueue()
