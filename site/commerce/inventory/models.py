"""How many there are, who they are kept for, and every change that led here."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class StockLevel(models.Model):
    """What one variant has. Written only by inventory.services.

    `available = on_hand − reserved`. `backorder_limit` is how far orders may run ahead of
    what is on hand; nobody can reserve past it, because the database refuses.
    """

    variant = models.OneToOneField("catalogue.Variant", models.PROTECT, related_name="stock")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    backorder_limit = models.PositiveIntegerField(default=0)
    low_stock_threshold = models.PositiveIntegerField(default=3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("on_hand") + F("backorder_limit")),
                name="stocklevel_never_oversold",
            ),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stocklevel_on_hand_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} on hand, {self.reserved} reserved"

    @property
    def available(self) -> int:
        """How many can be sold now from what is on hand (never negative)."""
        return max(self.on_hand - self.reserved, 0)

    @property
    def sellable(self) -> int:
        """How many an order may take now, backorders included."""
        return max(self.on_hand + self.backorder_limit - self.reserved, 0)


class MovementKind(models.TextChoices):
    """Why stock changed."""

    RECEIVED = "received", "Received"
    CORRECTED = "corrected", "Corrected"
    COUNTED = "counted", "Counted"
    DAMAGED = "damaged", "Damaged or lost"
    IMPORTED = "imported", "Imported"
    RETURNED = "returned", "Returned"
    RESERVED = "reserved", "Reserved by an order"
    RELEASED = "released", "Released"
    COMMITTED = "committed", "Shipped"


class StockMovement(models.Model):
    """One row of the ledger: the rows of a variant add up to its stock level."""

    variant = models.ForeignKey("catalogue.Variant", models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    reason = models.CharField(max_length=255, blank=True)
    order_id = models.UUIDField(null=True, blank=True, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_delta:+d}/{self.reserved_delta:+d}"


class Reservation(models.Model):
    """Stock kept for an order: `quantity` of it is still neither shipped nor released.

    `expires_at` is empty once the order is paid or accepted.
    """

    order_id = models.UUIDField()
    variant = models.ForeignKey("catalogue.Variant", models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "variant"], name="reservation_once_per_order_and_variant"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.order_id}"
