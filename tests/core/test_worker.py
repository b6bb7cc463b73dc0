import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django_tasks import task

from core import events, periodic, worker
from core.events import record, subscribe
from core.models import WorkerHeartbeat

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_subscriptions"),
]

seen: list[str] = []


@task()
def brew(cup: str) -> None:
    seen.append(f"task {cup}")


@pytest.fixture(autouse=True)
def nothing_seen(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    seen.clear()


def prepare():
    subscribe("tea.made", lambda event: seen.append(f"event {event.key}"), label="mail")
    periodic.periodic("water", every=timedelta(hours=1))(lambda: seen.append("job"))
    with transaction.atomic():
        record("tea.made", key="1", payload={})
    brew.enqueue("red")


def eventually(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.engines
def test_a_worker_does_all_three_kinds_of_work_and_stops(monkeypatch):
    # Only a wake makes it look again.
    for name in ("LOOK_EVERY", "LOOK_EVERY_URGENT"):
        monkeypatch.setattr(worker, name, 3600)
    prepare()
    one = worker.Worker()
    one.start()
    try:
        eventually(lambda: len(seen) == 3)
        assert set(seen) == {"event 1", "job", "task red"}
        eventually(WorkerHeartbeat.objects.filter(worker=one.name).exists)

        with transaction.atomic():
            record("tea.made", key="2", payload={})
        eventually(lambda: "event 2" in seen)
    finally:
        one.finish(10)

    assert not any(thread.is_alive() for thread in one._threads)
    assert not WorkerHeartbeat.objects.exists()


def test_a_worker_that_is_cut_off_in_the_middle_does_not_sign_off(monkeypatch, caplog):
    at_it, go_on = threading.Event(), threading.Event()

    def run(*_: object, **__: object) -> int:
        at_it.set()
        go_on.wait(30)
        return 0

    monkeypatch.setattr(worker, "run_tasks", run)
    one = worker.Worker()
    one.start()
    try:
        assert at_it.wait(30)
        eventually(WorkerHeartbeat.objects.filter(worker=one.name).exists)

        one.finish(0.1)

        # What it was at is found as lost in two minutes, by its heartbeat.
        assert WorkerHeartbeat.objects.filter(worker=one.name).exists()
        assert "in the middle of its work" in caplog.text
    finally:
        go_on.set()
        one.finish(10)
    assert not WorkerHeartbeat.objects.exists()


def test_once_does_what_is_due_and_what_that_makes_due():
    prepare()
    subscribe("tea.made", lambda event: brew.enqueue("green") and None, label="more")
    out = StringIO()

    call_command("worker", "--once", stdout=out)

    assert sorted(seen) == ["event 1", "job", "task green", "task red"]
    assert out.getvalue() == "6 done\n"
    assert worker.run_once() == 0


def test_a_turn_that_fails_is_told_of_and_tried_again(monkeypatch, caplog):
    monkeypatch.setattr(worker, "PAUSE_AFTER_ERROR", 0.01)
    turns = []

    def bad_then_good():
        turns.append(1)
        if len(turns) == 1:
            raise ConnectionError
        return 0

    monkeypatch.setattr(worker.periodic, "run_due", bad_then_good)
    one = worker.Worker()
    one.start()
    try:
        eventually(lambda: len(turns) > 1)
    finally:
        one.finish(5)

    assert "A worker's turn failed" in caplog.text


def test_the_embedded_worker_is_one(monkeypatch):
    monkeypatch.setattr(worker, "_embedded", None)
    hooks = []
    monkeypatch.setattr(worker, "Finalize", lambda *args, **named: hooks.append((args, named)))

    one = worker.start_in_background()
    try:
        assert worker.start_in_background() is one
        assert hooks == [((None, one.finish), {"args": (5.0,), "exitpriority": 10})]
    finally:
        one.finish(5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_cleanly(number):
    program = f"""
import sys, django
sys.path[:0] = {sys.path!r}
django.setup()
from django.core.management import call_command
from django.db import connection
connection.settings_dict["NAME"] = {connection.settings_dict["NAME"]!r}
call_command("worker")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    try:
        eventually(WorkerHeartbeat.objects.exists, 60)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0, errors.decode()
    assert b"Traceback" not in errors
    assert not WorkerHeartbeat.objects.exists()


def test_waking_is_not_lost_between_two_looks():
    first = second = events.rings()

    events.wake()

    # Both who looked before hear of it, whoever comes first.
    assert events.wait_for_more(first, timeout=0)
    assert events.wait_for_more(second, timeout=0)
    assert not events.wait_for_more(events.rings(), timeout=0)
