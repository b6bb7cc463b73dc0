"""What goes together: counted from views and orders, ranked beforehand, and what editors say."""

from django.db import models
from django.db.models import F, Q


class SeenProduct(models.Model):
    """That a visitor has looked at a product on a day: two such rows make a pair, once.

    Kept for two days, and deleted with the person.
    """

    visitor_id = models.UUIDField()
    product_id = models.BigIntegerField()
    day = models.DateField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visitor_id", "day", "product_id"], name="seenproduct_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} on {self.day}"


class ProductPair(models.Model):
    """How many visitors looked at both on the same day; older days weigh less.

    Each pair has two rows, one from each side. Written only by recommendations.counting.
    """

    product_id = models.BigIntegerField()
    other_id = models.BigIntegerField(db_index=True)
    viewed = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product_id", "other_id"], name="productpair_once"),
            models.CheckConstraint(condition=~Q(product_id=F("other_id")), name="productpair_two"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} with {self.other_id}"


class Recommended(models.Model):
    """What goes with a product, best first; made anew once `is_stale`."""

    product_id = models.BigIntegerField(primary_key=True)
    other_ids = models.JSONField(default=list)
    is_stale = models.BooleanField(default=True, db_index=True)

    def __str__(self) -> str:
        return f"with {self.product_id}"


class CurationKind(models.TextChoices):
    """What an editor says."""

    PIN = "pin", "Always show"
    FORBID = "forbid", "Never show"


class Curation(models.Model):
    """An editor's word on recommendations: `other` always, or never, beside `product`.

    Without a product it holds everywhere. A word against goes before one for.
    """

    kind = models.CharField(max_length=6, choices=CurationKind.choices)
    product = models.ForeignKey(
        "catalogue.Product",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="beside",
        help_text="Empty: beside every product.",
    )
    other = models.ForeignKey(
        "catalogue.Product", models.CASCADE, related_name="+", verbose_name="product"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "product", "other"], name="curation_once"),
            models.UniqueConstraint(
                fields=["kind", "other"], condition=Q(product=None), name="curation_once_everywhere"
            ),
            models.CheckConstraint(
                condition=Q(product=None) | ~Q(product=F("other")), name="curation_of_two"
            ),
        ]
        verbose_name = "recommendation rule"

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.other}"
