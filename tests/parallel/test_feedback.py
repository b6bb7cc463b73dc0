"""Several people at the same product's reviews: no change of the rating is lost."""

from collections import Counter
from functools import partial

import pytest
from django.db.models import Avg

from commerce.catalogue.models import Product, Variant
from commerce.customers.models import User
from commerce.feedback import services
from commerce.feedback.models import Review, ReviewState
from tests.factories import make_customer, make_review, make_variant, photo, received
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]


def must_add_up(product_id: int) -> None:
    product = Product.objects.get(pk=product_id)
    shown = Review.objects.filter(product_id=product_id, state=ReviewState.APPROVED)
    average = shown.aggregate(average=Avg("rating", default=0))["average"]
    assert product.rating_count == shown.count()
    assert float(product.rating_average) == pytest.approx(float(average), abs=0.006)


def reviews_of(mug: Variant, customers: list[User], state: str) -> list[Review]:
    return [
        make_review(mug, customer=customer, rating=number % 5 + 1, state=state)
        for number, customer in enumerate(customers)
    ]


def test_two_moderators_lose_no_rating() -> None:
    mug = make_variant("Mug", stock=100)
    waiting = reviews_of(mug, [make_customer() for _ in range(8)], ReviewState.PENDING)
    for _ in range(10):
        at_once(*(partial(services.approve, review.pk) for review in waiting))
        must_add_up(mug.product_id)
        assert Product.objects.get(pk=mug.product_id).rating_count == 8
        at_once(*(partial(services.hide, review.pk) for review in waiting))
        assert Product.objects.get(pk=mug.product_id).rating_count == 0


def test_approval_against_edit_against_deletion() -> None:
    mug = make_variant("Mug", stock=100)
    for _ in range(10):
        first, second, third = reviews_of(
            mug, [make_customer() for _ in range(3)], ReviewState.APPROVED
        )
        at_once(
            partial(services.edit_review, first.pk, rating=1, text="Other"),
            partial(services.hide, first.pk),
            partial(services.delete_review, second.pk),
            partial(services.hide, third.pk),
        )
        must_add_up(mug.product_id)


def test_one_review_whatever_is_sent_at_once() -> None:
    mug, ada = make_variant("Mug"), make_customer()
    received(mug, ada)
    done = at_once(
        *[
            partial(
                services.write_review, customer_id=ada.pk, product_id=mug.product_id, rating=rating
            )
            for rating in (1, 2, 3, 4, 5)
        ]
    )
    assert Counter(getattr(each, "code", "made") for each in done) == {
        "made": 1,
        "already_reviewed": 4,
    }
    assert Review.objects.count() == 1


def test_votes_add_up() -> None:
    review = make_review(make_variant("Mug"))
    readers = [make_customer() for _ in range(4)]
    votes = [partial(services.vote_helpful, review.pk, customer_id=r.pk) for r in readers * 2]
    at_once(*votes)
    assert Review.objects.get().helpful_count == 4
    back = [partial(services.take_vote_back, review.pk, customer_id=r.pk) for r in readers * 2]
    at_once(*back)
    assert Review.objects.get().helpful_count == 0


def test_five_pictures_however_many_come_at_once() -> None:
    review = make_review(make_variant("Mug"))
    files = [photo() for _ in range(8)]
    done = at_once(
        *(
            partial(services.add_picture, review.pk, file=file, size=file.size or 0)
            for file in files
        )
    )
    assert Counter(getattr(each, "code", "made") for each in done) == {
        "made": 5,
        "too_many_pictures": 3,
    }
    assert review.pictures.count() == 5
