"""Taxes, promotions and codes: what turns list prices into a quote."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


class TaxRate(models.Model):
    """What a country (or one of its regions) takes of a tax class. `rate` 0.19 is 19 %."""

    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=100, blank=True)
    tax_class = models.CharField(max_length=10, default="standard")
    rate = models.DecimalField(max_digits=6, decimal_places=5)
    applies_to_shipping = models.BooleanField(default=False)

    class Meta:
        ordering = ["country", "region", "tax_class"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "tax_class"], name="taxrate_once_per_place"
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1), name="taxrate_between_0_and_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rate:%}"


class PromotionKind(models.TextChoices):
    """What a promotion takes off."""

    PERCENTAGE = "percentage", "A percentage"
    FIXED = "fixed", "A fixed amount"
    FREE_SHIPPING = "free_shipping", "Free shipping"


class Promotion(models.Model):
    """A rule that lowers what a cart costs, by itself or with a code.

    `percent` goes with PERCENTAGE; `amounts_minor` (`{"USD": 1000}`) with FIXED.
    A promotion without scope (category, brand and product ids) is for every product.
    """

    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=15, choices=PromotionKind.choices)
    percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    amounts_minor = models.JSONField(default=dict, blank=True)
    min_subtotals_minor = models.JSONField(default=dict, blank=True)
    category_ids = models.JSONField(default=list, blank=True)
    brand_ids = models.JSONField(default=list, blank=True)
    product_ids = models.JSONField(default=list, blank=True)
    needs_code = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="promotion_percent_0_to_100"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(starts_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="promotion_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Code(models.Model):
    """What a shopper types. `used` never passes `max_uses`: the database refuses."""

    promotion = models.ForeignKey(Promotion, models.CASCADE, related_name="codes")
    code = models.CharField(max_length=50)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    max_uses_per_customer = models.PositiveIntegerField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(Upper("code"), name="code_any_case"),
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(used__lte=F("max_uses")),
                name="code_never_overused",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    """That a code was used by an order: once."""

    code = models.ForeignKey(Code, models.PROTECT, related_name="redemptions")
    order_id = models.UUIDField()
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    email = models.EmailField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "order_id"], name="redemption_once_per_order")
        ]

    def __str__(self) -> str:
        return f"{self.code_id} by {self.order_id}"


class Edition(models.Model):
    """Which edition of the rule book holds: one row, another id with every change."""

    edition = models.UUIDField()

    def __str__(self) -> str:
        return str(self.edition)
