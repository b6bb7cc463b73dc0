"""What somebody means to buy."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import secret_token, uuid7


class Cart(models.Model):
    """A shopper's cart. A guest names it by its token; `version` grows with every change.

    A cart that was ordered keeps its lines and takes no more changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token = models.CharField(max_length=64, unique=True, default=secret_token)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="carts"
    )
    currency = models.CharField(max_length=3)
    version = models.PositiveIntegerField(default=0)
    codes = models.JSONField(default=list, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)
    # When its owner was reminded of it, once.
    reminded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(ordered_at__isnull=True, customer__isnull=False),
                name="cart_one_open_per_customer",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class CartLine(models.Model):
    """So many of one variant. `unit_minor` is the price that the shopper last saw."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalogue.Variant", models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField(default=0)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cartline_once_per_variant"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cartline_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class SavedCart(models.Model):
    """A copy of a cart that a customer kept under a name.

    `lines` is `[{"variant_id", "quantity", "sku", "name"}]`: what has left the shop meanwhile
    can still be named.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_carts"
    )
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    lines = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
