"""What it came to. Figures name nobody and stay; docs/analytics.md defines every one."""

from django.db import models


class Grain(models.TextChoices):
    """How long a period of figures is: a UTC hour, or a day of the setting TIME_ZONE."""

    HOUR = "hour", "Hour"
    DAY = "day", "Day"


class Sale(models.Model):
    """What figures know of an order: read from the order itself, never from the client.

    `counts` while it is accepted and not cancelled. The client's `purchase` only adds the
    visitor, once, and `bound_at`, which finds the session.
    """

    order_id = models.UUIDField(primary_key=True)
    accepted_at = models.DateTimeField(null=True, db_index=True)
    counts = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    visitor_id = models.UUIDField(null=True, db_index=True)
    bound_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.order_id)


class SaleLine(models.Model):
    """One product of a sale: units and the lines' totals together."""

    sale = models.ForeignKey(Sale, models.CASCADE, related_name="lines")
    product_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sale", "product_id"], name="saleline_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"


class Figures(models.Model):
    """Sums of one period, which begins at `start`."""

    grain = models.CharField(max_length=4, choices=Grain.choices)
    start = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.grain} {self.start:%Y-%m-%d %H:%M}"


class TrafficFigures(Figures):
    """Everything together. A session, with all that is in it, belongs to where it began;
    `views` and the events of others to when they happened.
    """

    views = models.BigIntegerField(default=0)
    anonymous_views = models.BigIntegerField(default=0)
    bot_events = models.BigIntegerField(default=0)
    staff_events = models.BigIntegerField(default=0)
    visitors = models.BigIntegerField(default=0)
    sessions = models.BigIntegerField(default=0)
    session_views = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)
    bounces = models.BigIntegerField(default=0)
    # The funnel: sessions that came so far.
    with_product = models.BigIntegerField(default=0)
    with_cart = models.BigIntegerField(default=0)
    with_checkout = models.BigIntegerField(default=0)
    with_order = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grain", "start"], name="traffic_once")]
        # For all figures: the live dashboard, the reports, their files.
        permissions = [("view_reports", "Can see the live dashboard and the reports")]


class SourceFigures(Figures):
    """Sessions by where they came from."""

    source = models.CharField(max_length=100)
    medium = models.CharField(max_length=100)
    campaign = models.CharField(max_length=100)
    visitors = models.BigIntegerField(default=0)
    sessions = models.BigIntegerField(default=0)
    session_views = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)
    bounces = models.BigIntegerField(default=0)
    with_order = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "start", "source", "medium", "campaign"], name="source_once"
            )
        ]


class PageFigures(Figures):
    """Views of one path. `seconds` are those of the `timed` views alone."""

    path = models.CharField(max_length=500)
    views = models.BigIntegerField(default=0)
    entrances = models.BigIntegerField(default=0)
    exits = models.BigIntegerField(default=0)
    bounces = models.BigIntegerField(default=0)
    timed = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grain", "start", "path"], name="page_once")]


class ProductFigures(Figures):
    """What was done with one product. Units are the quantities that were added."""

    product_id = models.BigIntegerField()
    views = models.BigIntegerField(default=0)
    cart_adds = models.BigIntegerField(default=0)
    units_added = models.BigIntegerField(default=0)
    cart_removes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grain", "start", "product_id"], name="product_once")
        ]


class SearchFigures(Figures):
    """How often something was searched for (in lower case), and how often without a result."""

    query = models.CharField(max_length=200)
    searches = models.BigIntegerField(default=0)
    without_results = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grain", "start", "query"], name="search_once")
        ]


class SalesFigures(Figures):
    """Orders that count, by when they were accepted, with what was refunded of them since."""

    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grain", "start", "currency"], name="sales_once")
        ]


class ProductSalesFigures(Figures):
    """The same by product: orders with it, units, and its lines' totals before refunds."""

    product_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField(default=0)
    quantity = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "start", "product_id", "currency"], name="product_sales_once"
            )
        ]
