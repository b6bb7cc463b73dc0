"""The reviews of a product as everybody reads them, and all that shows their rating."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.feedback import services
from commerce.feedback.models import Review, ReviewPicture, ReviewState
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from core import relay
from tests.factories import make_customer, make_review

URL = "/api/products/stool/reviews/"


@pytest.fixture
def stool(shop: Any) -> Variant:
    stool = Variant.objects.select_related("product").get(sku="STOOL")
    inventory.adjust(variant_id=stool.pk, delta=50, kind=MovementKind.RECEIVED)
    return stool


def ids(api: APIClient, query: str = "") -> list[str]:
    answer = api.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_without_reviews(stool: Variant, api: APIClient) -> None:
    assert api.get(URL).json() == {
        "summary": {
            "average": 0.0,
            "count": 0,
            "distribution": {"5": 0, "4": 0, "3": 0, "2": 0, "1": 0},
        },
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


def test_only_approved_ones_with_their_summary(stool: Variant, api: APIClient) -> None:
    review = make_review(stool, rating=5)
    make_review(stool, rating=2)
    make_review(stool, rating=1, state=ReviewState.PENDING)
    make_review(stool, rating=1, state=ReviewState.HIDDEN)
    services.reply(review.pk, text="Thank you!")
    review.refresh_from_db()

    answer = api.get("/api/products/stool/reviews/?ordering=-rating")
    body = answer.json()

    assert body["summary"] == {
        "average": 3.5,
        "count": 2,
        "distribution": {"5": 1, "4": 0, "3": 0, "2": 1, "1": 0},
    }
    assert body["count"] == 2
    assert body["results"][0] == {
        "id": str(review.pk),
        "rating": 5,
        "title": "Good",
        "text": "It does what it should.",
        "author": "Ada L.",
        "is_verified": True,
        "pictures": [],
        "helpful_count": 0,
        "reply": {"text": "Thank you!", "at": body["results"][0]["reply"]["at"]},
        "created_at": body["results"][0]["created_at"],
        "edited_at": None,
    }
    for secret in ("Lovelace", "example.com", str(review.customer_id)):
        assert secret not in answer.content.decode()
    assert api.get(f"/api/products/{stool.product_id}/reviews/").json()["count"] == 2


def test_ordering_filter_and_pages(stool: Variant, api: APIClient) -> None:
    four, one, five = (make_review(stool, rating=rating) for rating in (4, 1, 5))
    services.vote_helpful(one.pk, customer_id=make_customer().pk)
    names = {str(four.pk): "four", str(one.pk): "one", str(five.pk): "five"}

    def order(query: str) -> list[str]:
        return [names[pk] for pk in ids(api, query)]

    assert order("") == order("ordering=newest") == ["five", "one", "four"]
    assert order("ordering=helpful") == ["one", "five", "four"]
    assert order("ordering=rating") == ["one", "four", "five"]
    assert order("ordering=-rating") == ["five", "four", "one"]
    assert order("rating=4") == ["four"]
    assert order("rating=3") == []
    assert order("page_size=2&page=2") == ["four"]
    first = api.get(f"{URL}?cursor=&page_size=2&ordering=helpful").json()
    assert [names[row["id"]] for row in first["results"]] == ["one", "five"]
    following = api.get(first["next"]).json()
    assert [names[row["id"]] for row in following["results"]] == ["four"]
    assert following["summary"]["count"] == 3


@pytest.mark.parametrize(
    "query", ["ordering=x", "ordering=%00", "rating=0", "rating=6", "rating=x", "rating=5.0"]
)
def test_bad_queries(stool: Variant, api: APIClient, query: str) -> None:
    answer = api.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_products_that_are_not_there(shop: Any, api: APIClient) -> None:
    for key in ("secret", "nothing", "%00", "9" * 30):
        assert api.get(f"/api/products/{key}/reviews/").status_code == 404


def test_etag_changes_with_the_reviews(stool: Variant, api: APIClient) -> None:
    review = make_review(stool)
    etag = api.get(URL)["ETag"]
    assert api.get(URL, headers={"If-None-Match": etag}).status_code == 304

    services.vote_helpful(review.pk, customer_id=make_customer().pk)

    changed = api.get(URL, headers={"If-None-Match": etag})
    assert (changed.status_code, changed["ETag"] == etag) == (200, False)
    assert "Cookie" not in changed.get("Vary", "")


def test_constant_queries(stool: Variant, api: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert api.get(URL).status_code == 200
        return len(found)

    make_review(stool)
    api.get(URL)
    few = queries()
    for _ in range(8):
        review = make_review(stool)
        ReviewPicture.objects.create(review=review, file="reviews/x.webp", width=1, height=1)
    assert queries() == few <= 5


def test_card_list_and_json_ld_follow_at_once(stool: Variant, api: APIClient) -> None:
    def shown() -> tuple[Any, ...]:
        product = api.get("/api/products/stool/").json()
        card = api.get(f"/api/products/?ids={stool.product_id}").json()["results"][0]
        return product["rating"], card["rating"], product["json_ld"].get("aggregateRating")

    nothing = {"average": 0.0, "count": 0}
    relay.drain()
    assert shown() == (nothing, nothing, None)
    review = make_review(stool, rating=4)
    relay.drain()
    rating = {"average": 4.0, "count": 1}
    seen = {"@type": "AggregateRating", "ratingValue": 4.0, "reviewCount": 1}
    assert shown() == (rating, rating, seen)
    first = api.get("/api/products/?ordering=rating").json()["results"][0]
    assert first["id"] == stool.product_id

    services.delete_review(review.pk)
    relay.drain()

    assert shown() == (nothing, nothing, None)
    assert not Review.objects.exists()
