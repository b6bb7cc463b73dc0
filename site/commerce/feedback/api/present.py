"""Reviews and inquiries as JSON."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings

from commerce.carts.api.present import present_thumbnail
from commerce.catalogue.models import Product
from commerce.feedback.api.shapes import (
    InquiryMessageShape,
    InquiryShape,
    PossibleReviewShape,
    PublicReviewShape,
    ReplyShape,
    ReviewedProductShape,
    ReviewPictureShape,
    ReviewShape,
)
from commerce.feedback.models import Inquiry, InquiryMessage, InquiryStatus, Review, ReviewPicture
from core.rendering import utc_text


def present_public(review: Review) -> PublicReviewShape:
    """What everybody may read."""
    return {
        "id": str(review.pk),
        "rating": review.rating,
        "title": review.title,
        "text": review.text,
        "author": review.author,
        "is_verified": review.is_verified,
        "pictures": [_picture(picture) for picture in review.pictures.all()],
        "helpful_count": review.helpful_count,
        "reply": _reply(review),
        "created_at": utc_text(review.created_at),
        "edited_at": utc_text(review.edited_at) if review.edited_at else None,
    }


def present_own(review: Review) -> ReviewShape:
    """What its author reads."""
    product: ReviewedProductShape = {
        "id": review.product.pk,
        "slug": review.product.slug,
        "name": review.product.name,
        "url": review.product.url,
        "thumbnail": present_thumbnail(review.product.thumbnail),
    }
    more = {"product": product, "state": review.state, "hidden_reason": review.hidden_reason}
    return cast(ReviewShape, {**present_public(review), **more})


def present_for_staff(review: Review) -> ReviewShape:
    """What staff read: also who wrote it and what is said against it."""
    answer, who = present_own(review), review.customer
    answer["customer"] = (
        {"id": str(who.pk), "name": who.get_full_name(), "email": who.email} if who else None
    )
    answer["reports"] = [
        {"reason": report.reason, "at": utc_text(report.at)}
        for report in getattr(review, "open_reports", ())
    ]
    return answer


def present_possible(row: Mapping[str, Any]) -> PossibleReviewShape:
    """A row of `selectors.possible`."""
    return {
        "product": {
            "id": row["product_id"],
            "slug": row["product__slug"],
            "name": row["product__name"],
            "url": row["product__url"],
            "thumbnail": present_thumbnail(row["product__thumbnail"]),
        },
        "bought_at": utc_text(row["bought_at"]),
    }


def picture_url(picture: ReviewPicture) -> str:
    """A path where the storefront has this server's address, else an absolute address."""
    url = str(picture.file.url)
    if url.startswith("/") and settings.STOREFRONT_URL != settings.BASE_URL:
        return f"{settings.BASE_URL}{url}"
    return url


def present_inquiry(inquiry: Inquiry) -> InquiryShape:
    """What its asker reads. That it was taken for spam is not told."""
    return inquiry_shape(inquiry, [_message(message) for message in inquiry.messages.all()])


def present_draft(inquiry: Inquiry, text: str) -> InquiryShape:
    """An inquiry that was not stored, as if it had been."""
    draft = InquiryMessage(text=text, at=inquiry.created_at)
    return inquiry_shape(inquiry, [_message(draft)])


def inquiry_shape(inquiry: Inquiry, messages: list[InquiryMessageShape]) -> InquiryShape:
    """An inquiry with these messages."""
    product: Product | None = inquiry.product
    is_spam = inquiry.status == InquiryStatus.SPAM
    return {
        "id": str(inquiry.pk),
        "number": inquiry.number,
        "name": inquiry.name,
        "email": inquiry.email,
        "subject": inquiry.subject,
        "status": str(InquiryStatus.OPEN) if is_spam else inquiry.status,
        "product": {
            "id": product.pk,
            "slug": product.slug,
            "name": product.name,
            "url": product.url,
        }
        if product
        else None,
        "order_number": inquiry.order.number if inquiry.order else None,
        "messages": messages,
        "created_at": utc_text(inquiry.created_at),
    }


def _message(message: InquiryMessage) -> InquiryMessageShape:
    return {
        "id": str(message.pk),
        "is_from_shop": message.is_from_staff,
        "text": message.text,
        "at": utc_text(message.at),
    }


def _picture(picture: ReviewPicture) -> ReviewPictureShape:
    return {
        "id": str(picture.pk),
        "url": picture_url(picture),
        "width": picture.width,
        "height": picture.height,
    }


def _reply(review: Review) -> ReplyShape | None:
    if not review.reply or review.replied_at is None:
        return None
    return {"text": review.reply, "at": utc_text(review.replied_at)}
