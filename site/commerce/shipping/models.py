"""Where the shop sends to, how, and for how much."""

from django.db import models
from django.db.models import F, Q


class Zone(models.Model):
    """Countries that share shipping methods. A zone without countries is the rest of the world."""

    name = models.CharField(max_length=100, unique=True)
    countries = models.JSONField(default=list, blank=True, help_text="ISO 3166 codes: US, DE, …")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Method(models.Model):
    """A service a shopper can choose, such as standard delivery."""

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="methods")
    name = models.CharField(max_length=100)
    min_days = models.PositiveSmallIntegerField(default=2)
    max_days = models.PositiveSmallIntegerField(default=5)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_days__gte=F("min_days")), name="method_delivery_window"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.zone_id})"


class Rate(models.Model):
    """A method's price in one currency, from a subtotal and a weight upwards."""

    method = models.ForeignKey(Method, models.CASCADE, related_name="rates")
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    min_subtotal_minor = models.BigIntegerField(default=0)
    min_weight_grams = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["min_subtotal_minor", "min_weight_grams", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["method", "currency", "min_subtotal_minor", "min_weight_grams"],
                name="rate_once_per_step",
            ),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.price_minor} {self.currency} from {self.min_subtotal_minor}"
