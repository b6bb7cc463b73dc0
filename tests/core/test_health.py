import pytest
from django.utils import timezone

from core import health, worker
from core.models import WorkerHeartbeat

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls")]


@pytest.fixture
def alive():
    WorkerHeartbeat.objects.create(worker="w", started_at=timezone.now(), seen_at=timezone.now())


def parts_of(answer):
    assert answer["Cache-Control"] == "no-store"
    return {name: part["ok"] for name, part in answer.json()["parts"].items()}


def test_it_lives(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/health/live/")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready(client, alive):
    answer = client.get("/health/ready/")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert parts_of(answer) == {
        "database": True,
        "cache": True,
        "channel_layer": True,
        "worker": True,
    }


def test_without_a_worker_it_is_not_ready(client, settings):
    settings.READY_NEEDS_WORKER = True
    answer = client.get("/health/ready/")

    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert parts_of(answer)["worker"] is False

    settings.READY_NEEDS_WORKER = False
    assert client.get("/health/ready/").status_code == 200


def test_a_worker_that_was_seen_long_ago_does_not_count(client, alive):
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - 2 * health.HEARTBEAT_AGE)

    assert client.get("/health/ready/").status_code == 503
    assert worker.HEARTBEAT_EVERY * 3 < health.HEARTBEAT_AGE


def test_a_part_that_is_down_is_named_without_its_reason(client, alive, monkeypatch):
    def broken(*args, **kwargs):
        raise ConnectionError("redis://:hunter22@10.0.0.5")

    monkeypatch.setattr(health.cache, "set", broken, raising=False)

    answer = client.get("/health/ready/")

    assert answer.status_code == 503
    assert parts_of(answer)["cache"] is False
    assert b"hunter22" not in answer.content


def test_other_methods_are_refused(client):
    assert client.post("/health/live/").status_code == 405
