"""Background work in the Shop menu."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from wagtail.models import ModelLogEntry

from content.admin import groups
from content.admin.work.rows import harmless
from core import periodic
from core.models import OutboxDelivery, OutboxEvent, PeriodicRun, WorkerHeartbeat
from tests.content.admin.conftest import SignIn

URL = "/admin/shop/work/"

TRACEBACK = """Traceback (most recent call last):
  File "/srv/site/commerce/orders/tasks.py", line 12, in print_invoice
    raise ValueError("No printer for guest@example.com")
ValueError: No printer for guest@example.com
"""


def make_delivery(state: str = "dead", **fields: Any) -> OutboxDelivery:
    event = OutboxEvent.objects.create(
        name="orders.placed",
        key="order:7",
        payload={"email": "guest@example.com", "number": "V-7"},
        fanned_out_at=timezone.now(),
    )
    return OutboxDelivery.objects.create(
        event=event,
        handler="mails.confirmation",
        key=event.key,
        state=state,
        attempts=12,
        last_error="SMTPRecipientsRefused: {'guest@example.com': 550} password=hunter2secret",
        finished_at=timezone.now() if state == "dead" else None,
        **{"next_attempt_at": timezone.now() + timedelta(minutes=9), **fields},
    )


def make_task(status: str = TaskResultStatus.FAILED, **fields: Any) -> DBTaskResult:
    return DBTaskResult.objects.create(
        task_path="commerce.orders.tasks.print_invoice",
        args_kwargs={"args": ["guest@example.com"], "kwargs": {"copies": 2}},
        backend_name="default",
        worker_ids=["w", "w"],
        status=status,
        exception_class_path="builtins.ValueError",
        traceback=TRACEBACK,
        finished_at=timezone.now() if status == TaskResultStatus.FAILED else None,
        **{"run_after": timezone.now() + timedelta(minutes=4), **fields},
    )


@pytest.fixture
def boil(monkeypatch: pytest.MonkeyPatch) -> PeriodicRun:
    """The only periodic job."""
    monkeypatch.setattr(periodic, "_jobs", {})
    periodic.periodic("kitchen.boil", every=timedelta(minutes=5))(lambda: None)
    start = timezone.now() - timedelta(minutes=1)
    return PeriodicRun.objects.create(
        name="kitchen.boil",
        next_due=start + timedelta(minutes=5),
        last_started=start,
        last_finished=start + timedelta(seconds=1.5),
        last_error="OSError: no gas",
    )


def ask(client: Client, action: str, target: str = "") -> Any:
    return client.post(URL, {"action": action, "target": target}, follow=True)


def test_it_shows_what_failed_and_what_waits_without_anybodys_data(
    manager: Client, boil: PeriodicRun
) -> None:
    make_delivery()
    make_delivery("due")
    make_task()
    make_task(TaskResultStatus.READY)
    WorkerHeartbeat.objects.create(
        worker="host:1:abc", started_at=timezone.now(), seen_at=timezone.now()
    )

    answer = manager.get(URL)

    context, text = answer.context, answer.content.decode()
    for listing in (context["failed"], context["waiting"]):
        assert (listing.count, listing.more) == (2, 0)
        assert {(row.what, row.handler, row.about, row.attempts) for row in listing.rows} == {
            ("orders.placed", "mails.confirmation", "order:7 (email, number)", 12),
            ("print_invoice", "commerce.orders.tasks", "1 value, copies", 2),
        }
    assert "ValueError: No printer for …@… (tasks.py, line 12, in print_invoice)" in text
    assert "SMTPRecipientsRefused" in text
    for hidden in ("guest@example.com", "V-7", "hunter2secret"):
        assert hidden not in text
    [job] = context["jobs"]
    assert (job.name, job.every, job.took, job.error) == (
        "kitchen.boil",
        "every 5 minutes",
        "1.5 s",
        "OSError: no gas",
    )
    assert [(worker["name"], worker["is_alive"]) for worker in context["workers"]] == [
        ("host:1", True)
    ]
    assert "No worker was seen" not in text


def test_a_silent_worker_is_told_of(manager: Client) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    WorkerHeartbeat.objects.create(worker="host:1:abc", started_at=long_ago, seen_at=long_ago)

    answer = manager.get(URL)

    assert (answer.context["alive"], len(answer.context["workers"])) == (0, 1)
    assert "No worker was seen" in answer.content.decode()


def test_one_runs_again(manager: Client) -> None:
    delivery, other = make_delivery(), make_delivery()
    task = make_task()

    answer = ask(manager, "again", f"delivery:{delivery.pk}")

    assert "It runs as soon as a worker is free." in answer.content.decode()
    delivery.refresh_from_db()
    other.refresh_from_db()
    assert (delivery.state, delivery.attempts, other.state) == ("due", 0, "dead")
    ask(manager, "again", f"task:{task.pk}")
    task.refresh_from_db()
    assert (task.status, task.worker_ids) == (TaskResultStatus.READY, [])
    assert task.run_after <= timezone.now()
    logged = ModelLogEntry.objects.filter(action="shop.work.run")
    assert {entry.object_id for entry in logged} == {str(delivery.pk), str(task.pk)}
    # Asked twice, it is still one run.
    assert "somebody was faster" in ask(manager, "again", f"task:{task.pk}").content.decode()


def test_all_run_again(manager: Client) -> None:
    make_delivery()
    make_delivery()
    make_task()

    answer = ask(manager, "again_all")

    assert "3 of them run as soon as a worker is free." in answer.content.decode()
    assert answer.context["failed"].count == 0
    assert ModelLogEntry.objects.filter(action="shop.work.run").count() == 3


def test_what_waits_is_tried_now_unless_it_runs(manager: Client) -> None:
    waits, runs = make_delivery("due"), make_delivery("due", leased_by="somebody")
    task = make_task(TaskResultStatus.READY)

    for target in (f"delivery:{waits.pk}", f"delivery:{runs.pk}", f"task:{task.pk}"):
        ask(manager, "now", target)

    for row in (waits, runs, task):
        row.refresh_from_db()
    assert waits.next_attempt_at <= timezone.now() < runs.next_attempt_at
    assert waits.attempts == 12
    assert task.run_after <= timezone.now()


def test_a_job_runs_now(manager: Client, boil: PeriodicRun) -> None:
    ask(manager, "job", "job:kitchen.boil")

    boil.refresh_from_db()
    assert boil.next_due <= timezone.now()


@pytest.mark.parametrize(
    ("action", "target"),
    [
        ("", ""),
        ("delete", "delivery:1"),
        ("again", "delivery:x"),
        ("again", "delivery:²"),
        ("again", f"delivery:{'9' * 40}"),
        ("again", "task:1"),
        ("again", "\0"),
        ("again", ""),
        ("now", "job:kitchen.boil"),
        ("job", "job:kitchen.fry"),
        ("job", "job:\0"),
        ("job", ""),
    ],
)
def test_nonsense_is_refused(manager: Client, boil: PeriodicRun, action: str, target: str) -> None:
    delivery = make_delivery()

    assert ask(manager, action, target).status_code == 400

    delivery.refresh_from_db()
    assert delivery.state == "dead"


def test_what_is_gone_is_said(manager: Client) -> None:
    answer = ask(manager, "again", "delivery:4711")

    assert (answer.status_code, answer.context["failed"].count) == (200, 0)
    assert "It is not there any more" in answer.content.decode()


@pytest.mark.parametrize("group", ["", groups.ORDER_DESK, groups.STOCK_KEEPERS])
def test_others_neither_see_nor_run_it(sign_in: SignIn, group: str) -> None:
    delivery = make_delivery()
    client = sign_in(group)

    assert client.get(URL).status_code in {302, 403}
    ask(client, "again", f"delivery:{delivery.pk}")

    delivery.refresh_from_db()
    assert delivery.state == "dead"
    assert "shop-work" not in client.get("/admin/", follow=True).content.decode()
    assert Client().get(URL).status_code == 302


def test_who_may_only_see_it_has_no_buttons(sign_in: SignIn) -> None:
    from django.contrib.auth.models import Group, Permission

    readers = Group.objects.create(name="Readers")
    readers.permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "view_outboxdelivery"])
    )
    delivery = make_delivery()
    client = sign_in("Readers")

    answer = client.get(URL)

    assert answer.status_code == 200
    assert b"Run again" not in answer.content
    assert b"Run now" not in answer.content
    assert client.post(
        URL, {"action": "again", "target": f"delivery:{delivery.pk}"}
    ).status_code in {
        302,
        403,
    }
    delivery.refresh_from_db()
    assert delivery.state == "dead"


def test_the_queries_do_not_grow_and_neither_does_the_page(manager: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert manager.get(URL).status_code == 200
        return len(seen)

    make_delivery()
    make_task()
    manager.get(URL)
    few = queries()
    for _ in range(60):
        make_delivery()
        make_task()

    assert queries() == few
    failed = manager.get(URL).context["failed"]
    assert (len(failed.rows), failed.count, failed.more) == (100, 122, 22)


def test_the_menu_has_it(manager: Client) -> None:
    assert "Background work" in manager.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to <ada@example.com>: 550", "to <…@…>: 550"),
        ("{'ada.l+x@mail.example.com': (550, b'no')}", "{'…@…': (550, b'no')}"),
        ("Bearer: abcdefgh12345678", "Bearer: [hidden]"),
        ("plain", "plain"),
        ("x" * 500, "x" * 300),
    ],
)
def test_errors_lose_addresses_and_secrets(text: str, shown: str) -> None:
    assert harmless(text) == shown
