"""What is done with inquiries: the services of that half of feedback."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commerce.feedback import events
from commerce.feedback.errors import StateForbids
from commerce.feedback.models import Inquiry, InquiryMessage, InquiryStatus
from core.errors import NotFound
from core.ids import secret_token, uuid7


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, and whom to answer. An order has to be the asker's own."""

    name: str
    email: str
    message: str
    subject: str = ""
    locale: str = "en"
    customer_id: UUID | None = None
    product_id: int | None = None
    order_id: UUID | None = None


def drafted(question: Question) -> Inquiry:
    """The inquiry that a question makes; nothing is stored."""
    pk = uuid7()
    return Inquiry(
        pk=pk,
        customer_id=question.customer_id,
        name=question.name,
        email=question.email,
        locale=question.locale,
        subject=question.subject or _subject_of(question.message),
        product_id=question.product_id,
        order_id=question.order_id,
        reference=f"<inquiry.{pk.hex}@{_host()}>",
        created_at=timezone.now(),
        written_at=timezone.now(),
    )


@transaction.atomic
def open_inquiry(question: Question) -> Inquiry:
    """Store a question; staff are told by mail."""
    inquiry = drafted(question)
    inquiry.save(force_insert=True)
    first = InquiryMessage.objects.create(
        inquiry=inquiry, author_id=question.customer_id, text=question.message
    )
    events.announce_inquiry(events.INQUIRY_OPENED, inquiry_id=inquiry.pk, message_id=first.pk)
    return inquiry


@transaction.atomic
def write_again(inquiry_id: UUID, *, text: str, author_id: UUID | None = None) -> InquiryMessage:
    """The shopper goes on writing: the inquiry is open again, unless it is spam."""
    inquiry = _lock(inquiry_id)
    written = _write(inquiry, text=text, author_id=author_id)
    if inquiry.status != InquiryStatus.SPAM:
        if inquiry.status != InquiryStatus.OPEN:
            _move(inquiry, InquiryStatus.OPEN)
        events.announce_inquiry(events.INQUIRY_OPENED, inquiry_id=inquiry.pk, message_id=written.pk)
    return written


@transaction.atomic
def answer(inquiry_id: UUID, *, text: str, actor_id: UUID | None) -> InquiryMessage:
    """Answer; it is mailed. Who answers first has it from then on. Raises StateForbids."""
    inquiry = _lock(inquiry_id)
    _move(inquiry, InquiryStatus.ANSWERED)
    if inquiry.assigned_to_id is None:
        _assign(inquiry, actor_id)
    written = _write(inquiry, text=text, author_id=actor_id, is_from_staff=True)
    events.announce_inquiry(events.INQUIRY_ANSWERED, inquiry_id=inquiry.pk, message_id=written.pk)
    return written


@transaction.atomic
def assign(inquiry_id: UUID, *, to_id: UUID | None) -> None:
    """Give an inquiry to somebody of the staff, or to nobody."""
    _assign(_lock(inquiry_id), to_id)


@transaction.atomic
def set_status(inquiry_id: UUID, status: InquiryStatus) -> Inquiry:
    """Close an inquiry, mark it as spam, or open it again. Raises StateForbids."""
    inquiry = _lock(inquiry_id)
    _move(inquiry, status)
    return inquiry


@transaction.atomic
def forget(inquiries: QuerySet[Inquiry]) -> int:
    """Remove names, addresses and texts; the rows stay, closed, to be counted. How many."""
    ids = list(inquiries.values_list("pk", flat=True))
    InquiryMessage.objects.filter(inquiry__in=ids).update(text="")
    # What staff wrote stays theirs; what the asker wrote has no author any more.
    InquiryMessage.objects.filter(inquiry__in=ids, is_from_staff=False).update(author=None)
    for inquiry in Inquiry.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        inquiry.name = inquiry.email = inquiry.subject = ""
        inquiry.customer = inquiry.order = None
        inquiry.token = secret_token()
        if inquiry.status != InquiryStatus.SPAM:
            inquiry.status = InquiryStatus.CLOSED
        inquiry.save()
    return len(ids)


def _lock(inquiry_id: UUID) -> Inquiry:
    inquiry = Inquiry.objects.select_for_update().filter(pk=inquiry_id).first()
    if inquiry is None:
        raise NotFound("There is no such inquiry.")
    return inquiry


def _write(
    inquiry: Inquiry, *, text: str, author_id: UUID | None, is_from_staff: bool = False
) -> InquiryMessage:
    inquiry.written_at = timezone.now()
    inquiry.save(update_fields=["written_at"])
    return InquiryMessage.objects.create(
        inquiry=inquiry, text=text, author_id=author_id, is_from_staff=is_from_staff
    )


def _assign(inquiry: Inquiry, to_id: UUID | None) -> None:
    inquiry.assigned_to_id = to_id
    inquiry.save(update_fields=["assigned_to"])


def _move(inquiry: Inquiry, to: InquiryStatus) -> None:
    if to not in inquiry.allowed:
        raise StateForbids(
            what="An inquiry",
            present=inquiry.status,
            wanted=to,
            allowed=[str(status) for status in inquiry.allowed],
        )
    inquiry.status = to
    inquiry.save(update_fields=["status"])


def _subject_of(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _host() -> str:
    return urlsplit(settings.STOREFRONT_URL).hostname or "localhost"
