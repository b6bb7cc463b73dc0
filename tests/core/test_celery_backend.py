"""What Celery carries and what our rows keep. tests/parallel/test_celery.py has real workers."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from core import celery_backend, events, task_runs, tasks, worker
from core.tasks import task

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_subscriptions"),
    pytest.mark.engines,
]

READY, RUNNING = TaskResultStatus.READY, TaskResultStatus.RUNNING
FAILED, SUCCESSFUL = TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL

ran: list[str] = []


@task(max_attempts=2)
def knit(what: str) -> None:
    ran.append(what)
    if what == "knot":
        raise ValueError(what)


class Broker:
    """Takes messages, as many as it has room for."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []
        self.room = 1000

    def take(self, message: tuple[str, str], **options: Any) -> None:
        assert options == {"task_id": message[0], "queue": "default", "retry": False}
        if len(self.messages) == self.room:
            raise ConnectionRefusedError
        self.messages.append(message)


@pytest.fixture
def broker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Broker:
    settings.TASKS = {"default": {"BACKEND": tasks.CELERY_BACKEND}}
    broker = Broker()
    monkeypatch.setattr(celery_backend.run_task, "apply_async", broker.take)
    ran.clear()
    return broker


def row_of(result: Any) -> DBTaskResult:
    row: DBTaskResult = DBTaskResult.objects.get(pk=result.id)
    return row


def let_pass(what: timedelta) -> None:
    for row in DBTaskResult.objects.filter(status=READY):
        row.run_after -= what
        row.save()


def test_a_task_is_sent_once_and_runs_once(broker: Broker) -> None:
    result = knit.enqueue("scarf")
    assert broker.messages == []

    assert [celery_backend.send_due(), celery_backend.send_due()] == [1, 0]

    [(task_id, stamp)] = broker.messages
    assert (UUID(task_id), datetime.fromisoformat(stamp)) == (
        row_of(result).pk,
        row_of(result).run_after,
    )
    celery_backend.run_task(task_id, stamp)
    celery_backend.run_task(task_id, stamp)
    assert ran == ["scarf"]
    assert row_of(result).status == SUCCESSFUL


def test_the_worker_of_the_database_hands_tasks_over_and_runs_none(broker: Broker) -> None:
    knit.enqueue("scarf")

    assert worker.run_once() == 1

    assert (len(broker.messages), ran) == (1, [])


def test_what_is_rolled_back_is_not_sent(broker: Broker) -> None:
    with transaction.atomic():
        knit.enqueue("scarf")
        transaction.set_rollback(True)

    assert celery_backend.send_due() == 0
    assert broker.messages == []


def test_what_the_broker_does_not_take_stays_due(broker: Broker) -> None:
    for what in ("a", "b", "c"):
        knit.enqueue(what)
    broker.room = 1

    assert celery_backend.send_due() == 1
    assert celery_backend.send_due() == 0
    celery_backend.run_task(*broker.messages.pop())
    broker.room = 1000
    let_pass(celery_backend.PAUSE_WITHOUT_BROKER)
    assert celery_backend.send_due() == 2

    for message in broker.messages:
        celery_backend.run_task(*message)
    assert sorted(ran) == ["a", "b", "c"]


def test_a_lost_message_is_sent_again_and_the_old_one_dropped(broker: Broker) -> None:
    knit.enqueue("scarf")
    celery_backend.send_due()
    let_pass(celery_backend.RESEND_AFTER)

    assert celery_backend.send_due() == 1

    old, new = broker.messages
    celery_backend.run_task(*old)
    assert ran == []
    celery_backend.run_task(*new)
    assert ran == ["scarf"]


def test_a_failing_task_is_sent_again_after_its_pause_and_given_up(broker: Broker) -> None:
    result = knit.enqueue("knot")
    celery_backend.send_due()
    celery_backend.run_task(*broker.messages[0])

    assert row_of(result).status == READY
    assert celery_backend.send_due() == 0
    let_pass(timedelta(seconds=2))
    assert celery_backend.send_due() == 1
    celery_backend.run_task(*broker.messages[1])

    assert (row_of(result).status, ran) == (FAILED, ["knot", "knot"])
    assert task_runs.run_again() == 1
    assert celery_backend.send_due() == 1


def test_only_a_message_that_came_back_takes_a_task_out_of_a_workers_hands(
    broker: Broker,
) -> None:
    result = knit.enqueue("scarf")
    celery_backend.send_due()
    stamp = row_of(result).run_after

    def claim(name: str, *, redelivered: bool) -> bool:
        row = task_runs.claim(
            row_of(result).pk, run_after=stamp, worker=name, redelivered=redelivered
        )
        return row is not None

    assert claim("one", redelivered=False)
    assert not claim("two", redelivered=False)
    assert claim("two", redelivered=True)
    assert row_of(result).worker_ids == ["one", "two"]
    # Two tries are all that it has.
    assert not claim("three", redelivered=True)
    assert row_of(result).status == FAILED


def test_tasks_of_the_other_engine_go_on(broker: Broker, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    knit.enqueue("scarf")
    assert celery_backend.send_due() == 0

    settings.TASKS = {"default": {"BACKEND": tasks.CELERY_BACKEND}}
    assert celery_backend.send_due() == 1

    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    let_pass(celery_backend.RESEND_AFTER)
    assert worker.run_once() == 1
    assert ran == ["scarf"]


# ── The call to the relay ───────────────────────────────────────────────────────────────
@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that were made, each by the thread's name."""
    calls: list[str] = []
    monkeypatch.setattr(
        celery_backend.deliver,
        "apply_async",
        lambda **options: calls.append(threading.current_thread().name),
    )
    monkeypatch.setattr(events, "_also_wakes", {celery_backend._Waker()})
    return calls


def eventually(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_commit_calls_the_relay_and_a_rollback_does_not(calls: list[str]) -> None:
    with transaction.atomic():
        events.record("tea.made", key="1", payload={})
        time.sleep(0.05)
        assert calls == []
        transaction.set_rollback(True)
    time.sleep(0.05)
    assert calls == []

    with transaction.atomic():
        events.record("tea.made", key="1", payload={})

    eventually(lambda: calls)
    assert calls == ["celery-waker"]


def test_an_enqueued_task_calls_the_relay(broker: Broker, calls: list[str]) -> None:
    knit.enqueue("scarf")

    eventually(lambda: calls)


def test_nobody_notices_a_broker_that_is_gone(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(celery_backend, "PAUSE_WITHOUT_BROKER", timedelta(seconds=0.01))
    works = celery_backend.deliver.apply_async
    refused = threading.Event()

    def refuse(**options: Any) -> None:
        refused.set()
        raise ConnectionRefusedError

    monkeypatch.setattr(celery_backend.deliver, "apply_async", refuse)
    with transaction.atomic():
        events.record("tea.made", key="1", payload={})
    assert refused.wait(10)
    eventually(lambda: "The broker cannot be reached" in caplog.text)
    assert calls == []

    monkeypatch.setattr(celery_backend.deliver, "apply_async", works)
    events.wake()

    eventually(lambda: calls)


def test_a_task_put_off_by_its_caller_is_sent_when_its_time_comes(broker: Broker) -> None:
    knit.using(run_after=timezone.now() + timedelta(hours=1)).enqueue("later")

    assert celery_backend.send_due() == 0
    let_pass(timedelta(hours=1))
    assert celery_backend.send_due() == 1
