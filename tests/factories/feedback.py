"""Reviews and inquiries."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from commerce.catalogue.models import Variant
from commerce.customers.models import User
from commerce.feedback import inquiries, services
from commerce.feedback.models import Inquiry, Review, ReviewState
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.shipping.models import Method
from tests.factories.buying import place
from tests.factories.people import make_customer
from tests.factories.terms import make_shipping


def received(variant: Variant, customer: User) -> Order:
    """An order of one unit that its customer has got."""
    if not Method.objects.exists():
        make_shipping()
    order = place({variant: 1}, customer=customer).order
    orders.ship(order.pk)
    return orders.complete(order.pk)


def make_review(
    variant: Variant,
    *,
    rating: int = 5,
    title: str = "Good",
    text: str = "It does what it should.",
    customer: User | None = None,
    state: str = ReviewState.APPROVED,
) -> Review:
    """A review of a variant's product by somebody who has received it."""
    customer = customer or make_customer(first_name="Ada", last_name="Lovelace")
    received(variant, customer)
    review = services.write_review(
        customer_id=customer.pk,
        product_id=variant.product_id,
        rating=rating,
        title=title,
        text=text,
    )
    if state != ReviewState.PENDING:
        services.approve(review.pk)
    if state == ReviewState.HIDDEN:
        services.hide(review.pk, reason="Off topic")
    return Review.objects.get(pk=review.pk)


def photo(
    *, size: tuple[int, int] = (40, 30), kind: str = "JPEG", name: str = "photo.jpg"
) -> SimpleUploadedFile:
    """A picture as a phone uploads it, turned on its side, with who made it in its EXIF."""
    file = BytesIO()
    image = Image.new("RGB", size, "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x013B] = "Ada Lovelace"
    image.save(file, kind, exif=exif)
    return SimpleUploadedFile(name, file.getvalue())


def make_inquiry(
    *,
    name: str = "Ada Lovelace",
    email: str = "ada@example.com",
    subject: str = "Does it fit?",
    message: str = "Does it fit through a door of 80 cm?",
    customer: User | None = None,
    product_id: int | None = None,
    order: Order | None = None,
) -> Inquiry:
    """A question that waits for an answer."""
    return inquiries.open_inquiry(
        inquiries.Question(
            name=name,
            email=email,
            subject=subject,
            message=message,
            customer_id=customer.pk if customer else None,
            product_id=product_id,
            order_id=order.pk if order else None,
        )
    )
