"""What feedback knows of people: their reviews, votes, reports and inquiries."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from commerce.customers import privacy
from commerce.customers.models import User
from commerce.feedback import inquiries, services
from commerce.feedback.models import HelpfulVote, Inquiry, InquiryStatus, Review, ReviewReport
from core.rendering import utc_text

BATCH = 200
# What stands in a text where a person's name was.
GONE = "…"


def join() -> None:
    """Register with the registry of personal data."""
    privacy.register("feedback", export=export, erase=erase, erase_guest=erase_guest)
    privacy.register_retention("inquiries", "RETENTION_INQUIRY_MONTHS", forget_old_inquiries)


def export(user: User) -> dict[str, Any]:
    """All that a customer has written, voted and reported."""
    reviews = Review.objects.filter(customer=user).select_related("product")
    votes = HelpfulVote.objects.filter(customer=user).order_by("pk")
    reports = ReviewReport.objects.filter(customer=user)
    asked = Inquiry.objects.filter(customer=user).select_related("product", "order")
    return {
        "reviews": [
            {
                "id": str(review.pk),
                "product": review.product.name,
                "rating": review.rating,
                "title": review.title,
                "text": review.text,
                "state": review.state,
                "pictures": [picture.file.url for picture in review.pictures.all()],
                "reply": review.reply,
                "created_at": utc_text(review.created_at),
                "edited_at": utc_text(review.edited_at) if review.edited_at else None,
            }
            for review in reviews.prefetch_related("pictures")
        ],
        "helpful_votes": [
            {"review_id": str(vote.review_id), "at": utc_text(vote.at)} for vote in votes
        ],
        "reports": [
            {
                "review_id": str(report.review_id),
                "reason": report.reason,
                "at": utc_text(report.at),
            }
            for report in reports
        ],
        "inquiries": [
            {
                "number": inquiry.number,
                "name": inquiry.name,
                "email": inquiry.email,
                "subject": inquiry.subject,
                "product": inquiry.product.name if inquiry.product else None,
                "order": inquiry.order.number if inquiry.order else None,
                "status": inquiry.status,
                "created_at": utc_text(inquiry.created_at),
                "messages": [
                    {
                        "from_shop": message.is_from_staff,
                        "text": message.text,
                        "at": utc_text(message.at),
                    }
                    for message in inquiry.messages.all()
                ],
            }
            for inquiry in asked.prefetch_related("messages")
        ],
    }


def erase(user: User) -> None:
    """Leave reviews without the person; empty their inquiries."""
    services.forget_author(user.pk, cleaned=_cleaner(user))
    inquiries.forget(Inquiry.objects.filter(customer=user))


def erase_guest(email: str) -> None:
    """Empty the inquiries that were made with a mail address."""
    if email:
        inquiries.forget(Inquiry.objects.filter(email__iexact=email))


def forget_old_inquiries(before: datetime, dry_run: bool) -> int:
    """Empty what ended, or is spam, and was last written to before a time; a batch at once."""
    ended = Q(status__in=[InquiryStatus.ANSWERED, InquiryStatus.CLOSED, InquiryStatus.SPAM])
    old = Inquiry.objects.filter(ended, written_at__lt=before).exclude(email="")
    if dry_run:
        return old.count()
    with transaction.atomic():
        batch = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
        return inquiries.forget(Inquiry.objects.filter(pk__in=batch))


def _cleaner(user: User) -> Callable[[str], str]:
    """A function that takes a person's name, mail address and phone number out of a text."""
    names = [part for part in (user.first_name, user.last_name, user.phone_number) if len(part) > 1]
    found = [f"(?i:{re.escape(user.email)})", *(re.escape(name) for name in names)]
    # A first name that is also a word is left where it is written small.
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)")
    return lambda text: pattern.sub(GONE, text)
