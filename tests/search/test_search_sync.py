"""`manage.py search_sync`: what it writes, says, refuses and ends with."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Price
from content.cards.models import ProductCard
from search import checking, indexing, records
from search.engines.base import EngineUnavailable
from search.models import FullRun, PendingProduct, SyncState
from search.records import RecordKey, all_records
from tests.content.editing import sold_page, translated, work
from tests.fakes.search_engine import FolderEngine

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def sync(*options: str, ends_with: int = 0) -> tuple[str, str]:
    """Run the command; what it said on both outputs."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("search_sync", *options, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == ends_with
    return out.getvalue(), err.getvalue()


def is_in_step(engine: FolderEngine) -> bool:
    """Whether the engine has all records as they are, and no others."""
    return engine.records() == {record.key: record for record in all_records()}


@pytest.fixture(autouse=True)
def engine(folder_engine: FolderEngine) -> FolderEngine:
    return folder_engine


@pytest.fixture
def pages(engine: FolderEngine) -> list[Any]:
    """Four products, all in the index."""
    found = [sold_page(f"Chair {number}") for number in range(4)]
    work()
    return found


def test_without_options_it_writes_what_the_index_lacks(
    engine: FolderEngine, pages: list[Any]
) -> None:
    engine.delete([RecordKey(pages[0].product_id, "en")])
    engine.spoil(RecordKey(pages[1].product_id, "en"))

    out, _ = sync()

    assert out.splitlines() == [
        "4 records compared: 1 missing, 1 stale, 0 extra.",
        f"  missing: product {pages[0].product_id} (en)",
        f"  stale: product {pages[1].product_id} (en)",
        "All mended.",
    ]
    assert is_in_step(engine)
    assert not PendingProduct.objects.exists()


def test_a_check_says_what_differed_mends_it_and_ends_with_1(
    engine: FolderEngine, pages: list[Any]
) -> None:
    engine.delete([RecordKey(pages[0].product_id, "en")])
    engine.spoil(RecordKey(pages[1].product_id, "en"))
    # Past every service, as somebody at the database's own console.
    ProductCard.objects.filter(product_id=pages[2].product_id).delete()

    assert "1 missing, 1 stale, 1 extra" in sync("--check", "--dry-run", ends_with=1)[0]
    assert not is_in_step(engine)
    assert "1 missing, 1 stale, 1 extra" in sync("--check", ends_with=1)[0]
    assert is_in_step(engine)
    state = SyncState.objects.get(engine="folder")
    assert (state.checked, state.missing, state.stale, state.extra) == (3, 1, 1, 1)
    assert sync("--check")[0] == "3 records compared: 0 missing, 0 stale, 0 extra.\n"


def test_records_in_a_language_that_was_given_up_go_a_batch_at_a_time(
    engine: FolderEngine, pages: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "BATCH", 3)
    of_all = records.records_of(page.product_id for page in pages)
    engine.index([replace(each, key=each.key._replace(locale="fr")) for each in of_all])
    engine.calls.clear()

    assert "4 extra" in sync("--check", ends_with=1)[0]
    assert is_in_step(engine)
    assert [each for each in engine.calls if each[0] == "delete"][:2] == [
        ("delete", 3),
        ("delete", 1),
    ]


def test_what_is_on_its_way_is_no_drift(engine: FolderEngine, pages: list[Any]) -> None:
    variant = Price.objects.filter(variant__product_id=pages[0].product_id)[0].variant
    catalogue.set_price(variant, currency="USD", amount_minor=1)
    assert not is_in_step(engine)

    assert "0 missing, 0 stale, 0 extra" in sync("--check", "--dry-run")[0]

    work()
    assert is_in_step(engine)


def test_a_full_run_replaces_everything(engine: FolderEngine, pages: list[Any]) -> None:
    engine.spoil(RecordKey(pages[1].product_id, "en"))
    engine.calls.clear()

    out, _ = sync("--full")

    assert out == "The index has 4 records now.\n"
    assert is_in_step(engine)
    assert engine.calls == []
    run = FullRun.objects.get()
    assert (run.state, run.done, run.total, run.error) == ("done", 4, 4, "")
    state = SyncState.objects.get(engine="folder")
    assert state.filled_at is not None


def test_an_empty_or_small_set_is_refused_without_force(
    engine: FolderEngine, pages: list[Any]
) -> None:
    ProductCard.objects.exclude(product_id=pages[0].product_id).delete()

    with pytest.raises(CommandError, match="1 records would replace 4.*--force"):
        sync("--full")
    assert engine.count() == 4
    run = FullRun.objects.get()
    assert (run.state, run.error.partition(":")[0]) == ("failed", "SetTooSmall")

    ProductCard.objects.all().delete()
    with pytest.raises(CommandError, match="0 records would replace 4"):
        sync("--full")
    assert engine.count() == 4

    assert sync("--full", "--force")[0] == "The index has 0 records now.\n"
    assert engine.count() == 0


def test_a_set_that_shrinks_while_it_is_read_is_refused(
    engine: FolderEngine, pages: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "BATCH", 1)

    def shrink(name: str, keys: Sequence[RecordKey]) -> None:
        ProductCard.objects.all().delete()

    engine.trouble = shrink

    with pytest.raises(CommandError, match="Refused, the index is as it was"):
        sync("--full")
    assert engine.count() == 4


def test_writes_during_a_full_run_are_replayed_after_it(
    engine: FolderEngine, pages: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A price that changes after its record was read, and is flushed before the move."""
    monkeypatch.setattr(records, "BATCH", 1)
    variant = Price.objects.filter(variant__product_id=pages[0].product_id)[0].variant

    def change(name: str, keys: Sequence[RecordKey]) -> None:
        if name == "replace" and keys[0].product_id == pages[2].product_id:
            engine.trouble = lambda name, keys: None
            catalogue.set_price(variant, currency="USD", amount_minor=111)
            work()
            # The live index is in step during the run as well.
            assert is_in_step(engine)

    engine.trouble = change
    out, _ = sync("--full")

    assert out == (
        "The index has 4 records now, 1 products changed meanwhile and were written again.\n"
    )
    assert is_in_step(engine)


def test_an_interrupted_full_run_leaves_the_index_and_says_how_far_it_was(
    engine: FolderEngine, pages: list[Any]
) -> None:
    engine.spoil(RecordKey(pages[0].product_id, "en"))
    before = engine.records()

    def interrupt(name: str, keys: Sequence[RecordKey]) -> None:
        if name == "replace" and keys[0].product_id == pages[3].product_id:
            raise KeyboardInterrupt

    engine.trouble = interrupt
    _, err = sync("--full", ends_with=130)

    assert "3 of 4 records were written beside the index, which is as it was" in err
    assert engine.records() == before
    run = FullRun.objects.get()
    assert (run.state, run.error) == ("failed", "Interrupted")
    engine.trouble = lambda name, keys: None
    sync("--full")
    assert is_in_step(engine)


def test_an_interrupted_flush_gives_its_claim_back(engine: FolderEngine, pages: list[Any]) -> None:
    def interrupt(name: str, keys: Sequence[RecordKey]) -> None:
        if name == "indexed":
            raise KeyboardInterrupt

    engine.trouble = interrupt
    indexing.mark([pages[0].product_id])

    _, err = sync(ends_with=130)

    assert "1 products are marked" in err
    engine.trouble = lambda name, keys: None
    assert indexing.flush() == 1


def test_two_full_runs_at_once_are_one_too_many(engine: FolderEngine, pages: list[Any]) -> None:
    seen = timezone.now()
    FullRun.objects.create(
        engine="folder", state=FullRun.State.RUNNING, started_at=seen, seen_at=seen
    )

    with pytest.raises(CommandError) as refused:
        sync("--full")

    assert str(refused.value) == (
        f"A full run waits or is under way already; it was heard of at {seen:%H:%M:%S}. Follow it"
        " in the admin; if its process is gone, another may begin at"
        f" {seen + timedelta(minutes=10):%H:%M:%S}."
    )


def test_an_engine_that_is_away_is_said_so(engine: FolderEngine, pages: list[Any]) -> None:
    def away(name: str, keys: Sequence[RecordKey]) -> None:
        raise EngineUnavailable("gone fishing")

    engine.trouble = away

    for options in ([], ["--check"], ["--full"]):
        with pytest.raises(CommandError, match="does not answer: gone fishing"):
            sync(*options)
    assert FullRun.objects.get().state == "failed"


def test_what_cannot_be_written_is_named(engine: FolderEngine, pages: list[Any]) -> None:
    bad = pages[1].product_id

    def refuse(name: str, keys: Sequence[RecordKey]) -> None:
        if name == "index" and any(key.product_id == bad for key in keys):
            raise ValueError("too big")

    engine.spoil(RecordKey(bad, "en"))
    engine.trouble = refuse

    out, err = sync(ends_with=1)

    assert "Not all could be mended yet." in out
    assert err == f"Product {bad} could not be written: ValueError: too big\n"


def test_options_that_do_not_go_together(pages: list[Any]) -> None:
    for options in (["--dry-run"], ["--force"], ["--full", "--check"]):
        with pytest.raises(CommandError):
            sync(*options)


def test_the_older_name_does_the_same(engine: FolderEngine, pages: list[Any]) -> None:
    translated(pages[0])
    call_command("algolia_sync", "--full", stdout=io.StringIO())

    assert is_in_step(engine)
