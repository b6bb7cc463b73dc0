"""What was bought. Every line is a copy: it survives the product, the page and the price."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.fields import OrderedJSONField
from core.ids import secret_token, short_number, uuid7


class OrderStatus(models.TextChoices):
    """Where an order stands."""

    PENDING = "pending", "Awaiting payment"
    PROCESSING = "processing", "Processing"
    SHIPPED = "shipped", "Shipped"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    REFUNDED = "refunded", "Refunded"


TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PROCESSING, OrderStatus.CANCELLED}),
    OrderStatus.PROCESSING: frozenset(
        {OrderStatus.SHIPPED, OrderStatus.CANCELLED, OrderStatus.REFUNDED}
    ),
    OrderStatus.SHIPPED: frozenset({OrderStatus.COMPLETED, OrderStatus.REFUNDED}),
    OrderStatus.COMPLETED: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.REFUNDED: frozenset(),
}


class PaymentStatus(models.TextChoices):
    """How much of an order is paid."""

    UNPAID = "unpaid", "Unpaid"
    AUTHORIZED = "authorized", "Authorised"
    PAID = "paid", "Paid"
    PARTIALLY_REFUNDED = "partially_refunded", "Partially refunded"
    REFUNDED = "refunded", "Refunded"
    VOIDED = "voided", "Voided"


class FulfilmentStatus(models.TextChoices):
    """How much of an order is on its way."""

    UNFULFILLED = "unfulfilled", "Unfulfilled"
    PARTIAL = "partial", "Partly shipped"
    FULFILLED = "fulfilled", "Shipped"


class Order(models.Model):
    """An order, with its amounts in minor units: `total = subtotal − discount + shipping + tax`.

    Where prices include tax, `tax_minor` is the share contained in the total and is not
    added again (`tax_included`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=16, unique=True, default=short_number)
    token = models.CharField(max_length=64, unique=True, default=secret_token)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    # Its cart: one order at most, whatever is retried.
    cart_id = models.UUIDField(unique=True, null=True)
    # What it was placed with, so that a retry after a crash finds it.
    idempotency_key = models.CharField(max_length=255, blank=True)
    email = models.EmailField()
    locale = models.CharField(max_length=12, default="en")
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=10, choices=OrderStatus.choices, default=OrderStatus.PENDING, db_index=True
    )
    payment_status = models.CharField(
        max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    fulfilment_status = models.CharField(
        max_length=12, choices=FulfilmentStatus.choices, default=FulfilmentStatus.UNFULFILLED
    )
    payment_method = models.CharField(max_length=20)
    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    tax_included = models.BooleanField(default=False)
    total_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    discounts = models.JSONField(default=list)
    shipping_address = models.JSONField()
    billing_address = models.JSONField()
    shipping_method = models.JSONField(null=True)
    note = models.TextField(blank=True)
    placed_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    refunded_minor__gte=0,
                    refunded_minor__lte=F("total_minor"),
                    total_minor__gte=0,
                ),
                name="order_amounts_in_bounds",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def allowed(self) -> list[OrderStatus]:
        """The statuses that may follow the present one, in the order of the enum."""
        return [s for s in OrderStatus if s in TRANSITIONS[OrderStatus(self.status)]]


class OrderLine(models.Model):
    """A copy of what was bought, with its share of discount and tax in minor units."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(
        "catalogue.Variant", models.SET_NULL, null=True, related_name="order_lines"
    )
    product = models.ForeignKey(
        "catalogue.Product", models.SET_NULL, null=True, related_name="order_lines"
    )
    sku = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    options = OrderedJSONField(default=dict)
    image = models.JSONField(null=True)
    quantity = models.PositiveIntegerField()
    shipped_quantity = models.PositiveIntegerField(default=0)
    # Refunded before they left: they are not shipped any more.
    dropped_quantity = models.PositiveIntegerField(default=0)
    unit_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(shipped_quantity__lte=F("quantity") - F("dropped_quantity")),
                name="orderline_shipped_at_most",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def left_to_ship(self) -> int:
        """How many are still to be sent."""
        return self.quantity - self.shipped_quantity - self.dropped_quantity


class Adjustment(models.Model):
    """A signed change of a line's price (of the shipping, without a line), with its reason."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="adjustments")
    line = models.ForeignKey(OrderLine, models.CASCADE, null=True, related_name="adjustments")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=150)
    code = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return f"{self.reason}: {self.amount_minor}"


class HistoryEntry(models.Model):
    """One thing that happened to an order: a transition, a shipment, a note."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="history")
    kind = models.CharField(max_length=20, default="status")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10, blank=True)
    message = models.TextField(blank=True)
    is_public = models.BooleanField(default=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "history entries"

    def __str__(self) -> str:
        return f"{self.kind}: {self.to_status or self.message}"


class Shipment(models.Model):
    """A parcel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    carrier = models.CharField(max_length=100, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    shipped_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.tracking_number or str(self.id)


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices cannot be changed, neither one by one nor together."""

    def update(self, **changes: Any) -> int:
        """Refused. Raises TypeError."""
        raise TypeError("An invoice is not changed.")


class Invoice(models.Model):
    """The bill of an accepted order, as the law wants it kept: a copy that points at nothing.

    It has the order's number. `document` holds seller, billing address, lines, amounts and tax
    in JSON; erasing the customer leaves it as it is, until RETENTION_INVOICE_YEARS are over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.OneToOneField(Order, models.PROTECT, related_name="invoice")
    number = models.CharField(max_length=16, unique=True)
    document = OrderedJSONField()
    issued_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it once. Raises TypeError for a change."""
        if not self._state.adding:
            raise TypeError("An invoice is not changed.")
        super().save(*args, **kwargs)


class ShipmentLine(models.Model):
    """How many of an order line are in a parcel."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.CASCADE, related_name="shipped")
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"
