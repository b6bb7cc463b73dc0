"""The JSON of reviews and inquiries."""

from typing import NotRequired, TypedDict

from commerce.carts.api.shapes import ThumbnailShape


class ReviewPictureShape(TypedDict):
    """A picture of a review: WebP of at most 1600 pixels a side."""

    id: str
    url: str
    width: int
    height: int


class ReplyShape(TypedDict):
    """The shop's answer below a review."""

    text: str
    at: str


class PublicReviewShape(TypedDict):
    """A review as everybody reads it. `author` is a first name with an initial, or null."""

    id: str
    rating: int
    title: str
    text: str
    author: str | None
    is_verified: bool
    pictures: list[ReviewPictureShape]
    helpful_count: int
    reply: ReplyShape | None
    created_at: str
    edited_at: str | None


class ReviewedProductShape(TypedDict):
    """The product that a review is about."""

    id: int
    slug: str
    name: str
    url: str
    thumbnail: ThumbnailShape | None


class ReviewerShape(TypedDict):
    """Who wrote a review, for staff."""

    id: str
    name: str
    email: str


class ReportShape(TypedDict):
    """Why somebody reported a review, for staff."""

    reason: str
    at: str


class ReviewShape(TypedDict):
    """A review as its author and staff read it; `customer` and `reports` are for staff."""

    id: str
    product: ReviewedProductShape
    rating: int
    title: str
    text: str
    author: str | None
    is_verified: bool
    state: str
    hidden_reason: str
    pictures: list[ReviewPictureShape]
    helpful_count: int
    reply: ReplyShape | None
    created_at: str
    edited_at: str | None
    customer: NotRequired[ReviewerShape | None]
    reports: NotRequired[list[ReportShape]]


class PossibleReviewShape(TypedDict):
    """A product that the customer has received and can review."""

    product: ReviewedProductShape
    bought_at: str


class HelpfulShape(TypedDict):
    """How many find a review helpful, and whether the caller does."""

    helpful_count: int
    is_helpful: bool


class ReportedShape(TypedDict):
    """A report was taken."""

    id: str
    reason: str


class InquiryMessageShape(TypedDict):
    """What somebody wrote; nobody of the staff is named."""

    id: str
    is_from_shop: bool
    text: str
    at: str


class InquiryProductShape(TypedDict):
    """The product that is asked about."""

    id: int
    slug: str
    name: str
    url: str


class InquiryShape(TypedDict):
    """A question with the conversation that follows."""

    id: str
    number: str
    name: str
    email: str
    subject: str
    status: str
    product: InquiryProductShape | None
    order_number: str | None
    messages: list[InquiryMessageShape]
    created_at: str
