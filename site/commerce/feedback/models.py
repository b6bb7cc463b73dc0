"""What shoppers say about products, and what they ask."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import secret_token, short_number, uuid7


class ReviewState(models.TextChoices):
    """Whether a review is shown: only an approved one is, and only it counts."""

    PENDING = "pending", "Pending"
    APPROVED = "approved", "Approved"
    HIDDEN = "hidden", "Hidden"


# Back to pending leads only its author, who has changed it.
REVIEW_TRANSITIONS: dict[ReviewState, frozenset[ReviewState]] = {
    ReviewState.PENDING: frozenset({ReviewState.APPROVED, ReviewState.HIDDEN}),
    ReviewState.APPROVED: frozenset({ReviewState.HIDDEN, ReviewState.PENDING}),
    ReviewState.HIDDEN: frozenset({ReviewState.APPROVED, ReviewState.PENDING}),
}


class Review(models.Model):
    """What a customer says about a product. Written only by feedback.services.

    Without `customer` its author was erased, or is nobody (the sample shop's).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="reviews")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="reviews"
    )
    # Whether it was written by somebody who had received the product.
    is_verified = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=150, blank=True)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=ReviewState.choices, default=ReviewState.PENDING)
    hidden_reason = models.CharField(max_length=500, blank=True)
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    helpful_count = models.PositiveIntegerField(default=0)
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    moderated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("moderate_review", "Can approve, hide and answer reviews")]
        constraints = [
            models.UniqueConstraint(fields=["product", "customer"], name="review_once_per_product"),
            models.CheckConstraint(
                condition=Q(rating__gte=1, rating__lte=5), name="review_rating_1_to_5"
            ),
        ]
        indexes = [
            models.Index(fields=["product", "state", "-id"], name="review_newest"),
            models.Index(
                fields=["product", "state", "-helpful_count", "-id"], name="review_helpful"
            ),
            models.Index(fields=["product", "state", "rating", "-id"], name="review_rating"),
            models.Index(fields=["state", "-id"], name="review_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5 {self.title}".strip()

    @property
    def allowed(self) -> list[ReviewState]:
        """The states that may follow the present one, in the order of the enum."""
        return [s for s in ReviewState if s in REVIEW_TRANSITIONS[ReviewState(self.state)]]

    @property
    def author(self) -> str | None:
        """First name and initial, never more; None where nobody is known."""
        if self.customer is None:
            return None
        first = self.customer.first_name.split()[:1]
        if not first or "@" in first[0]:
            return None
        last = self.customer.last_name.strip()
        return f"{first[0]} {last[0].upper()}." if last else first[0]


class ReviewPicture(models.Model):
    """A picture of a review, re-encoded: WebP without what a camera writes into it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, models.CASCADE, related_name="pictures")
    file = models.FileField(upload_to="reviews/")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.file.name or ""


class HelpfulVote(models.Model):
    """A customer found a review helpful."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="votes")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="helpful_votes"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "customer"], name="vote_once_per_review")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.review_id}"


class ReviewReport(models.Model):
    """A customer finds that a review should not be shown. Open until somebody has looked."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="reports")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="review_reports"
    )
    reason = models.CharField(max_length=500)
    is_open = models.BooleanField(default=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["review", "customer"], name="report_once_per_review")
        ]
        indexes = [models.Index(fields=["review"], condition=Q(is_open=True), name="report_open")]

    def __str__(self) -> str:
        return self.reason[:50]


class InquiryStatus(models.TextChoices):
    """Where an inquiry stands."""

    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed"
    SPAM = "spam", "Spam"


INQUIRY_TRANSITIONS: dict[InquiryStatus, frozenset[InquiryStatus]] = {
    InquiryStatus.OPEN: frozenset(
        {InquiryStatus.ANSWERED, InquiryStatus.CLOSED, InquiryStatus.SPAM}
    ),
    InquiryStatus.ANSWERED: frozenset(
        {InquiryStatus.OPEN, InquiryStatus.ANSWERED, InquiryStatus.CLOSED, InquiryStatus.SPAM}
    ),
    InquiryStatus.CLOSED: frozenset({InquiryStatus.OPEN, InquiryStatus.ANSWERED}),
    InquiryStatus.SPAM: frozenset({InquiryStatus.OPEN}),
}


class Inquiry(models.Model):
    """A question about a product, an order or the shop, with the conversation that follows.

    `token` lets a guest read it and go on writing; it stands in the mails alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=16, unique=True, default=short_number)
    token = models.CharField(max_length=64, unique=True, default=secret_token)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="inquiries"
    )
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True, db_index=True)
    locale = models.CharField(max_length=12, default="en")
    subject = models.CharField(max_length=200, blank=True)
    product = models.ForeignKey(
        "catalogue.Product", models.SET_NULL, null=True, blank=True, related_name="inquiries"
    )
    order = models.ForeignKey(
        "orders.Order", models.SET_NULL, null=True, blank=True, related_name="inquiries"
    )
    status = models.CharField(
        max_length=8, choices=InquiryStatus.choices, default=InquiryStatus.OPEN, db_index=True
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The Message-ID that every mail of the conversation refers to.
    reference = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    # When somebody wrote last; the inbox is ordered by it.
    written_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "inquiries"
        permissions = [("answer_inquiry", "Can answer and close inquiries")]

    def __str__(self) -> str:
        return self.number

    @property
    def allowed(self) -> list[InquiryStatus]:
        """The statuses that may follow the present one, in the order of the enum."""
        return [s for s in InquiryStatus if s in INQUIRY_TRANSITIONS[InquiryStatus(self.status)]]

    @property
    def kind(self) -> str:
        """What it is about: `order`, `product` or `shop`."""
        return "order" if self.order_id else "product" if self.product_id else "shop"


class InquiryMessage(models.Model):
    """What the shopper or staff wrote."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="messages")
    is_from_staff = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:50]
