"""Tables for the things that must happen once, or must happen after a commit."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone


class IdempotencyRecord(models.Model):
    """A POST that ran, or runs, under somebody's Idempotency-Key. Written by core.idempotency."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    owner = models.CharField(max_length=32)
    locked_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once_per_scope")
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction in which it happened."""

    name = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, db_index=True)
    fanned_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["key", "id"], condition=Q(fanned_out_at=None), name="outbox_not_fanned_out"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"


class OutboxDelivery(models.Model):
    """One event for one handler. Written by core.relay."""

    class State(models.TextChoices):
        DUE = "due"
        DONE = "done"
        DEAD = "dead"

    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    state = models.CharField(max_length=4, choices=State, default=State.DUE)
    attempts = models.PositiveIntegerField(default=0)
    # When it may be tried; while somebody works on it, when that lease runs out.
    next_attempt_at = models.DateTimeField(default=timezone.now)
    leased_by = models.CharField(max_length=32, blank=True)
    last_error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "outbox deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="outbox_one_row_per_handler")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(state="due"), name="outbox_due"
            ),
            # The same rows by another condition: for who asks what is before a delivery, this
            # is the only index there is (core.relay).
            models.Index(
                fields=["handler", "key", "event"],
                condition=Q(finished_at=None),
                name="outbox_unfinished_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} ({self.state})"


class PeriodicRun(models.Model):
    """When a periodic job ran and when it is due again. Written by core.periodic."""

    name = models.CharField(max_length=200, primary_key=True)
    next_due = models.DateTimeField()
    last_started = models.DateTimeField(null=True, blank=True)
    last_finished = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class WorkerHeartbeat(models.Model):
    """A worker that lives, or lived. Written by core.worker, read by the readiness check."""

    worker = models.CharField(max_length=100, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.worker
