"""How the index is doing, for people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from content.cards import selectors as cards
from search import engines
from search.engines.base import EngineUnavailable
from search.models import FullRun, PendingProduct, SyncState

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Refused:
    """A product whose records the engine did not take."""

    product_id: int
    error: str
    given_up: bool


@dataclass(frozen=True, slots=True)
class Index:
    """`records` is None where the engine does not answer; `expected` is what it should have.

    `pending` products are on their way, the oldest `since` then; `dead` were given up.
    `drift` is how many records differed when they were compared for the last time.
    """

    engine: str
    records: int | None
    expected: int
    pending: int
    since: datetime | None
    dead: int
    refused: list[Refused]
    error: str
    rests_until: datetime | None
    run: FullRun | None
    last_run: FullRun | None
    checked_at: datetime | None
    checked: int
    missing: int
    stale: int
    extra: int
    may_reindex: bool

    @property
    def drift(self) -> int:
        """How many records differed when they were compared for the last time."""
        return self.missing + self.stale + self.extra


def index_state(user: Any) -> Index:
    """The state of the index that is in use, as this person sees it."""
    engine = engines.current()
    state = SyncState.objects.filter(engine=engine.name).first() or SyncState(engine=engine.name)
    is_dead = Q(dead_at__isnull=False)
    figures = PendingProduct.objects.aggregate(
        pending=Count("pk", filter=~is_dead),
        since=Min("since", filter=~is_dead),
        dead=Count("pk", filter=is_dead),
    )
    refused = PendingProduct.objects.exclude(last_error="").order_by("-dead_at", "since")
    runs = FullRun.objects.filter(engine=engine.name)
    try:
        records = engine.count()
    except EngineUnavailable:
        records = None
    return Index(
        engine=engine.name,
        records=records,
        expected=cards.count_records(),
        refused=[
            Refused(row.product_id, row.last_error, row.dead_at is not None)
            for row in refused[:SHOWN]
        ],
        error=state.last_error,
        rests_until=state.rests_until,
        run=runs.filter(state__in=FullRun.UNFINISHED).first(),
        last_run=runs.filter(finished_at__isnull=False).order_by("-finished_at").first(),
        checked_at=state.checked_at,
        checked=state.checked,
        missing=state.missing,
        stale=state.stale,
        extra=state.extra,
        may_reindex=user.has_perm("search.reindex"),
        **figures,
    )


def full_run(run_id: UUID) -> FullRun | None:
    """The run of this id, whichever engine it was for."""
    return FullRun.objects.filter(pk=run_id).first()
