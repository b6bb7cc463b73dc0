"""The periodic jobs of this room: rows that have served go, tasks of dead workers start anew."""

from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from core.models import IdempotencyRecord, OutboxDelivery, OutboxEvent, WorkerHeartbeat
from core.periodic import periodic

KEEP_EVENTS = timedelta(days=14)
KEEP_HEARTBEATS = timedelta(days=1)
KEEP_DONE_TASKS = timedelta(days=14)
# Their arguments may tell of people.
KEEP_FAILED_TASKS = timedelta(days=90)
BATCH = 5000


def keep_keys() -> timedelta:
    """How long an Idempotency-Key is remembered: the setting IDEMPOTENCY_KEEP, 24 hours."""
    keep: timedelta = getattr(settings, "IDEMPOTENCY_KEEP", timedelta(hours=24))
    return keep


@periodic("core.purge_idempotency_keys", every=timedelta(hours=1))
def purge_idempotency_keys() -> int:
    """Forget keys that are older than `keep_keys`; how many."""
    deleted, _ = IdempotencyRecord.objects.filter(
        created_at__lt=timezone.now() - keep_keys()
    ).delete()
    return deleted


@periodic("core.purge_outbox", every=timedelta(hours=1))
def purge_outbox() -> int:
    """Forget events older than 14 days that every handler has had; how many.

    Dead and waiting deliveries keep their events.
    """
    unfinished = OutboxDelivery.objects.exclude(state=OutboxDelivery.State.DONE)
    old = (
        OutboxEvent.objects.filter(
            recorded_at__lt=timezone.now() - KEEP_EVENTS, fanned_out_at__isnull=False
        )
        .exclude(pk__in=unfinished.values("event_id"))
        .order_by("pk")
        .values_list("pk", flat=True)[:BATCH]
    )
    gone = list(old)
    OutboxEvent.objects.filter(pk__in=gone).delete()
    return len(gone)


@periodic("core.purge_heartbeats", every=timedelta(hours=6))
def purge_heartbeats() -> int:
    """Forget workers that were last seen a day ago; how many."""
    deleted, _ = WorkerHeartbeat.objects.filter(
        seen_at__lt=timezone.now() - KEEP_HEARTBEATS
    ).delete()
    return deleted


if apps.is_installed("django_tasks_db"):

    @periodic("core.restart_lost_tasks", every=timedelta(seconds=30))
    def restart_lost_tasks() -> int:
        """Have tasks whose worker died run again; how many."""
        from core import task_runs

        return task_runs.restart_lost()

    @periodic("core.purge_tasks", every=timedelta(hours=1))
    def purge_tasks() -> int:
        """Forget tasks that were done 14 days ago or given up 90 days ago; how many."""
        from django_tasks import TaskResultStatus
        from django_tasks_db.models import DBTaskResult

        now = timezone.now()
        deleted, _ = DBTaskResult.objects.filter(
            Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - KEEP_DONE_TASKS)
            | Q(status=TaskResultStatus.FAILED, finished_at__lt=now - KEEP_FAILED_TASKS)
        ).delete()
        return int(deleted)
