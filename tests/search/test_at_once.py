"""Several at once: flushing, marking, beginning full runs, writing the index and reading it."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from commerce.catalogue import services as catalogue_services
from search import engines, full_runs, indexing
from search.engines.base import Engine
from search.engines.database import DatabaseEngine, mirror, store
from search.engines.database.mirror import Mirror
from search.errors import FullRunLost, FullRunUnderway
from search.models import FullRun, PendingProduct
from search.records import Record, all_records
from tests.content.editing import sold_page, work
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


class Overtaken:
    """Two that carry out the same run: the first one stops where it is told to, the second one
    takes its place, and only then the first one goes on."""

    def __init__(self) -> None:
        self.run = full_runs.open_run()
        self.read: list[str] = []
        self._halted = threading.Event()
        self._taken = threading.Event()
        self.first_ended = threading.Event()

    def carry_out(self, name: str) -> object:
        """What came of it. The second begins when the first has halted."""
        threading.current_thread().name = name
        if name == "second":
            assert self._halted.wait(30)
        try:
            return full_runs.carry_out(self.run.pk)
        except FullRunLost as lost:
            return type(lost)
        finally:
            if name == "first":
                self.first_ended.set()
            else:
                self._taken.set()

    def halt(self) -> None:
        """The first waits here until it has lost its place."""
        if threading.current_thread().name == "first":
            self._halted.set()
            assert self._taken.wait(30)

    def let_the_first_end(self) -> None:
        """The second waits here until the first is out of the way."""
        if threading.current_thread().name == "second":
            self._taken.set()
            assert self.first_ended.wait(30)

    def both(self) -> list[object]:
        return together(lambda: self.carry_out("first"), lambda: self.carry_out("second"))

    def records(self, after_each: Callable[[], None]) -> Callable[[], Iterator[Record]]:
        """All records of the shop, told of one by one."""

        def read() -> Iterator[Record]:
            for record in all_records():
                self.read.append(threading.current_thread().name)
                yield record
                after_each()

        return read


def in_step(engine: Engine) -> bool:
    return dict(engine.stored()) == {record.key: record.version for record in all_records()}


@pytest.mark.parametrize("kind", ["folder", "database"])
def test_whose_run_was_taken_over_gives_it_up_and_harms_nothing(
    kind: str, folder_engine: FolderEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine: Engine = folder_engine if kind == "folder" else DatabaseEngine()
    monkeypatch.setattr(engines, "current", lambda: engine)
    monkeypatch.setattr(store, "BATCH", 1)
    monkeypatch.setattr(full_runs, "NOTE_EVERY", timedelta(0))
    for number in range(3):
        sold_page(f"Chair {number}")
    work()
    runs = Overtaken()

    def meet() -> None:
        runs.halt()
        runs.let_the_first_end()

    monkeypatch.setattr(full_runs, "all_records", runs.records(meet))

    assert runs.both() == [FullRunLost, 3]

    assert runs.read.count("first") == 2  # the one that it had, and the one where it found out
    assert FullRun.objects.get().state == FullRun.State.DONE
    assert in_step(engine)
    assert engine.count() == 3


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_older_state_does_not_stay_when_it_comes_last(
    where: str, folder_engine: FolderEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sold_page()
    work()
    runs = Overtaken()

    def change() -> None:
        if threading.current_thread().name == "second":
            catalogue_services.update_product(page.product_id, sold_count=7)
            work()
            assert in_step(folder_engine)

    def last_record() -> None:
        change()
        if where == "before":
            runs.halt()

    def move(name: str, keys: object) -> None:
        if name == "move" and where == "after":
            runs.halt()
        moves.append((name, threading.current_thread().name))

    moves: list[tuple[str, str]] = []
    folder_engine.trouble = move
    monkeypatch.setattr(full_runs, "all_records", runs.records(last_record))

    assert runs.both() == [FullRunLost, 1]

    assert (("move", "first") in moves) is (where == "after")
    work()
    assert in_step(folder_engine)


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
