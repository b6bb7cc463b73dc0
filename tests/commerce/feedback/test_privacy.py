"""What is exported and what is erased."""

import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from commerce.customers import privacy as registry
from commerce.feedback import inquiries, privacy, services
from commerce.feedback.models import (
    HelpfulVote,
    Inquiry,
    InquiryMessage,
    Review,
    ReviewPicture,
    ReviewReport,
)
from core import relay
from tests.factories import make_customer, make_inquiry, make_review, make_variant, photo

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def everything() -> str:
    """All texts of all rows."""
    kinds = (Review, ReviewPicture, ReviewReport, HelpfulVote, Inquiry, InquiryMessage)
    return "\n".join(str(row) for kind in kinds for row in kind.objects.values())


def test_the_export_has_all_that_the_customer_wrote() -> None:
    mug = make_variant("Mug", stock=9)
    ada = make_customer("ada@example.com", first_name="Ada", last_name="Lovelace")
    own, other = make_review(mug, customer=ada), make_review(mug)
    file = photo()
    services.add_picture(own.pk, file=file, size=file.size or 0)
    services.vote_helpful(other.pk, customer_id=ada.pk)
    services.report(other.pk, customer_id=ada.pk, reason="Rude")
    asked = make_inquiry(customer=ada)
    make_inquiry(email="somebody@example.com")
    inquiries.answer(asked.pk, text="It does.", actor_id=None)

    found = registry.export(ada)["feedback"]

    assert json.loads(json.dumps(found)) == found
    assert [(r["product"], r["text"], len(r["pictures"])) for r in found["reviews"]] == [
        ("Mug", "It does what it should.", 1)
    ]
    assert [row["review_id"] for row in found["helpful_votes"]] == [str(other.pk)]
    assert [row["reason"] for row in found["reports"]] == ["Rude"]
    assert [row["number"] for row in found["inquiries"]] == [asked.number]
    assert [m["text"] for m in found["inquiries"][0]["messages"]] == [
        "Does it fit through a door of 80 cm?",
        "It does.",
    ]


def test_reviews_stay_without_the_person() -> None:
    mug = make_variant("Mug", stock=9)
    ada = make_customer(
        "ada.l@example.com", first_name="Ada", last_name="Lovelace", phone_number="+44 20 7946 0"
    )
    text = "Ada Lovelace here: I adapt. Call +44 20 7946 0 or Ada.L@example.com."
    review = make_review(mug, customer=ada, title="By Ada", text=text)
    services.reply(review.pk, text="Thank you, Ada!")
    file = photo()
    services.add_picture(review.pk, file=file, size=file.size or 0)
    services.approve(review.pk)
    name = ReviewPicture.objects.get().file.name
    other = make_review(mug, customer=make_customer())
    services.vote_helpful(other.pk, customer_id=ada.pk)
    services.report(other.pk, customer_id=ada.pk, reason="Rude")
    asked = make_inquiry(customer=ada, email="elsewhere@example.com", message="I am Ada")
    as_guest = make_inquiry(email="ADA.L@example.com")
    strangers = make_inquiry(name="Somebody", email="somebody@example.com", message="Hello")

    privacy.erase(ada)
    privacy.erase_guest(ada.email)
    relay.drain()

    review.refresh_from_db()
    assert (review.title, review.text) == ("By …", "… … here: I adapt. Call … or ….")
    assert (review.reply, review.author, review.state) == ("Thank you, …!", None, "approved")
    assert review.is_verified
    assert not default_storage.exists(name)
    other.refresh_from_db()
    assert other.helpful_count == HelpfulVote.objects.count() == ReviewReport.objects.count() == 0
    kept = everything()
    for trace in ("Ada ", "Lovelace", "7946", "ada.l", "ADA.L", "elsewhere@", "I am"):
        assert trace not in kept, trace
    for gone in (asked, as_guest):
        token = gone.token
        gone.refresh_from_db()
        assert (gone.name, gone.email, gone.subject, gone.customer) == ("", "", "", None)
        assert (gone.status, gone.token == token) == ("closed", False)
    strangers.refresh_from_db()
    assert (strangers.name, strangers.messages.get().text) == ("Somebody", "Hello")


def test_short_and_missing_names_harm_no_text() -> None:
    mug = make_variant("Mug", stock=9)
    nameless = make_customer("x@example.com", first_name="A", last_name="")
    review = make_review(mug, customer=nameless, text="A mug. A very good one.")
    privacy.erase(nameless)
    review.refresh_from_db()
    assert review.text == "A mug. A very good one."


def test_old_inquiries_are_emptied_once_they_have_ended() -> None:
    old, waiting, recent = make_inquiry(), make_inquiry(), make_inquiry()
    for asked in (old, recent):
        inquiries.answer(asked.pk, text="Yes.", actor_id=None)
    long_ago = timezone.now() - timedelta(days=900)
    Inquiry.objects.filter(pk__in=[old.pk, waiting.pk]).update(written_at=long_ago)
    before = timezone.now() - timedelta(days=700)

    counts = [privacy.forget_old_inquiries(before, dry_run) for dry_run in (True, False, False)]

    assert counts == [1, 1, 0]
    assert list(Inquiry.objects.exclude(email="").order_by("pk")) == [waiting, recent]
