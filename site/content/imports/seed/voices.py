"""What shoppers say and ask in the sample shop. Nobody has bought there, so nobody is verified."""

from django.db import transaction

from commerce.catalogue import selectors as catalogue
from commerce.feedback import inquiries, services
from commerce.feedback.models import Inquiry, Review

# Product, stars, title, text.
REVIEWS: list[tuple[str, int, str, str]] = [
    (
        "sora-zero-gravity-chair",
        5,
        "The evening starts here",
        "Ten minutes after work and the shoulders come down. It is quieter than our fridge.",
    ),
    (
        "sora-zero-gravity-chair",
        4,
        "Very good, and very heavy",
        "Deep, even pressure and a calm foot part. Measure your door first: we took the back off.",
    ),
    (
        "hoshi-4d-chair",
        5,
        "Finds every knot",
        "The rollers slow down where it is tight. The first week I used it on the lowest setting.",
    ),
    (
        "fern-compact-chair",
        4,
        "Fits a small flat",
        "Does not look like a machine. The seat could be two centimetres deeper for long legs.",
    ),
    (
        "nacken-neck-pillow",
        3,
        "Nice on the train",
        "Warm and soft. The battery lasts about an hour and a half, I had hoped for two.",
    ),
    (
        "lavender-massage-oil",
        5,
        "Smells of the plant",
        "Not of perfume. It is gone from the sheets after one wash.",
    ),
    (
        "takt-massage-gun",
        4,
        "Strong and not too loud",
        "I use the flat head for the calves. The case is a little too tight for all the heads.",
    ),
]


@transaction.atomic
def reviews() -> None:
    """Approved reviews of some products, if nobody has written one yet."""
    if Review.objects.exists():
        return
    for slug, rating, title, text in REVIEWS:
        product = catalogue.product_by(slug)
        if product is not None:
            services.take_over_review(product_id=product.pk, rating=rating, title=title, text=text)


@transaction.atomic
def inquiry() -> None:
    """A question that waits for an answer, if nobody has asked one yet."""
    product = catalogue.product_by("sora-zero-gravity-chair")
    if product is None or Inquiry.objects.exists():
        return
    inquiries.open_inquiry(
        inquiries.Question(
            name="Ada Lovelace",
            email="someone@example.com",
            subject="Does it fit through our door?",
            message="Our front door is 78 cm wide. Can the chair be taken apart to get it in?",
            product_id=product.pk,
        )
    )
