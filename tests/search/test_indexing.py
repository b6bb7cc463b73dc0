"""Marking and flushing: batches, claims, back-off, and what cannot be written."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from search import full_runs, indexing
from search.engines.base import EngineUnavailable
from search.models import FullRun, PendingProduct, SyncState
from search.records import RecordKey, records_of
from tests.content.editing import sold_page, work
from tests.fakes.search_engine import FolderEngine

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def products(engine: FolderEngine) -> list[int]:
    """Three products with cards, which no engine was told of."""
    pages = [sold_page(f"Chair {number}") for number in range(3)]
    work()
    engine.delete(list(engine.records()))
    return sorted(page.product_id for page in pages)


def reprice(product_id: int, amount: int) -> None:
    """Another price in USD."""
    variant = Variant.objects.get(product_id=product_id)
    catalogue.set_price(variant, currency="USD", amount_minor=amount)


def is_in_step(engine: FolderEngine, ids: Sequence[int]) -> bool:
    """Whether the engine has exactly the records of these products."""
    return engine.records() == {record.key: record for record in records_of(ids)}


@pytest.fixture(autouse=True)
def engine(folder_engine: FolderEngine) -> FolderEngine:
    return folder_engine


def test_many_events_make_one_batch(engine: FolderEngine, products: list[int]) -> None:
    for pk in products:
        reprice(pk, 500)
        reprice(pk, 600)
    engine.calls.clear()
    work()

    assert is_in_step(engine, products)
    assert [call for call in engine.calls if call[0] == "index"][0] == ("index", 3)
    assert not PendingProduct.objects.exists()


def test_what_is_not_on_sale_any_more_goes(engine: FolderEngine, products: list[int]) -> None:
    indexing.mark(products)
    assert indexing.flush() == 3
    catalogue.delist_product(products[0])
    work()

    assert is_in_step(engine, products)
    assert engine.count() == 2


def test_an_engine_that_is_away_is_left_alone_and_nothing_is_lost(
    engine: FolderEngine, products: list[int]
) -> None:
    def away(name: str, keys: Sequence[RecordKey]) -> None:
        raise EngineUnavailable("gone fishing")

    engine.trouble = away
    indexing.mark(products)

    assert indexing.flush() == 0
    tried = len(engine.calls)
    assert indexing.flush() == 0
    assert len(engine.calls) == tried

    state = SyncState.objects.get(engine="folder")
    assert (state.failures, "gone fishing" in state.last_error) == (1, True)
    assert state.rests_until is not None
    assert set(PendingProduct.objects.values_list("attempts", "claimed_by", "dead_at")) == {
        (0, "", None)
    }

    engine.trouble = lambda name, keys: None
    assert indexing.flush_all() == 3
    assert is_in_step(engine, products)
    state.refresh_from_db()
    assert (state.failures, state.rests_until, state.last_error) == (0, None, "")


def test_the_rest_grows_to_a_minute_and_no_further(
    engine: FolderEngine, products: list[int]
) -> None:
    def away(name: str, keys: Sequence[RecordKey]) -> None:
        raise EngineUnavailable

    engine.trouble = away
    indexing.mark(products)
    for _ in range(12):
        SyncState.objects.update(rests_until=None)
        indexing.flush()

    state = SyncState.objects.get()
    assert state.failures == 12
    assert state.rests_until is not None
    rest = (state.rests_until - timezone.now()).total_seconds()
    assert 25 < rest <= 60
    assert PendingProduct.objects.filter(dead_at=None).count() == 3


def test_one_bad_record_does_not_stop_the_others(engine: FolderEngine, products: list[int]) -> None:
    bad = products[1]

    def refuse(name: str, keys: Sequence[RecordKey]) -> None:
        if name == "index" and any(key.product_id == bad for key in keys):
            raise ValueError("the record is too big")

    engine.trouble = refuse
    indexing.mark(products)

    assert indexing.flush() == 2
    assert is_in_step(engine, [products[0], products[2]])
    row = PendingProduct.objects.get()
    assert (row.product_id, row.attempts, row.dead_at) == (bad, 1, None)
    assert row.last_error == "ValueError: the record is too big"
    assert row.due_at > timezone.now()

    for _ in range(indexing.MAX_ATTEMPTS):
        PendingProduct.objects.update(due_at=timezone.now())
        indexing.flush()
    row.refresh_from_db()
    assert (row.attempts, row.dead_at is None) == (indexing.MAX_ATTEMPTS, False)

    # Another change is another chance, as good as the first one and at once.
    indexing.mark([bad])
    assert indexing.flush() == 0
    row.refresh_from_db()
    assert (row.attempts, row.dead_at) == (1, None)
    engine.trouble = lambda name, keys: None
    indexing.mark([bad])
    assert indexing.flush() == 1
    assert is_in_step(engine, products)


def test_a_change_while_it_is_written_is_written_after_it(
    engine: FolderEngine, products: list[int]
) -> None:
    def change(name: str, keys: Sequence[RecordKey]) -> None:
        if name == "indexed":
            engine.trouble = lambda name, keys: None
            reprice(products[0], 111)
            indexing.mark([products[0]])

    engine.trouble = change
    indexing.mark(products)

    assert indexing.flush() == 3
    row = PendingProduct.objects.get()
    assert (row.product_id, row.claimed_by) == (products[0], "")
    assert indexing.flush() == 1
    assert is_in_step(engine, products)
    assert not PendingProduct.objects.exists()


def test_a_claim_keeps_others_out_until_it_runs_out(
    engine: FolderEngine, products: list[int]
) -> None:
    """Who was thought dead, and wrote an older state late, has it written once more."""

    def stall(name: str, keys: Sequence[RecordKey]) -> None:
        if name != "index":
            return
        engine.trouble = lambda name, keys: None
        indexing.mark(products)
        assert indexing.flush() == 0
        PendingProduct.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        for pk in products:
            reprice(pk, 111)
        # Somebody else writes the newer state and is done with it; then the older one arrives.
        assert indexing.flush() == 3
        assert not PendingProduct.objects.exists()

    engine.trouble = stall
    indexing.mark(products)

    assert indexing.flush() == 3
    assert not is_in_step(engine, products)
    assert set(PendingProduct.objects.values_list("pk", flat=True)) == set(products)
    assert indexing.flush() == 3
    assert is_in_step(engine, products)


def test_what_is_written_during_a_full_run_is_written_again_after_it(
    engine: FolderEngine, products: list[int]
) -> None:
    run = FullRun.objects.create(
        engine="folder", state=FullRun.State.RUNNING, started_at=timezone.now()
    )
    indexing.mark(products)

    assert indexing.flush() == 3
    assert is_in_step(engine, products)
    assert indexing.flush() == 0
    assert PendingProduct.objects.filter(replay=True).count() == 3

    engine.calls.clear()
    reprice(products[0], 111)
    indexing.mark([products[0]])
    assert indexing.flush() == 1
    assert PendingProduct.objects.filter(replay=True).count() == 3

    run.state = FullRun.State.DONE
    run.save()
    assert indexing.flush() == 3
    assert not PendingProduct.objects.exists()


@pytest.mark.parametrize("is_tried_again", [False, True])
def test_a_full_run_between_reading_and_writing_is_noticed(
    engine: FolderEngine, products: list[int], is_tried_again: bool
) -> None:
    if is_tried_again:
        FullRun.objects.create(engine="folder", started_at=timezone.now())

    def begin_and_end(name: str, keys: Sequence[RecordKey]) -> None:
        if name == "index":
            engine.trouble = lambda name, keys: None
            run = FullRun.objects.first() or full_runs.open_run()
            full_runs.carry_out(run.pk)

    engine.trouble = begin_and_end
    indexing.mark(products)

    assert indexing.flush() == 3
    assert PendingProduct.objects.count() == 3
    assert indexing.flush() == 3
    assert not PendingProduct.objects.exists()


def test_a_dead_full_run_holds_nothing_up(engine: FolderEngine, products: list[int]) -> None:
    long_ago = timezone.now() - indexing.SILENCE - timedelta(seconds=1)
    FullRun.objects.create(
        engine="folder", state=FullRun.State.RUNNING, started_at=long_ago, seen_at=long_ago
    )
    indexing.mark(products)

    assert indexing.flush() == 3
    assert not PendingProduct.objects.exists()
