"""What shoppers did, as it came: events, kept for ANALYTICS_RAW_DAYS, and the sessions that they
make, kept for ANALYTICS_SESSION_DAYS.
"""

from django.db import models


class Audience(models.TextChoices):
    """Whose event it is. Figures count people; the others are only numbered."""

    PEOPLE = "people", "People"
    BOT = "bot", "Bots"
    STAFF = "staff", "Staff"


class Event(models.Model):
    """One event as it came. On PostgreSQL partitioned by the UTC day of `at`, see partitions.py.

    `at` is the client's clock, held within a day of ours. Without consent there is neither a
    visitor nor a customer. Written only by ingest.py.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    received_at = models.DateTimeField()
    batch_id = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=20)
    audience = models.CharField(max_length=6, choices=Audience.choices)
    visitor_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    product_id = models.BigIntegerField(null=True)
    data = models.JSONField()

    class Meta:
        indexes = [
            models.Index("visitor_id", "at", name="event_by_visitor"),
            models.Index("product_id", "at", name="event_by_product"),
            models.Index("customer_id", name="event_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class EventId(models.Model):
    """That an event was stored: a partitioned table can keep no id unique across its days."""

    id = models.UUIDField(primary_key=True)
    received_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class Batch(models.Model):
    """Events that were stored together and wait for the rollup, which deletes the row.

    Row and events are in one transaction, and so are the figures and the row's end: whatever is
    killed, an event is counted once.
    """

    id = models.BigAutoField(primary_key=True)
    size = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # The round failed with this batch alone: until then the others go before it.
    put_off_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.size} events"


class RollupLock(models.Model):
    """One row. Whoever changes sessions or figures locks it first, so that they go in turn."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    rolled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.rolled_at)


class Session(models.Model):
    """A visit: what one visitor did without pausing for 30 minutes, under one campaign.

    `id` is the id of its first event. `orders` counts the visitor's own orders that count.
    Written only by rollups.py, which makes it anew from the events whenever one is added.
    """

    id = models.UUIDField(primary_key=True)
    visitor_id = models.UUIDField()
    customer_id = models.UUIDField(null=True, db_index=True)
    started_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    source = models.CharField(max_length=100)
    medium = models.CharField(max_length=100)
    campaign = models.CharField(max_length=100)
    referrer = models.CharField(max_length=500)
    landing = models.CharField(max_length=500)
    last_page = models.CharField(max_length=500)
    events = models.PositiveIntegerField()
    views = models.PositiveIntegerField()
    product_views = models.PositiveIntegerField()
    searches = models.PositiveIntegerField()
    cart_adds = models.PositiveIntegerField()
    checkouts = models.PositiveIntegerField()
    orders = models.PositiveIntegerField(default=0)
    bounced = models.BooleanField()

    class Meta:
        indexes = [models.Index("visitor_id", "started_at", name="session_by_visitor")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.source}"
