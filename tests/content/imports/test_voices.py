"""What shoppers say and ask in the sample shop."""

import pytest

from commerce.catalogue.models import Product
from commerce.feedback.models import Inquiry, Review
from content.imports.seed import voices
from content.sample.shop import load_shop
from tests.factories import make_variant

pytestmark = pytest.mark.django_db


def test_voices_are_heard_once() -> None:
    make_variant("Sora zero gravity chair")
    assert Product.objects.get().slug == "sora-zero-gravity-chair"

    for _ in range(2):
        voices.reviews()
        voices.inquiry()

    product = Product.objects.get()
    assert (str(product.rating_average), product.rating_count) == ("4.50", 2)
    assert Inquiry.objects.get().product == product
    assert set(Review.objects.values_list("state", "is_verified", "customer")) == {
        ("approved", False, None)
    }


def test_an_empty_shop_stays_silent() -> None:
    voices.reviews()
    voices.inquiry()
    assert not Review.objects.exists()
    assert not Inquiry.objects.exists()


def test_every_product_that_is_spoken_of_is_in_the_sample() -> None:
    slugs = {product["slug"] for product in load_shop()["products"]}
    assert {slug for slug, *_ in voices.REVIEWS} <= slugs
