"""What has to reach the index, and how far the index is. Written only by the indexing."""

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.ids import uuid7


class PendingProduct(models.Model):
    """A product whose records may be other than those in the index.

    `edition` is another one each time that the product is marked: who has written what he read
    takes the row away only if nobody marked it meanwhile. `due_at` says when it may be tried;
    while somebody works on it, when that claim runs out. `replay`: it was written while a full
    run was under way, and is written once more after that.
    """

    product_id = models.BigIntegerField(primary_key=True)
    edition = models.UUIDField()
    since = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    claimed_by = models.CharField(max_length=32, blank=True)
    claimed_edition = models.UUIDField(null=True)
    replay = models.BooleanField(default=False)
    # Given up: it stays until the product is marked again.
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "product_id"],
                condition=Q(dead_at=None),
                name="pendingproduct_due",
            )
        ]

    def __str__(self) -> str:
        return f"product {self.product_id}"


class SyncState(models.Model):
    """How an engine's index is doing, by the engine's name."""

    engine = models.CharField(max_length=20, primary_key=True)
    # It does not answer: nothing is sent to it before that.
    rests_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    # What it was set up by, see search.engine_settings.
    settings_version = models.CharField(max_length=32, blank=True)
    # When everything was written, or compared, for the last time.
    filled_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_asked_at = models.DateTimeField(null=True)
    checked = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    stale = models.PositiveIntegerField(default=0)
    extra = models.PositiveIntegerField(default=0)

    class Meta:
        permissions = [("reindex", "Can have the search index made anew")]

    def __str__(self) -> str:
        return self.engine


class FullRun(models.Model):
    """One writing of the whole index. At most one per engine waits or runs.

    `seen_at` is when it last said that it lives; `holder` is whoever does it just now.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    UNFINISHED = (State.WAITING, State.RUNNING)

    id: models.UUIDField[UUID, UUID] = models.UUIDField(
        primary_key=True, default=uuid7, editable=False
    )
    engine = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    task_id = models.CharField(max_length=64, blank=True)
    force = models.BooleanField(default=False)
    holder = models.CharField(max_length=32, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engine"],
                condition=Q(state__in=["waiting", "running"]),
                name="fullrun_one_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["engine", "-started_at"], name="fullrun_latest")]

    def __str__(self) -> str:
        return f"{self.engine} {self.state}"
