"""What editors offer while somebody shops, and each time that it was offered."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.ids import uuid7


class OfferKind(models.TextChoices):
    """What a shopper has to do to be made the offer."""

    PRODUCT_VIEWED = "product_viewed", "Looks at a product several times"
    TIME_ON_PAGE = "time_on_page", "Stays on a page"
    CART_WORTH = "cart_worth", "Has a cart of some worth"
    IDLE_CART = "idle_cart", "Leaves the cart alone"
    RETURNING = "returning", "Comes back another time"
    EXIT = "exit", "Is about to leave"
    CAMPAIGN = "campaign", "Comes with a campaign"


def _whole(default: int, lowest: int, highest: int, **more: Any) -> Any:
    limits = [MinValueValidator(lowest), MaxValueValidator(highest)]
    return models.PositiveIntegerField(default=default, validators=limits, **more)


class Offer(models.Model):
    """A rule at a promotion, and what is said to shoppers who meet it.

    Which of `product` to `campaign` count depends on the kind. Title and message are those of
    the shop's own language; OfferText has the others. Shown at most `times` in `hours`.
    """

    page = models.ForeignKey("content.PromotionPage", models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=OfferKind.choices)
    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, null=True, blank=True, related_name="+"
    )
    views = _whole(3, 1, 100)
    seconds = _whole(60, 5, 1800)
    path = models.CharField(max_length=200, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    minutes = _whole(10, 1, 10_080)
    campaign = models.CharField(max_length=100, blank=True)

    title = models.CharField(max_length=80)
    message = models.CharField(max_length=300, blank=True)
    link = models.CharField(max_length=500, blank=True)
    code = models.ForeignKey(
        "pricing.Code", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    times = _whole(1, 1, 100)
    hours = _whole(168, 1, 8760)
    control_percent = _whole(0, 0, 50)
    live_from = models.DateTimeField(null=True, blank=True)
    live_until = models.DateTimeField(null=True, blank=True)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(control_percent__lte=50), name="offer_control_0_to_50"
            ),
            models.CheckConstraint(
                condition=Q(times__gte=1, hours__gte=1), name="offer_at_least_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind=OfferKind.CART_WORTH)
                | (Q(amount_minor__isnull=False) & ~Q(currency="")),
                name="offer_of_worth_has_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfferText(models.Model):
    """What an offer says in another language."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="texts")
    locale = models.CharField(max_length=12)
    title = models.CharField(max_length=80)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["locale"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "locale"], name="offertext_once_per_locale")
        ]

    def __str__(self) -> str:
        return f"{self.locale}: {self.title}"


class Showing(models.Model):
    """One time that an offer was made to a shopper, or held back from the control group.

    `nth` is the how manieth it is of the visitor, `customer_nth` of the account: two tabs, or two
    devices, that ask at the same moment want the same number, and one of them gets it.
    `order_id` is the shopper's first order in the OFFER_DAYS after it, `used_order_id` the first
    of them with the offer's code or promotion.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="showings", db_index=False)
    visitor_id = models.UUIDField()
    customer_id = models.UUIDField(null=True, db_index=True)
    nth = models.PositiveIntegerField()
    customer_nth = models.PositiveIntegerField(null=True)
    is_held = models.BooleanField(default=False)
    at = models.DateTimeField(db_index=True)
    shown_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    order_id = models.UUIDField(null=True)
    used_order_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["visitor_id", "at"], name="showing_by_visitor")]
        constraints = [
            models.UniqueConstraint(fields=["offer", "visitor_id", "nth"], name="showing_once"),
            models.UniqueConstraint(
                fields=["offer", "customer_id", "customer_nth"], name="showing_once_per_customer"
            ),
            models.UniqueConstraint(
                fields=["offer", "used_order_id"], name="showing_used_once_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} to {self.visitor_id}"


class OfferEdition(models.Model):
    """Which edition of the offers holds: one row, another id with every change."""

    edition = models.UUIDField()

    def __str__(self) -> str:
        return str(self.edition)
