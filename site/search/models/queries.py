"""What was searched for, counted without saying by whom."""

from django.db import models
from django.db.models import Q

MAX_TEXT = 100


class DailyQuery(models.Model):
    """How often a text was searched for on one day (of TIME_ZONE) in one language.

    Written only by `search.counting`. `clicks` and `conversions` count each product of a search
    once; `clicked` and `converted` are the searches that led to at least one.
    """

    day = models.DateField()
    locale = models.CharField(max_length=12)
    text = models.CharField(max_length=MAX_TEXT)
    searches = models.PositiveIntegerField(default=0)
    without_results = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    clicked = models.PositiveIntegerField(default=0)
    conversions = models.PositiveIntegerField(default=0)
    converted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "locale", "text"], name="dailyquery_once")
        ]

    def __str__(self) -> str:
        return f"{self.text} ({self.locale}, {self.day})"


class EventKind(models.TextChoices):
    CLICK = "click"
    CONVERSION = "conversion"


class SearchUse(models.Model):
    """That a product which one search had found was opened or wanted, so that it counts once.

    `query_id` is random and names a search, no person. Without a product the row says that the
    search led to anything at all. Kept for as long as its token is worth something.
    """

    query_id = models.CharField(max_length=32)
    kind = models.CharField(max_length=10, choices=EventKind)
    product_id = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["query_id", "kind", "product_id"], name="searchuse_once"
            ),
            models.CheckConstraint(
                condition=Q(product_id__gte=0), name="searchuse_product_or_none"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.product_id}"
