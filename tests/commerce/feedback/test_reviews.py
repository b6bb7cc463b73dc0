"""The rules of reviews, and the rating that follows from them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from commerce.catalogue.models import Product, Variant
from commerce.customers.models import User
from commerce.feedback import services
from commerce.feedback.errors import (
    AlreadyReported,
    AlreadyReviewed,
    NotABuyer,
    OwnReview,
    StateForbids,
)
from commerce.feedback.models import (
    REVIEW_TRANSITIONS,
    HelpfulVote,
    Review,
    ReviewReport,
    ReviewState,
)
from commerce.orders import services as orders
from commerce.orders.models import Order, OrderStatus, Shipment
from core.errors import NotFound
from core.models import OutboxEvent
from tests.factories import (
    make_customer,
    make_review,
    make_shipping,
    make_variant,
    place,
    received,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def mug() -> Variant:
    return make_variant("Mug", stock=50)


@pytest.fixture
def buyer(mug: Variant) -> User:
    """Somebody who has a mug."""
    buyer = make_customer(first_name="Ada", last_name="Lovelace")
    received(mug, buyer)
    return buyer


def rating_of(mug: Variant) -> tuple[str, int]:
    product = Product.objects.get(pk=mug.product_id)
    return str(product.rating_average), product.rating_count


def write(customer: User, variant: Variant, **fields: Any) -> Review:
    return services.write_review(
        customer_id=customer.pk, product_id=variant.product_id, **{"rating": 4, **fields}
    )


# ── Who may ─────────────────────────────────────────────────────────────────────────────
def test_a_buyer_s_review_waits_for_a_moderator(buyer: User, mug: Variant) -> None:
    review = write(buyer, mug, title="Nice", text="Holds tea.")

    assert (review.state, review.is_verified, review.author) == ("pending", True, "Ada L.")
    assert rating_of(mug) == ("0.00", 0)


def test_nobody_else_may(mug: Variant, buyer: User) -> None:
    pot = make_variant("Pot")
    for who, what in ((make_customer(), mug), (buyer, pot)):
        with pytest.raises(NotABuyer):
            write(who, what)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("status", "fine"),
    [
        (OrderStatus.PENDING, False),
        (OrderStatus.PROCESSING, False),
        (OrderStatus.SHIPPED, False),
        (OrderStatus.COMPLETED, True),
        (OrderStatus.CANCELLED, False),
        (OrderStatus.REFUNDED, False),
    ],
)
def test_the_order_has_to_have_arrived(mug: Variant, status: OrderStatus, fine: bool) -> None:
    who = make_customer()
    order = received(mug, who)
    Order.objects.filter(pk=order.pk).update(status=status)
    if fine:
        write(who, mug)
    else:
        with pytest.raises(NotABuyer):
            write(who, mug)


def test_a_shipped_order_counts_as_delivered_after_some_days(mug: Variant, settings: Any) -> None:
    make_shipping()
    who = make_customer()
    order = place({mug: 1}, customer=who).order
    orders.ship(order.pk)
    shipments = Shipment.objects.filter(order=order)
    shipments.update(shipped_at=timezone.now() - timedelta(days=6, hours=23))
    with pytest.raises(NotABuyer):
        write(who, mug)

    shipments.update(shipped_at=timezone.now() - timedelta(days=7, hours=1))

    assert write(who, mug).state == "pending"


def test_once_per_product_also_past_the_services(buyer: User, mug: Variant) -> None:
    write(buyer, mug)
    received(mug, buyer)  # bought twice is still one voice

    with pytest.raises(AlreadyReviewed):
        write(buyer, mug)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(product=mug.product, customer=buyer, rating=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(product=mug.product, rating=6)
    assert Review.objects.count() == 1


# ── States ──────────────────────────────────────────────────────────────────────────────
ACTS = {ReviewState.APPROVED: services.approve, ReviewState.HIDDEN: services.hide}


@pytest.mark.parametrize("before", ReviewState)
@pytest.mark.parametrize("to", list(ACTS))
def test_the_table_of_transitions(mug: Variant, before: ReviewState, to: ReviewState) -> None:
    review = make_review(mug, state=before)
    if to in REVIEW_TRANSITIONS[before]:
        assert ACTS[to](review.pk).state == to
        return
    with pytest.raises(StateForbids) as refused:
        ACTS[to](review.pk)
    assert (refused.value.code, refused.value.extra["status_now"]) == ("invalid_transition", before)
    assert Review.objects.get().state == before


@pytest.mark.parametrize("before", ReviewState)
def test_an_edit_brings_it_back_to_the_queue(mug: Variant, before: ReviewState) -> None:
    review = make_review(mug, state=before, text="Fine.")

    same = services.edit_review(review.pk, text="Fine.", rating=5)
    assert (same.state, same.edited_at) == (before, None)
    edited = services.edit_review(review.pk, text="Not so fine.", rating=2)

    assert (edited.state, edited.rating, edited.text) == ("pending", 2, "Not so fine.")
    assert edited.edited_at is not None
    assert rating_of(mug) == ("0.00", 0)


# ── The rating ──────────────────────────────────────────────────────────────────────────
def test_the_rating_follows_every_change(mug: Variant) -> None:
    five, four, second_four = (make_review(mug, rating=rating) for rating in (5, 4, 4))
    assert rating_of(mug) == ("4.33", 3)
    services.hide(four.pk, reason="Rude")
    assert rating_of(mug) == ("4.50", 2)
    services.approve(four.pk)
    services.edit_review(five.pk, rating=1)
    assert rating_of(mug) == ("4.00", 2)
    services.approve(five.pk)
    assert rating_of(mug) == ("3.00", 3)
    services.delete_review(five.pk)
    assert rating_of(mug) == ("4.00", 2)
    services.delete_review(four.pk)
    services.delete_review(second_four.pk)
    assert rating_of(mug) == ("0.00", 0)


def test_it_is_rounded_half_up_once(mug: Variant) -> None:
    for rating in (1, 1, 1, 1, 1, 1, 1, 2):  # 9 / 8 = 1.125
        make_review(mug, rating=rating)
    assert Product.objects.get(pk=mug.product_id).rating_average == Decimal("1.13")


def test_each_change_is_announced_for_the_cards(mug: Variant) -> None:
    review = make_review(mug, state=ReviewState.PENDING)
    OutboxEvent.objects.all().delete()

    services.approve(review.pk)

    assert list(OutboxEvent.objects.values_list("name", "payload")) == [
        ("catalogue.product_changed", {"product_id": mug.product_id}),
        ("feedback.rating_changed", {"product_id": mug.product_id}),
    ]
    OutboxEvent.objects.all().delete()
    services.reply(review.pk, text="Thank you!")
    assert not OutboxEvent.objects.exists()


def test_a_refusal_leaves_the_rating(mug: Variant) -> None:
    review = make_review(mug)
    with pytest.raises(StateForbids):
        services.approve(review.pk)
    assert rating_of(mug) == ("5.00", 1)


# ── Votes and reports ───────────────────────────────────────────────────────────────────
def test_votes_count_once_and_can_be_taken_back(mug: Variant) -> None:
    review, reader, other = make_review(mug), make_customer(), make_customer()

    counts = [
        services.vote_helpful(review.pk, customer_id=who.pk) for who in (reader, reader, other)
    ]
    back = [services.take_vote_back(review.pk, customer_id=reader.pk) for _ in range(2)]

    assert (counts, back) == ([1, 1, 2], [1, 1])
    assert Review.objects.get().helpful_count == HelpfulVote.objects.count() == 1


def test_nobody_votes_for_or_reports_their_own(mug: Variant) -> None:
    review = make_review(mug)
    assert review.customer_id is not None
    with pytest.raises(OwnReview):
        services.vote_helpful(review.pk, customer_id=review.customer_id)
    with pytest.raises(OwnReview):
        services.report(review.pk, customer_id=review.customer_id, reason="Bad")


@pytest.mark.parametrize("state", [ReviewState.PENDING, ReviewState.HIDDEN])
def test_what_is_not_shown_is_not_there(mug: Variant, state: ReviewState) -> None:
    review, reader = make_review(mug, state=state), make_customer()
    with pytest.raises(NotFound):
        services.vote_helpful(review.pk, customer_id=reader.pk)
    with pytest.raises(NotFound):
        services.report(review.pk, customer_id=reader.pk, reason="Bad")


def test_a_report_is_made_once_and_is_open_until_somebody_looks(mug: Variant) -> None:
    review, reader = make_review(mug), make_customer()
    services.report(review.pk, customer_id=reader.pk, reason="Advertising")
    with pytest.raises(AlreadyReported):
        services.report(review.pk, customer_id=reader.pk, reason="Again")
    assert ReviewReport.objects.get().is_open

    services.hide(review.pk, reason="Advertising")

    assert not ReviewReport.objects.get().is_open


# ── Names ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("Ada", "Lovelace", "Ada L."),
        ("Ada Lovelace", "", "Ada"),
        ("Ada", "", "Ada"),
        ("", "Lovelace", None),
        ("ada@example.com", "Lovelace", None),
        ("  ", "", None),
    ],
)
def test_never_more_than_first_name_and_initial(
    mug: Variant, first: str, last: str, shown: str | None
) -> None:
    who = make_customer(first_name=first, last_name=last)
    assert make_review(mug, customer=who).author == shown
