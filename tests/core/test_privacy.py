"""Forgetting people in answers kept for retries, events and finished tasks."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.models import IdempotencyRecord, OutboxDelivery, OutboxEvent, PeriodicRun
from core.privacy import forget

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

WHO, OTHER = "zoë@example.com", "other@example.com"


def keep_answer(scope: str, key: str, body: bytes | None) -> None:
    IdempotencyRecord.objects.create(
        scope=scope,
        key=key,
        fingerprint="x",
        owner="x",
        body=body,
        locked_until=timezone.now() + timedelta(minutes=1),
    )


def test_answers_go_by_owner_body_and_key() -> None:
    keep_answer("user:1", "a", b"{}")
    keep_answer("cart:1", "b", f'{{"email": "{WHO.upper()}"}}'.encode())
    keep_answer("cart:1", "c", rb'{"email": "zo\u00eb@example.com"}')
    keep_answer("cart:1", f"for-{WHO}", None)
    keep_answer("user:11", "d", OTHER.encode())
    keep_answer("cart:1", "e", None)

    forget([WHO], user_id=1)

    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"d", "e"}


def test_events_with_the_address_are_deleted_and_errors_blanked() -> None:
    for key, payload in (
        ("a", {"data": [{"to": WHO.upper()}]}),
        (f"mail:{WHO}", {}),
        ("kept", {"to": OTHER}),
    ):
        event = OutboxEvent.objects.create(name="x", key=key, payload=payload)
        OutboxDelivery.objects.create(event=event, handler="h", key=key, last_error=f"550 {WHO}")
    PeriodicRun.objects.create(name="x", next_due=timezone.now(), last_error=f"No {WHO}")

    forget([WHO])

    assert list(OutboxEvent.objects.values_list("key", flat=True)) == ["kept"]
    assert list(OutboxDelivery.objects.values_list("last_error", flat=True)) == [""]
    assert PeriodicRun.objects.get(name="x").last_error == ""


def test_tasks_with_the_address_are_deleted() -> None:
    for address in (WHO, OTHER):
        DBTaskResult.objects.create(
            args_kwargs={"args": [address], "kwargs": {}},
            task_path="x.y",
            backend_name="default",
            run_after=timezone.now(),
        )

    forget([WHO])

    [left] = DBTaskResult.objects.all()
    assert left.args_kwargs["args"] == [OTHER]


def test_nothing_is_found_by_nothing() -> None:
    OutboxEvent.objects.create(name="x", key="x")
    keep_answer("user:1", "a", b"{}")

    forget([], user_id=2)
    forget([""])

    assert (OutboxEvent.objects.count(), IdempotencyRecord.objects.count()) == (1, 1)
