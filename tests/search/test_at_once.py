"""Several at once: flushing, marking, beginning full runs, writing the index and reading it."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from search import full_runs, indexing
from search.engines.base import Engine
from search.engines.database import DatabaseEngine, mirror
from search.engines.database.mirror import Mirror
from search.errors import FullRunUnderway
from search.models import FullRun, PendingProduct
from tests.fakes.search_engine import FolderEngine
from tests.search.engines.catalogues import Catalogue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]
PRODUCTS = range(1, 13)


@pytest.fixture(autouse=True)
def engine(folder_engine: FolderEngine) -> FolderEngine:
    return folder_engine


def together(*works: Callable[[], object]) -> list[object]:
    """What each gave, all begun at the same moment, each with a connection of its own."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            start.wait(10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


class Shop:
    """Numbers that products have, and those that were written, instead of records."""

    def __init__(self) -> None:
        self.now = dict.fromkeys(PRODUCTS, 0)
        self.written: dict[int, int] = {}
        self.twice: list[int] = []
        self._in_hand: set[int] = set()
        self._lock = threading.Lock()

    def change(self, product_ids: list[int]) -> None:
        with self._lock:
            for pk in product_ids:
                self.now[pk] += 1
        indexing.mark(product_ids)

    def write(self, engine: Engine, product_ids: list[int]) -> None:
        with self._lock:
            self.twice += self._in_hand & set(product_ids)
            self._in_hand |= set(product_ids)
            read = {pk: self.now[pk] for pk in product_ids}
        time.sleep(random.uniform(0, 0.004))
        with self._lock:
            self.written |= read
            self._in_hand -= set(product_ids)


def test_a_product_is_in_one_hand_and_its_last_state_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Shop()
    monkeypatch.setattr(indexing, "_write_products", shop.write)
    shop.change(list(PRODUCTS))
    ends = time.monotonic() + 2

    def change() -> None:
        while time.monotonic() < ends:
            shop.change(random.sample(PRODUCTS, 5))
            time.sleep(0.01)

    def flush() -> int:
        done = 0
        while time.monotonic() < ends:
            done += indexing.flush(at_most=4)
        return done

    together(change, change, flush, flush, flush)
    indexing.flush_all()

    assert shop.twice == []
    assert shop.written == shop.now
    assert not PendingProduct.objects.exists()


def test_of_full_runs_that_begin_at_once_there_is_one() -> None:
    def begin() -> object:
        try:
            return full_runs.open_run().pk
        except FullRunUnderway as underway:
            return underway.run and underway.run.pk

    assert set(together(*[begin] * 4)) == {FullRun.objects.get().pk}


def test_who_reads_while_others_write_misses_nothing() -> None:
    catalogue = Catalogue()
    for number in range(12):
        catalogue.add(handle=f"lamp-{number}", name="Lamp")
    engine = DatabaseEngine()
    engine.index(catalogue.records)
    writing = threading.Semaphore(0)
    seen = Mirror("en")

    def write() -> None:
        try:
            for turn in range(1, 16):
                few = random.sample(catalogue.records, 3)
                engine.index([replace(each, sold_count=turn) for each in few])
        finally:
            writing.release()

    def read() -> None:
        while not (writing.acquire(blocking=False) and writing.acquire(timeout=30)):
            seen.view()

    together(write, write, read)

    columns, fresh = seen.view().shelf.columns, Mirror("en")
    assert columns.sold.tolist() == fresh.view().shelf.columns.sold.tolist()
    assert columns.editions.tolist() == fresh.view().shelf.columns.editions.tolist()


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    yield
    mirror._mirrors.clear()
