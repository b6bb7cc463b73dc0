"""Reads of reviews and inquiries. A queryset starts from whoever asks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet

from commerce.feedback.models import (
    Inquiry,
    InquiryMessage,
    InquiryStatus,
    Review,
    ReviewReport,
    ReviewState,
)
from commerce.orders import selectors as orders
from core.errors import NotFound

STARS = (5, 4, 3, 2, 1)


def whole() -> QuerySet[Review]:
    """Reviews with all that an answer shows, in a constant number of queries."""
    return Review.objects.select_related("product", "customer").prefetch_related("pictures")


def approved(product_id: int) -> QuerySet[Review]:
    """What everybody may read about a product; in a constant number of queries."""
    shown = Review.objects.filter(product_id=product_id, state=ReviewState.APPROVED)
    return shown.select_related("customer").prefetch_related("pictures")


def distribution(product_id: int) -> dict[int, int]:
    """How many approved reviews a product has for each number of stars, from five down."""
    shown = Review.objects.filter(product_id=product_id, state=ReviewState.APPROVED)
    rows = shown.order_by().values_list("rating").annotate(n=Count("pk"))
    found: dict[int, int] = dict(rows)
    return {stars: found.get(stars, 0) for stars in STARS}


def of_customer(customer_id: UUID) -> QuerySet[Review]:
    """The customer's own reviews."""
    return whole().filter(customer_id=customer_id)


def for_staff() -> QuerySet[Review]:
    """Every review, with its open reports."""
    reports = ReviewReport.objects.filter(is_open=True).select_related("customer")
    return whole().prefetch_related(Prefetch("reports", reports, to_attr="open_reports"))


def reported() -> Q:
    """A filter for reviews that somebody has reported and nobody has looked at since."""
    return Q(Exists(ReviewReport.objects.filter(review=OuterRef("pk"), is_open=True)))


def review(review_id: UUID, *, customer_id: UUID, is_staff: bool) -> Review:
    """The review, if it is the caller's own or staff ask. Raises NotFound."""
    rows = for_staff() if is_staff else of_customer(customer_id)
    found = rows.filter(pk=review_id).first()
    if found is None:
        raise NotFound("There is no such review.")
    return found


def possible(customer_id: UUID) -> QuerySet[Any, dict[str, Any]]:
    """What a customer has received and not reviewed: columns of products and `bought_at`."""
    written = Review.objects.filter(product=OuterRef("product"), customer_id=customer_id)
    lines = orders.received_lines(customer_id).exclude(product=None).exclude(Exists(written))
    columns = ("product_id", *(f"product__{name}" for name in ("slug", "name", "url", "thumbnail")))
    rows: QuerySet[Any, dict[str, Any]] = (
        lines.order_by().values(*columns).annotate(bought_at=Max("order__placed_at"))
    )
    return rows


def inquiries() -> QuerySet[Inquiry]:
    """Inquiries with all that an answer shows, in a constant number of queries."""
    return Inquiry.objects.select_related("product", "order").prefetch_related("messages")


def inquiries_of(customer_id: UUID) -> QuerySet[Inquiry]:
    """The customer's own inquiries."""
    return inquiries().filter(customer_id=customer_id)


def inquiry(inquiry_id: UUID, *, customer_id: UUID | None, token: str = "") -> Inquiry:
    """The inquiry, if it is the caller's own or the token from its mail is sent.

    Raises NotFound otherwise: the same answer for not there and not yours.
    """
    mine = Q(pk=None)
    if customer_id is not None:
        mine |= Q(customer_id=customer_id)
    if token and token.isprintable():
        mine |= Q(token=token)
    found = inquiries().filter(mine, pk=inquiry_id).first()
    if found is None:
        raise NotFound("There is no such inquiry.")
    return found


def counts() -> dict[str, int]:
    """What waits for staff: `pending` and `reported` reviews, `open` inquiries."""
    return {
        "pending": Review.objects.filter(state=ReviewState.PENDING).count(),
        "reported": Review.objects.filter(reported()).count(),
        "open": Inquiry.objects.filter(status=InquiryStatus.OPEN).count(),
    }


@dataclass(frozen=True, slots=True)
class InquiryMail:
    """All that a mail about a message of an inquiry needs.

    `to` and `name` are the asker's, also where the mail goes to staff. `text` is the message
    itself, `question` what the asker had written before it ("" for the first). `message_id` is
    the mail's own Message-ID and `reference` that of its thread, for In-Reply-To and References:
    both with their brackets.
    """

    inquiry_id: UUID
    number: str
    token: str
    to: str
    name: str
    locale: str
    subject: str
    text: str
    question: str
    is_from_staff: bool
    message_id: str
    reference: str
    product_name: str
    product_url: str
    order_number: str


def inquiry_mail(message_id: UUID | str) -> InquiryMail | None:
    """What is mailed about a message; None where it is gone, erased or spam."""
    rows = InquiryMessage.objects.select_related("inquiry__product", "inquiry__order")
    written = rows.filter(pk=message_id).first()
    if written is None or not written.text or not written.inquiry.email:
        return None
    asked = written.inquiry
    if asked.status == InquiryStatus.SPAM:
        return None
    before = asked.messages.filter(is_from_staff=False, pk__lt=written.pk).last()
    return InquiryMail(
        inquiry_id=asked.pk,
        number=asked.number,
        token=asked.token,
        to=asked.email,
        name=asked.name,
        locale=asked.locale,
        subject=asked.subject,
        text=written.text,
        question=before.text if before else "",
        is_from_staff=written.is_from_staff,
        message_id=asked.reference.replace("<inquiry.", f"<{written.pk.hex}.", 1),
        reference=asked.reference,
        product_name=asked.product.name if asked.product else "",
        product_url=asked.product.url if asked.product else "",
        order_number=asked.order.number if asked.order else "",
    )
