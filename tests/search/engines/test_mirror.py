"""What a process has in memory: a long index is read by a thread, and nobody waits for it."""

import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import connection

from search.engines.base import EngineNotReady, Query
from search.engines.database import DatabaseEngine, mirror
from search.engines.database.matching import Lookup
from search.engines.database.mirror import Matches
from search.models import IndexEdition, IndexState
from tests.search.engines.catalogues import Catalogue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]
SOON = 10.0


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    mirror._mirrors.clear()
    yield
    mirror._mirrors.clear()


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Two chairs, which are a long index here."""
    monkeypatch.setattr(mirror, "READ_AT_ONCE", 1)
    made = Catalogue()
    made.add(handle="oak", name="Oak chair")
    made.add(handle="ash", name="Ash chair")
    return made


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[str], threading.Event]]:
    """The threads that have begun to read, and what lets them end."""
    begun: list[str] = []
    go_on = threading.Event()
    rows = mirror._rows

    def slow(generation: int, locale: str, after: int) -> Any:
        if after < 0:
            begun.append(threading.current_thread().name)
            assert go_on.wait(SOON)
        return rows(generation, locale, after)

    monkeypatch.setattr(mirror, "_rows", slow)
    yield begun, go_on
    go_on.set()
    join()


def join() -> None:
    for thread in threading.enumerate():
        if thread.name == "search-en":
            thread.join(SOON)


def search(text: str = "chair") -> int:
    return DatabaseEngine().search(Query(text, "en", "USD")).total


def eventually(ask: Callable[[], int]) -> int:
    until = time.monotonic() + SOON
    while True:
        try:
            return ask()
        except EngineNotReady:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_nobody_waits_for_the_first_reading(catalogue, reading):
    begun, go_on = reading
    DatabaseEngine().index(catalogue.records)

    for _ in range(3):
        with pytest.raises(EngineNotReady):
            search()
    assert [each.name for each in threading.enumerate()].count("search-en") == 1

    go_on.set()
    assert eventually(search) == 2
    assert begun == ["search-en"]


def test_nobody_waits_after_a_full_run_nor_is_given_what_is_gone(catalogue, reading):
    begun, go_on = reading
    go_on.set()
    engine = DatabaseEngine()
    engine.replace_all(catalogue.records)
    assert eventually(search) == 2

    go_on.clear()
    engine.replace_all(catalogue.records)
    with pytest.raises(EngineNotReady):
        search()

    go_on.set()
    assert eventually(search) == 2
    assert begun == ["search-en"] * 2


def test_a_change_is_read_at_once_and_a_short_index_too(catalogue, reading, monkeypatch):
    begun, go_on = reading
    go_on.set()
    engine = DatabaseEngine()
    engine.index(catalogue.records)
    assert eventually(search) == 2

    go_on.clear()
    engine.delete([catalogue.records[0].key])
    assert search() == 1

    go_on.set()
    monkeypatch.setattr(mirror, "READ_AT_ONCE", 2)
    engine.replace_all(catalogue.records)
    assert search() == 2
    assert begun == ["search-en", threading.current_thread().name]


def test_nobody_waits_while_many_changes_are_read(catalogue, monkeypatch):
    engine = DatabaseEngine()
    engine.index(catalogue.records)
    assert eventually(search) == 2
    go_on = threading.Event()
    rows = mirror._rows
    readers: list[str] = []

    def slow(*which: Any) -> Any:
        readers.append(threading.current_thread().name)
        assert go_on.wait(SOON)
        return rows(*which)

    monkeypatch.setattr(mirror, "_rows", slow)
    engine.index([replace(each, name="Lamp", version="2") for each in catalogue.records])
    assert (search("chair"), search("chair")) == (2, 2)

    go_on.set()
    join()
    assert (search("chair"), search("lamp")) == (0, 2)
    assert set(readers) == {"search-en"}


def test_a_process_that_was_idle_for_thousands_of_changes_reads_what_is_new(catalogue, reading):
    begun, go_on = reading
    go_on.set()
    engine = DatabaseEngine()
    engine.index(catalogue.records)
    assert eventually(search) == 2
    last = IndexState.objects.get().edition

    IndexEdition.objects.bulk_create(
        IndexEdition(number=last + more, stamp=str(more)) for more in range(1, 5001)
    )
    IndexState.objects.update(edition=last + 5000)
    engine.delete([catalogue.records[0].key])

    assert search() == 1
    assert begun == ["search-en"]


def test_a_reading_that_fails_is_begun_again(catalogue, monkeypatch, caplog):
    rows = mirror._rows

    def fails(*_: object) -> Any:
        monkeypatch.setattr(mirror, "_rows", rows)
        raise connection.Database.OperationalError("gone")

    monkeypatch.setattr(mirror, "_rows", fails)
    DatabaseEngine().index(catalogue.records)
    with pytest.raises(EngineNotReady):
        search()
    join()

    assert "The search index could not be read" in caplog.text
    assert eventually(search) == 2


def test_what_is_remembered_takes_no_more_memory_than_is_counted():
    nowhere = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    kept = mirror.Lookups()
    tracemalloc.start()
    try:
        for number in range(1000):
            places, levels = (each.copy() for each in nowhere)
            kept.put(Lookup(forms=(f"unheard-of-{number}",)), Matches(1, places, levels))
        in_memory, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert in_memory < kept.bytes
