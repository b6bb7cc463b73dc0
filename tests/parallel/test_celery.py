"""TASKS=celery as it runs for real: a shop, a Celery worker with its beat, and a broker."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from commerce.catalogue.models import Variant
from commerce.orders.models import Order
from commerce.shipping.models import Method
from core.models import OutboxDelivery, OutboxEvent, PeriodicRun, WorkerHeartbeat
from core.tasks import CELERY_BACKEND
from tests import databases, servers
from tests.factories import make_shipping, make_variant, order_form, sell_without_pages, stock_of
from tests.live import LiveShop, Shops
from tests.parallel.chores import sit, stumble

pytestmark = pytest.mark.beside

FOLLOWS_WITHIN = 60.0  # seconds


class Broker:
    """A broker that can go and come back at the same address, having forgotten everything."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self.port = servers.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._running.enter_context(servers.redis(port=self.port))

    def stop(self) -> None:
        self._running.close()


class CeleryWorker:
    """A Celery worker with two processes and its own beat."""

    def __init__(self, shop: LiveShop, log: Path) -> None:
        self.log = log
        self._shop = shop
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says that it lives."""
        command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--beat"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--concurrency", "2"],
                cwd=databases.ROOT,
                env={**os.environ, **self._shop.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = timezone.now()
        eventually(lambda: WorkerHeartbeat.objects.filter(seen_at__gte=started).exists(), self)

    def kill(self) -> None:
        """End all its processes at this instant."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop it as an operator would."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(20)
        self._process = None


def eventually(condition: Callable[[], object], worker: CeleryWorker) -> None:
    deadline = time.monotonic() + FOLLOWS_WITHIN
    while not condition():
        assert time.monotonic() < deadline, worker.log.read_text()[-6000:]
        time.sleep(0.1)


def small_shop(shop: LiveShop) -> None:
    """One product."""
    with shop.orm():
        sell_without_pages()
        make_shipping()
        make_variant("Mug", stock=100)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mails")


@pytest.fixture(scope="module")
def shop(shops: Shops, broker: Broker, mails: Path) -> Iterator[LiveShop]:
    yield shops.open(
        small_shop,
        EMAIL_URL=f"filemail:///{mails}",
        EMBEDDED_WORKER="0",
        TASKS="celery",
        CELERY_BROKER_URL=broker.url,
    )
    shops.close()


@pytest.fixture(scope="module")
def running(shop: LiveShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CeleryWorker]:
    worker = CeleryWorker(shop, tmp_path_factory.mktemp("celery") / "worker.log")
    try:
        with shop.orm():
            worker.start()
        yield worker
    finally:
        worker.kill()


@pytest.fixture
def worker(running: CeleryWorker, shop: LiveShop, settings: Any) -> Iterator[CeleryWorker]:
    """The worker, and this process's tasks and ORM in its shop."""
    settings.TASKS = {"default": {"BACKEND": CELERY_BACKEND}}
    with shop.orm():
        yield running


def buy(shop: LiveShop) -> str:
    """Place an order over HTTP; its number."""
    form = order_form(Method.objects.get())
    # Nobody who buys waits for the broker.
    with httpx.Client(base_url=shop.url, timeout=10) as client:
        client.post(
            "/api/cart/items/", json={"variant_id": Variant.objects.get().pk, "quantity": 1}
        )
        headers = {"X-Cart-Token": client.cookies["cart_token"]}
        placed = client.post("/api/checkout/", json=form, headers=headers)
    assert placed.status_code == 201, placed.text
    return str(placed.json()["order"]["number"])


def all_delivered() -> bool:
    waiting = OutboxEvent.objects.filter(fanned_out_at=None).exists()
    return not (waiting or OutboxDelivery.objects.exclude(state="done").exists())


def mails_about(mails: Path, number: str) -> list[str]:
    """The subjects of the mails that name the order."""
    texts = [mail.read_text() for mail in mails.iterdir()]
    return re.findall(r"^Subject: (.+)$", "".join(t for t in texts if number in t), re.MULTILINE)


def each_once(subjects: list[str]) -> bool:
    return len(subjects) == len(set(subjects)) > 0


def row_of(result: Any) -> DBTaskResult:
    row: DBTaskResult = DBTaskResult.objects.get(pk=result.id)
    return row


def is_done(result: Any) -> bool:
    return row_of(result).status == TaskResultStatus.SUCCESSFUL


def test_what_follows_an_order_is_done_once(
    shop: LiveShop, worker: CeleryWorker, mails: Path
) -> None:
    number = buy(shop)

    eventually(lambda: mails_about(mails, number) and all_delivered(), worker)

    order = Order.objects.get(number=number)
    deliveries = OutboxDelivery.objects.filter(event__key=f"order:{order.pk}")
    assert deliveries.filter(event__name="orders.placed").exists()
    assert set(OutboxDelivery.objects.values_list("state", "attempts")) == {("done", 1)}
    assert each_once(mails_about(mails, number))
    assert stock_of(Variant.objects.get()) == (100, 1)
    assert httpx.get(f"{shop.url}/health/ready/", timeout=10).status_code == 200
    eventually(
        lambda: PeriodicRun.objects.exclude(last_finished=None).filter(last_error="").exists(),
        worker,
    )


def test_a_failing_task_is_tried_again(worker: CeleryWorker, tmp_path: Path) -> None:
    result = stumble.enqueue(str(tmp_path))

    eventually(lambda: is_done(result), worker)

    row = row_of(result)
    assert (row.return_value, len(row.worker_ids), row.traceback) == ("arrived", 2, "")
    first, second = sorted(int(note.name) for note in tmp_path.iterdir())
    assert second - first > 1e9  # nanoseconds: there was a pause


def test_a_task_whose_process_is_killed_runs_again(worker: CeleryWorker, tmp_path: Path) -> None:
    result = sit.enqueue(str(tmp_path))
    eventually(lambda: any(tmp_path.iterdir()), worker)
    [started] = tmp_path.iterdir()

    os.kill(int(started.name), signal.SIGKILL)

    eventually(lambda: is_done(result), worker)
    row = row_of(result)
    assert len(row.worker_ids) == len(list(tmp_path.iterdir())) == 2
    assert str(row.return_value) != started.name


def test_an_order_without_a_broker_is_taken_and_followed_when_it_is_back(
    shop: LiveShop, broker: Broker, worker: CeleryWorker, mails: Path, tmp_path: Path
) -> None:
    (tmp_path / "stumbled").touch()
    broker.stop()
    number = buy(shop)
    result = stumble.enqueue(str(tmp_path))
    time.sleep(1)
    assert mails_about(mails, number) == []
    assert not all_delivered()

    broker.start()

    eventually(lambda: mails_about(mails, number) and all_delivered() and is_done(result), worker)
    assert each_once(mails_about(mails, number))
    assert len(row_of(result).worker_ids) == 1


def test_a_task_whose_worker_is_killed_runs_in_the_next_one(
    worker: CeleryWorker, tmp_path: Path
) -> None:
    result = sit.enqueue(str(tmp_path))
    eventually(lambda: any(tmp_path.iterdir()), worker)
    worker.kill()
    assert row_of(result).status == TaskResultStatus.RUNNING

    # Two minutes pass.
    ago = timezone.now() - timedelta(minutes=5)
    WorkerHeartbeat.objects.update(seen_at=ago)
    DBTaskResult.objects.filter(pk=result.id).update(started_at=ago)
    PeriodicRun.objects.filter(name="core.restart_lost_tasks").update(next_due=ago)
    worker.start()

    eventually(lambda: is_done(result), worker)
    assert len(row_of(result).worker_ids) == len(list(tmp_path.iterdir())) == 2

    worker.stop()
    assert not WorkerHeartbeat.objects.filter(seen_at__gt=ago).exists()
