"""What is owed for an order, and every try to get it."""

from django.db import models
from django.db.models import Q

from core.ids import uuid7


class PaymentState(models.TextChoices):
    """Where a payment stands. An open one is waited for; a settled one has ended."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Due on delivery"
    PAID = "paid", "Paid"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Payment(models.Model):
    """What is owed for one order through one provider, in minor units."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=20)
    state = models.CharField(
        max_length=10, choices=PaymentState.choices, default=PaymentState.OPEN, db_index=True
    )
    amount_minor = models.BigIntegerField()
    received_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=255, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, received_minor__gte=0),
                name="payment_amounts_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.state}"
