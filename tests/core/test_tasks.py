"""Tasks on the database engine: retried with pauses, given up, run again, tied to the commit."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from core import jobs, task_runs, worker
from core.models import WorkerHeartbeat
from core.tasks import task

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_subscriptions"),
    pytest.mark.engines,
]

READY, RUNNING = TaskResultStatus.READY, TaskResultStatus.RUNNING
FAILED, SUCCESSFUL = TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL

tried: list[str] = []
broken = True


@task(max_attempts=3)
def fire(cup: str) -> str:
    tried.append(cup)
    if broken:
        raise ValueError(f"{cup} broke")
    return f"{cup} fired"


@task()
def glaze() -> None:
    raise OSError("no glaze")


@pytest.fixture(autouse=True)
def on_the_database(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    tried.clear()
    monkeypatch.setattr(f"{__name__}.broken", True)


def only_row() -> DBTaskResult:
    return DBTaskResult.objects.get()


def wait_for_it() -> None:
    """Let the pause before the next try pass."""
    DBTaskResult.objects.filter(status=READY).update(run_after=timezone.now())


def test_a_failing_task_is_tried_again_after_longer_and_longer_pauses_then_given_up(caplog):
    result = fire.enqueue("blue")
    pauses = []
    for attempt in (1, 2):
        began = timezone.now()
        assert worker.run_once() == 1
        assert worker.run_once() == 0
        row = only_row()
        assert (row.status, len(row.worker_ids), row.finished_at) == (READY, attempt, None)
        assert row.traceback.endswith("ValueError: blue broke\n")
        pauses.append((row.run_after - began).total_seconds())
        wait_for_it()
    assert 1 <= pauses[0] < 3
    assert 2 <= pauses[1] < 5

    assert worker.run_once() == 1

    row = only_row()
    assert (row.status, len(row.worker_ids)) == (FAILED, 3)
    assert row.finished_at is not None
    assert tried == ["blue"] * 3
    assert "A task was given up" in caplog.text
    wait_for_it()
    assert worker.run_once() == 0
    result.refresh()
    assert (result.status, result.attempts) == (FAILED, 3)
    assert result.errors[0].exception_class is ValueError


def test_a_task_that_works_the_second_time_leaves_no_error(monkeypatch):
    result = fire.enqueue("red")
    worker.run_once()
    monkeypatch.setattr(f"{__name__}.broken", False)
    wait_for_it()

    assert worker.run_once() == 1

    result.refresh()
    assert (result.status, result.return_value, result.errors) == (SUCCESSFUL, "red fired", [])
    assert result.attempts == 2
    assert only_row().traceback == ""


def test_failed_tasks_run_again_one_or_all(monkeypatch):
    for cup in ("a", "b", "c"):
        fire.enqueue(cup)
    for _ in range(3):
        worker.run_once()
        wait_for_it()
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {FAILED}
    monkeypatch.setattr(f"{__name__}.broken", False)
    first = DBTaskResult.objects.get(args_kwargs__args=["a"])

    assert task_runs.run_again([first.pk]) == 1
    assert worker.run_once() == 1
    first.refresh_from_db()
    assert (first.status, len(first.worker_ids)) == (SUCCESSFUL, 1)

    assert task_runs.run_again() == 2
    assert task_runs.run_again() == 0
    assert worker.run_once() == 2
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {SUCCESSFUL}


def test_a_waiting_task_can_be_hurried(monkeypatch):
    fire.enqueue("late")
    worker.run_once()
    monkeypatch.setattr(f"{__name__}.broken", False)
    assert worker.run_once() == 0

    assert task_runs.hurry([only_row().pk]) == 1

    assert worker.run_once() == 1
    assert only_row().status == SUCCESSFUL


def test_without_a_number_the_setting_counts(settings):
    settings.TASK_MAX_ATTEMPTS = 1
    glaze.enqueue()

    worker.run_once()

    assert (only_row().status, only_row().exception_class_path) == (FAILED, "builtins.OSError")


def test_a_task_runs_after_the_commit_and_never_after_a_rollback():
    with transaction.atomic():
        fire.enqueue("kept")
        assert tried == []
    with transaction.atomic():
        fire.enqueue("taken back")
        transaction.set_rollback(True)

    worker.run_once()

    assert tried == ["kept"]
    assert DBTaskResult.objects.count() == 1


def lost_task(*, worker_seen_ago: timedelta | None, started_ago: timedelta, tries: int = 1) -> Any:
    fire.enqueue("lost")
    now = timezone.now()
    if worker_seen_ago is not None:
        WorkerHeartbeat.objects.create(
            worker="w", started_at=now - started_ago, seen_at=now - worker_seen_ago
        )
    DBTaskResult.objects.update(
        status=RUNNING, started_at=now - started_ago, worker_ids=["w"] * tries
    )
    return only_row()


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seen_ago", "started_ago", "lost"),
    [
        (3 * MINUTE, 5 * MINUTE, True),  # its worker is silent
        (MINUTE / 4, 90 * MINUTE, False),  # a long task of a worker that lives
        (None, 30 * MINUTE, False),  # somebody without a heartbeat, `worker --once`
        (None, 61 * MINUTE, True),
        (3 * MINUTE, MINUTE, False),  # too early to tell
    ],
)
def test_a_task_whose_worker_died_is_found(seen_ago, started_ago, lost, monkeypatch):
    monkeypatch.setattr(f"{__name__}.broken", False)
    lost_task(worker_seen_ago=seen_ago, started_ago=started_ago)

    assert jobs.restart_lost_tasks() == int(lost)

    assert worker.run_once() == int(lost)
    assert only_row().status == (SUCCESSFUL if lost else RUNNING)


def test_a_task_that_takes_its_workers_down_is_given_up():
    lost_task(worker_seen_ago=3 * MINUTE, started_ago=5 * MINUTE, tries=3)

    assert task_runs.restart_lost() == 1

    assert (only_row().status, only_row().exception_class_path) == (FAILED, "core.task_runs.Lost")
    assert worker.run_once() == 0
    assert tried == []


def test_old_tasks_are_forgotten(monkeypatch):
    ages = {
        (SUCCESSFUL, 13): True,
        (SUCCESSFUL, 15): False,
        (FAILED, 89): True,
        (FAILED, 91): False,
        (READY, 200): True,
    }
    rows = {}
    for (status, days), stays in ages.items():
        row = DBTaskResult.objects.get(pk=fire.enqueue("old").id)
        row.status, row.finished_at = status, timezone.now() - timedelta(days=days)
        row.save()
        rows[row.pk] = stays

    assert jobs.purge_tasks() == 2

    left = set(DBTaskResult.objects.values_list("pk", flat=True))
    assert left == {pk for pk, stays in rows.items() if stays}
