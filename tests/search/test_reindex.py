"""POST /api/admin/search/reindex/, what a worker makes of it, and what runs by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from rest_framework.test import APIClient

from commerce.catalogue import services as catalogue_services
from content.cards.models import ProductCard
from core import worker
from search import engines, full_runs, indexing, tasks
from search.engines.base import EngineUnavailable
from search.models import FullRun, PendingProduct, SyncState
from search.records import RecordKey, all_records
from tests import factories
from tests.content.editing import sold_page, work
from tests.fakes.search_engine import FolderEngine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]
URL = "/api/admin/search/reindex/"


@pytest.fixture(autouse=True)
def engine(folder_engine: FolderEngine) -> FolderEngine:
    return folder_engine


@pytest.fixture
def page(engine: FolderEngine, settings: Any) -> Any:
    """A product, in the index, which then has something else."""
    found = sold_page()
    work()
    engine.spoil(RecordKey(found.product_id, "en"))
    # Only now: Wagtail has tasks of its own for a page.
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    return found


@pytest.fixture
def staff() -> APIClient:
    """Somebody who may do this and nothing else."""
    user = factories.make_staff()
    user.user_permissions.set([Permission.objects.get(codename="reindex")])
    return factories.another_client(user)


def away(name: str, keys: Sequence[RecordKey]) -> None:
    """An engine's trouble."""
    raise EngineUnavailable("gone fishing")


def run_tasks() -> None:
    for alias in worker._task_backends():
        worker.run_tasks(alias, worker="test")


def is_in_step(engine: FolderEngine) -> bool:
    return engine.records() == {record.key: record for record in all_records()}


def test_a_run_is_accepted_followed_and_done(
    engine: FolderEngine, page: Any, staff: APIClient
) -> None:
    answer = staff.post(URL)

    run = FullRun.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == f"{URL}{run.pk}/"
    assert answer.json() == {
        "id": str(run.pk),
        "url": f"{URL}{run.pk}/",
        "state": "waiting",
        "engine": "folder",
        "done": 0,
        "total": 0,
        "error": "",
        "created_at": answer.json()["created_at"],
        "started_at": None,
        "finished_at": None,
    }

    # While one waits there is no second.
    assert staff.post(URL).json() == answer.json()
    assert DBTaskResult.objects.count() == 1

    run_tasks()

    followed = staff.get(answer["Location"]).json()
    assert (followed["state"], followed["done"], followed["total"]) == ("done", 1, 1)
    assert followed["started_at"] <= followed["finished_at"]
    assert is_in_step(engine)
    assert staff.post(URL).json()["id"] != str(run.pk)


def test_a_set_that_is_too_small_is_refused_and_force_is_heard(
    engine: FolderEngine, page: Any, staff: APIClient
) -> None:
    ProductCard.objects.all().delete()
    url = staff.post(URL).json()["url"]

    run_tasks()

    followed = staff.get(url).json()
    assert followed["state"] == "failed"
    assert "0 records would replace 1" in followed["error"]
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"

    url = staff.post(URL, {"force": True}).json()["url"]
    run_tasks()
    assert staff.get(url).json()["state"] == "done"


def test_a_run_that_fails_waits_for_its_next_try(
    engine: FolderEngine, page: Any, staff: APIClient
) -> None:
    engine.trouble = away
    url = staff.post(URL).json()["url"]
    run_tasks()
    followed = staff.get(url).json()
    assert (followed["state"], followed["error"]) == ("waiting", "EngineUnavailable: gone fishing")

    for _ in range(4):
        DBTaskResult.objects.update(run_after=timezone.now())
        run_tasks()
    assert staff.get(url).json()["state"] == "failed"

    engine.trouble = lambda name, keys: None
    url = staff.post(URL).json()["url"]
    run_tasks()
    assert staff.get(url).json()["state"] == "done"


def test_it_is_for_those_who_may(page: Any, staff: APIClient) -> None:
    url = staff.post(URL).json()["url"]
    others = factories.another_client(factories.make_staff(email="other@example.com"))
    for client, status in ((APIClient(), 401), (others, 403)):
        assert client.post(URL).status_code == status
        assert client.get(url).status_code == status
    assert staff.get(f"{URL}01890000-0000-7000-8000-000000000000/").status_code == 404
    assert staff.post(URL, {"force": "perhaps"}).status_code == 400


def test_a_run_whose_process_died_does_not_block_the_next_one(
    engine: FolderEngine, page: Any, staff: APIClient
) -> None:
    long_ago = timezone.now() - full_runs.SILENCE - timedelta(seconds=1)
    dead = FullRun.objects.create(
        engine="folder", state=FullRun.State.RUNNING, started_at=long_ago, seen_at=long_ago
    )

    fresh = staff.post(URL).json()

    assert fresh["id"] != str(dead.pk)
    assert staff.get(f"{URL}{dead.pk}/").json()["state"] == "failed"


def test_one_that_waits_for_a_worker_is_not_dead(page: Any, staff: APIClient) -> None:
    first = staff.post(URL).json()
    FullRun.objects.update(seen_at=timezone.now() - timedelta(days=1))

    assert staff.post(URL).json()["id"] == first["id"]
    DBTaskResult.objects.all().delete()
    assert staff.post(URL).json()["id"] != first["id"]


def test_an_index_that_was_never_filled_fills_itself(engine: FolderEngine, page: Any) -> None:
    engine.delete(list(engine.records()))

    assert tasks.fill()
    assert not tasks.fill()
    run_tasks()

    assert is_in_step(engine)
    assert SyncState.objects.get(engine="folder").filled_at is not None
    assert not tasks.fill()
    assert FullRun.objects.count() == 1


def test_a_first_run_that_died_does_not_leave_the_index_empty(
    engine: FolderEngine, page: Any
) -> None:
    engine.delete(list(engine.records()))
    long_ago = timezone.now() - full_runs.SILENCE - timedelta(seconds=1)
    dead = FullRun.objects.create(
        engine="folder", state=FullRun.State.RUNNING, started_at=long_ago, seen_at=long_ago
    )

    assert tasks.fill()
    run_tasks()

    assert is_in_step(engine)
    dead.refresh_from_db()
    assert dead.state == FullRun.State.FAILED


def test_an_index_with_a_few_of_all_products_is_filled_as_a_whole(
    engine: FolderEngine, page: Any
) -> None:
    for number in range(2):
        sold_page(f"Stool {number}")
    work()
    engine.delete(list(engine.records())[1:])

    assert tasks.fill()
    run_tasks()

    assert is_in_step(engine)
    assert FullRun.objects.get().state == FullRun.State.DONE


def test_nothing_is_written_to_an_empty_index_of_many_products_before_it_is_filled(
    engine: FolderEngine, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 1)
    engine.delete(list(engine.records()))
    other = sold_page("Stool")
    work()
    assert engine.count() == 0

    assert tasks.fill()
    run_tasks()
    assert is_in_step(engine)

    catalogue_services.update_product(other.product_id, sold_count=7)
    work()
    assert is_in_step(engine)
    assert not PendingProduct.objects.exists()


def test_one_that_somebody_filled_is_checked(engine: FolderEngine, page: Any) -> None:
    assert not tasks.fill()
    run_tasks()

    assert is_in_step(engine)
    assert not FullRun.objects.exists()
    assert SyncState.objects.get(engine="folder").stale == 1


def test_an_empty_shop_fills_nothing(engine: FolderEngine) -> None:
    assert not tasks.fill()
    assert not FullRun.objects.exists()


def test_settings_that_changed_are_pushed_and_the_index_is_checked(
    engine: FolderEngine, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not tasks.keep_settings()  # what fills it pushes them
    full_runs.carry_out(full_runs.open_run().pk)
    assert not tasks.keep_settings()
    engine.spoil(RecordKey(page.product_id, "en"))
    monkeypatch.setattr(engine, "settings", lambda: {"currencies": ["USD", "JPY"]})

    with monkeypatch.context() as storm:
        storm.setattr(engine, "trouble", away)
        assert not tasks.keep_settings()
    assert tasks.keep_settings()
    assert not tasks.keep_settings()
    run_tasks()

    assert engine.calls.count(("settings", 0)) == 2
    assert is_in_step(engine)


def test_of_two_releases_side_by_side_the_later_one_has_its_way(
    engine: FolderEngine, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {"old": None, "new": None}
    now = timezone.now()

    def minute(release: str) -> bool:
        """The job of one minute in a process of that release."""
        nonlocal now
        now += timedelta(minutes=1)
        monkeypatch.setattr(timezone, "now", lambda: now)
        monkeypatch.setattr(engine, "settings", lambda: {"release": release})
        monkeypatch.setattr(tasks, "_in_place", kept[release])
        try:
            return tasks.keep_settings()
        finally:
            kept[release] = tasks._in_place

    monkeypatch.setattr(engine, "settings", lambda: {"release": "old"})
    full_runs.carry_out(full_runs.open_run().pk)
    assert not minute("old")

    assert [minute(each) for each in ("new", "old", "new", "old", "new")] == [True, *[False] * 4]
    assert engine.calls.count(("settings", 0)) == 1
    assert DBTaskResult.objects.count() == 1

    # The old one stays: somebody has gone back to it.
    now += tasks.OTHERS_TURN
    assert minute("old")
    # It is started anew there, too.
    kept["new"] = None
    assert [minute(each) for each in ("new", "old", "new")] == [True, False, False]


def test_an_engine_that_was_not_in_use_is_checked_when_it_is_again(
    engine: FolderEngine, page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    full_runs.carry_out(full_runs.open_run().pk)
    assert not tasks.keep_settings()
    other = FolderEngine(tmp_path / "other")
    monkeypatch.setattr(other, "name", "other")
    monkeypatch.setattr(engines, "current", lambda: other)
    monkeypatch.setattr(tasks, "_in_place", None)
    full_runs.carry_out(full_runs.open_run().pk)
    assert not tasks.keep_settings()
    catalogue_services.update_product(page.product_id, sold_count=7)
    work()
    assert is_in_step(other)

    monkeypatch.setattr(engines, "current", lambda: engine)
    monkeypatch.setattr(tasks, "_in_place", None)
    assert not is_in_step(engine)
    assert tasks.keep_settings()
    assert not tasks.keep_settings()
    run_tasks()

    assert is_in_step(engine)


@pytest.mark.parametrize(
    ("hour", "hours_ago", "is_due"),
    [(3, 19, False), (3, 21, True), (14, 21, False), (14, 35, False), (14, 37, True)],
)
def test_the_check_runs_at_night_or_after_a_day_and_a_half(
    engine: FolderEngine,
    page: Any,
    monkeypatch: pytest.MonkeyPatch,
    hour: int,
    hours_ago: int,
    is_due: bool,
) -> None:
    now = timezone.make_aware(datetime(2026, 5, 4, hour, 30))  # noqa: DTZ001 (made aware)
    monkeypatch.setattr(timezone, "now", lambda: now)
    then = now - timedelta(hours=hours_ago)
    SyncState.objects.create(engine="folder", filled_at=then)

    assert tasks.check_at_night() is is_due
    assert not tasks.check_at_night()
    run_tasks()

    assert is_in_step(engine) is is_due
