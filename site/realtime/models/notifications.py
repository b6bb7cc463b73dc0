"""What is kept for sockets that were away."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.ids import uuid7


class NotificationKind(models.TextChoices):
    """The `type` of the message."""

    ORDER_UPDATE = "order_update", "An order changed"
    STOCK_UPDATE = "stock_update", "A wish is back in stock"
    SUPPORT_MESSAGE = "support_message", "An inquiry was answered"


class Notification(models.Model):
    """One piece of news for a customer, or for the guest of an order; `body` is what is sent.

    `id` is the order of one recipient's news; `event_id` is what clients see and resume from.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    # The outbox event that it tells of: once, however often that is delivered.
    source = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="notifications",
        db_index=False,
    )
    order = models.ForeignKey(
        "orders.Order", models.CASCADE, null=True, related_name="notifications", db_index=False
    )
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "id"], name="notification_of_customer"),
            models.Index(fields=["order", "id"], name="notification_of_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False) | Q(order__isnull=False),
                name="notification_for_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.event_id}"
