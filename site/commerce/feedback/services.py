"""What is done with reviews. Each change locks the review, and then the product it counts for."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import IO, NoReturn
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from commerce.catalogue import services as catalogue
from commerce.feedback import events, pictures
from commerce.feedback.errors import (
    AlreadyReported,
    AlreadyReviewed,
    NotABuyer,
    OwnReview,
    StateForbids,
    TooManyPictures,
)
from commerce.feedback.models import (
    HelpfulVote,
    Review,
    ReviewPicture,
    ReviewReport,
    ReviewState,
)
from commerce.orders import selectors as orders
from core.errors import NotFound
from core.ids import uuid7


@transaction.atomic
def write_review(
    *, customer_id: UUID, product_id: int, rating: int, title: str = "", text: str = ""
) -> Review:
    """Store what a buyer says; it waits for a moderator. Raises AlreadyReviewed, NotABuyer."""
    if Review.objects.filter(product_id=product_id, customer_id=customer_id).exists():
        raise AlreadyReviewed
    if not orders.received_lines(customer_id).filter(product_id=product_id).exists():
        raise NotABuyer("A product can be reviewed once it was bought here and has arrived.")
    try:
        with transaction.atomic():
            return Review.objects.create(
                product_id=product_id,
                customer_id=customer_id,
                is_verified=True,
                rating=rating,
                title=title,
                text=text,
            )
    except IntegrityError:
        raise AlreadyReviewed from None


@transaction.atomic
def take_over_review(*, product_id: int, rating: int, title: str = "", text: str = "") -> Review:
    """Store and show a review that was written elsewhere: without a customer, not verified."""
    review = Review.objects.create(product_id=product_id, rating=rating, title=title, text=text)
    return approve(review.pk)


@transaction.atomic
def edit_review(review_id: UUID, **changes: object) -> Review:
    """Change `rating`, `title` or `text` for its author; it has to be looked at again."""
    review = _lock(review_id)
    changed = [name for name, value in changes.items() if getattr(review, name) != value]
    if changed:
        for name in changed:
            setattr(review, name, changes[name])
        review.edited_at = timezone.now()
        review.save(update_fields=[*changed, "edited_at"])
        _back_to_the_queue(review)
    return review


@transaction.atomic
def delete_review(review_id: UUID) -> None:
    """Remove a review with its votes, reports and pictures."""
    review = _lock(review_id)
    events.announce_removed(list(review.pictures.values_list("file", flat=True)))
    review.delete()
    if review.state == ReviewState.APPROVED:
        _rewrite_rating(review.product_id)


@transaction.atomic
def approve(review_id: UUID, *, actor_id: UUID | None = None) -> Review:
    """Show a review. Raises StateForbids."""
    return _moderate(review_id, ReviewState.APPROVED, reason="", actor_id=actor_id)


@transaction.atomic
def hide(review_id: UUID, *, reason: str = "", actor_id: UUID | None = None) -> Review:
    """Show a review no more; its author reads the reason. Raises StateForbids."""
    return _moderate(review_id, ReviewState.HIDDEN, reason=reason, actor_id=actor_id)


@transaction.atomic
def reply(review_id: UUID, *, text: str) -> Review:
    """Put the shop's answer below a review; an empty one takes it away."""
    review = _lock(review_id)
    review.reply = text
    review.replied_at = timezone.now() if text else None
    review.save(update_fields=["reply", "replied_at"])
    return review


@transaction.atomic
def dismiss_reports(review_id: UUID) -> int:
    """Leave a reported review as it is; how many reports were open."""
    return ReviewReport.objects.filter(review_id=review_id, is_open=True).update(is_open=False)


@transaction.atomic
def report(review_id: UUID, *, customer_id: UUID, reason: str) -> ReviewReport:
    """Ask the shop to look at a review. Raises NotFound, OwnReview, AlreadyReported."""
    _shown_to(review_id, customer_id)
    made, is_new = ReviewReport.objects.get_or_create(
        review_id=review_id, customer_id=customer_id, defaults={"reason": reason}
    )
    if not is_new:
        raise AlreadyReported
    return made


@transaction.atomic
def vote_helpful(review_id: UUID, *, customer_id: UUID) -> int:
    """Find a review helpful, once; how many do. Raises NotFound, OwnReview."""
    _shown_to(review_id, customer_id)
    _, is_new = HelpfulVote.objects.get_or_create(review_id=review_id, customer_id=customer_id)
    return _count_votes(review_id, 1 if is_new else 0)


@transaction.atomic
def take_vote_back(review_id: UUID, *, customer_id: UUID) -> int:
    """Find a review helpful no more; how many still do. Raises NotFound, OwnReview."""
    _shown_to(review_id, customer_id)
    gone, _ = HelpfulVote.objects.filter(review_id=review_id, customer_id=customer_id).delete()
    return _count_votes(review_id, -gone)


def add_picture(review_id: UUID, *, file: IO[bytes], size: int) -> ReviewPicture:
    """Put a picture of `size` bytes to a review, which has to be looked at again.

    Decoding takes its time and is done before anything is locked. Raises BodyTooLarge,
    PictureRefused, TooManyPictures.
    """
    if ReviewPicture.objects.filter(review_id=review_id).count() >= settings.REVIEW_PICTURES:
        _no_room()
    encoded = pictures.encode(file, size=size)
    name = default_storage.save(f"reviews/{uuid7()}.webp", ContentFile(encoded.data))
    try:
        return _keep_picture(review_id, name, encoded)
    except BaseException:
        default_storage.delete(name)
        raise


@transaction.atomic
def remove_picture(review_id: UUID, picture_id: UUID) -> None:
    """Take a picture off a review. Raises NotFound."""
    picture = ReviewPicture.objects.filter(review_id=review_id, pk=picture_id).first()
    if picture is None:
        raise NotFound("There is no such picture.")
    events.announce_removed([str(picture.file.name)])
    picture.delete()


@transaction.atomic
def forget_author(customer_id: UUID, *, cleaned: Callable[[str], str]) -> None:
    """Leave what a customer wrote, as `cleaned` makes it, without the customer.

    Pictures, votes and reports go.
    """
    own = ReviewPicture.objects.filter(review__customer_id=customer_id)
    events.announce_removed(list(own.values_list("file", flat=True)))
    own.delete()
    votes = HelpfulVote.objects.filter(customer_id=customer_id)
    for review_id in votes.order_by("review_id").values_list("review_id", flat=True):
        _count_votes(review_id, -1)
    votes.delete()
    ReviewReport.objects.filter(customer_id=customer_id).delete()
    for review in Review.objects.select_for_update().filter(customer_id=customer_id):
        review.title, review.text = cleaned(review.title), cleaned(review.text)
        review.reply, review.customer = cleaned(review.reply), None
        review.hidden_reason = cleaned(review.hidden_reason)
        review.save(update_fields=["title", "text", "reply", "hidden_reason", "customer"])


@transaction.atomic
def _keep_picture(review_id: UUID, name: str, encoded: pictures.Encoded) -> ReviewPicture:
    review = _lock(review_id)
    if review.pictures.count() >= settings.REVIEW_PICTURES:
        _no_room()
    made = ReviewPicture.objects.create(
        review=review, file=name, width=encoded.width, height=encoded.height
    )
    _back_to_the_queue(review)
    return made


def _no_room() -> NoReturn:
    raise TooManyPictures(f"A review has at most {settings.REVIEW_PICTURES} pictures.")


def _lock(review_id: UUID) -> Review:
    review = Review.objects.select_for_update().filter(pk=review_id).first()
    if review is None:
        raise NotFound("There is no such review.")
    return review


def _moderate(review_id: UUID, to: ReviewState, *, reason: str, actor_id: UUID | None) -> Review:
    review = _lock(review_id)
    review.hidden_reason = reason
    review.moderated_by_id, review.moderated_at = actor_id, timezone.now()
    _move(review, to, "hidden_reason", "moderated_by", "moderated_at")
    dismiss_reports(review_id)
    return review


def _back_to_the_queue(review: Review) -> None:
    if review.state == ReviewState.PENDING:
        return
    _move(review, ReviewState.PENDING)


def _move(review: Review, to: ReviewState, *more: str) -> None:
    if to not in review.allowed:
        raise StateForbids(
            what="A review",
            present=review.state,
            wanted=to,
            allowed=[str(state) for state in review.allowed],
        )
    before, review.state = review.state, to
    review.save(update_fields=["state", *more])
    if ReviewState.APPROVED in {before, to}:
        _rewrite_rating(review.product_id)


def _rewrite_rating(product_id: int) -> None:
    """Write the average and the number of a product's approved reviews onto its record."""

    def counted() -> tuple[Decimal, int]:
        shown = Review.objects.filter(product_id=product_id, state=ReviewState.APPROVED)
        found = shown.aggregate(sum=Sum("rating", default=0), count=Count("pk"))
        if not found["count"]:
            return Decimal("0.00"), 0
        average = Decimal(found["sum"]) / found["count"]
        return average.quantize(Decimal("0.01"), ROUND_HALF_UP), found["count"]

    catalogue.set_rating(product_id, counted)
    events.announce_rating(product_id)


def _shown_to(review_id: UUID, customer_id: UUID) -> None:
    """Check that a review is shown and another's. Raises NotFound, OwnReview."""
    # Locked, so that it is not deleted meanwhile.
    review = Review.objects.select_for_update(no_key=True).filter(pk=review_id).first()
    if review is not None and review.customer_id == customer_id:
        raise OwnReview
    if review is None or review.state != ReviewState.APPROVED:
        raise NotFound("There is no such review.")


def _count_votes(review_id: UUID, change: int) -> int:
    rows = Review.objects.filter(pk=review_id)
    if change:
        rows.update(helpful_count=F("helpful_count") + change)
    return rows.values_list("helpful_count", flat=True).get()
