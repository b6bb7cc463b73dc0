"""A customer who has done all that can be done in the shop, and what finds them again."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient
from wagtail.admin.models import FormState
from wagtail.log_actions import log
from wagtail.models import APIToken
from wagtail.users.models import UserProfile

from commerce.carts import saved
from commerce.carts import selectors as carts
from commerce.catalogue.models import Variant
from commerce.customers import services, staff_services
from commerce.customers.events import want_mail
from commerce.customers.models import User
from commerce.feedback import inquiries
from commerce.feedback import services as feedback
from commerce.feedback.inquiries import Question
from commerce.orders import services as orders
from commerce.orders.models import Order
from core.models import IdempotencyRecord, OutboxDelivery, OutboxEvent
from core.worker import run_once
from tests.factories import (
    ADDRESS,
    another_client,
    fill_cart,
    make_code,
    make_customer,
    make_shipping,
    make_staff,
    make_variant,
    order_form,
    sell_without_pages,
)

MAIL = "countess@byron.example"
NAME, PHONE, STREET = "Löwelace", "2125550147", "Marylebone"
WORDS = [MAIL, NAME, PHONE, STREET, "byron"]
HOME = {
    **ADDRESS,
    "first_name": "Ada",
    "last_name": NAME,
    "line1": f"7 {STREET} Road",
    "phone": f"+1{PHONE}",
}


@dataclass
class Life:
    """Who it is, what they may still do, and who else is in the shop."""

    user: User
    client: APIClient
    staff: User
    order: Order
    guest_order: Order


def order_over_http(
    client: APIClient, mug: Variant, key: str, *, email: str = "work@byron.example"
) -> Order:
    """An order with everything that a person may type."""
    fill_cart(client, {mug: 1})
    form = order_form(
        shipping_address=HOME,
        billing_address=HOME,
        note=f"Ring for {NAME}",
        email=email,
    )
    answer = client.post("/api/checkout/", form, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.content
    return Order.objects.get(pk=answer.json()["order"]["id"])


def finish(order: Order, staff: User) -> None:
    """Ship and complete it, with words that name who got it."""
    orders.ship(order.pk, carrier=f"Courier to {NAME}", tracking_number="1Z", actor_id=staff.pk)
    orders.complete(order.pk, message=f"{NAME} has signed", actor_id=staff.pk)
    orders.add_note(order.pk, message=f"Call {PHONE}", is_public=True)


def live() -> Life:
    """Have somebody register, look around, buy, ask, complain, and come back."""
    make_shipping()
    sell_without_pages()
    mug, cup = make_variant("Mug", stock=50), make_variant("Cup", stock=50)
    make_code("SPRING")
    staff = make_staff("orders.change_order")
    ada = make_customer(
        MAIL, first_name="Ada", last_name=NAME, phone_number=f"+1{PHONE}",
        preferences={"deliver_to": STREET}, date_of_birth="1815-12-10",
    )  # fmt: skip
    client = another_client(ada)
    _sign_in_rows(ada)
    services.add_address(ada.pk, **HOME)
    services.add_wish(ada.pk, mug.product_id, seen=services.Seen("USD", 1299, True))
    services.share_wishlist(ada.pk)
    services.give_consent(email=MAIL, customer_id=ada.pk, wording="Yes", source="profile")

    fill_cart(client, {cup: 1})
    client.post("/api/cart/codes/", {"code": "SPRING"})
    order = order_over_http(client, mug, "first")
    finish(order, staff)
    orders.cancel(order_over_http(client, mug, "second").pk, message=f"{NAME} changed her mind")
    guest_order = order_over_http(another_client(), mug, "third", email=MAIL.upper())
    finish(guest_order, staff)
    fill_cart(client, {cup: 2})
    cart = carts.of_customer(ada.pk)
    assert cart is not None
    saved.save_cart(cart.pk, customer_id=ada.pk, name=f"For {STREET}")

    _feedback(ada, mug)
    with transaction.atomic():
        want_mail("welcome", email=MAIL, customer_id=ada.pk, data={"name": NAME})
    staff_services.add_note(ada, text=f"{NAME} likes teal", actor=staff)
    run_once()
    _what_stays_behind(ada, staff, order)
    return Life(User.objects.get(pk=ada.pk), client, staff, order, guest_order)


def _sign_in_rows(ada: User) -> None:
    EmailAddress.objects.create(user=ada, email=MAIL, verified=True, primary=True)
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "x", "name": NAME})
    SocialAccount.objects.create(
        user=ada, provider="google", uid="1", extra_data={"name": NAME, "email": MAIL}
    )
    session = Session.objects.order_by("-expire_date").first()
    assert session is not None
    UserSession.objects.create(
        user=ada, ip="127.0.0.1", session_key=session.session_key, user_agent=f"{NAME}'s"
    )


def _feedback(ada: User, mug: Variant) -> None:
    review = feedback.write_review(
        customer_id=ada.pk, product_id=mug.product_id, rating=5, title=f"{NAME} is happy"
    )
    feedback.approve(review.pk)
    for customer_id in (ada.pk, None):
        inquiries.open_inquiry(
            Question(
                email=MAIL, name=f"Ada {NAME}", message=f"I live in {STREET}, call {PHONE}",
                customer_id=customer_id, locale="en",
            )
        )  # fmt: skip


def _what_stays_behind(ada: User, staff: User, order: Order) -> None:
    """Rows of the framework's tables, as they are left by use."""
    UserProfile.get_for_user(ada)
    log(instance=ada, action="wagtail.edit", user=staff, data={"email": MAIL})
    log(instance=order, action="shop.order.note", user=staff, title=f"Ada {NAME}")
    FormState.objects.create(
        user=staff, content_type=ContentType.objects.get_for_model(User),
        object_id=str(ada.pk), data=f"first_name={NAME}", last_updated_at=timezone.now(),
    )  # fmt: skip
    APIToken.objects.create(user=ada, name=f"{NAME}'s laptop", key_hash="0" * 64, prefix="wt_")
    event = OutboxEvent.objects.create(name="x", key=f"mail:{MAIL}", payload={"to": MAIL})
    OutboxDelivery.objects.create(
        event=OutboxEvent.objects.create(name="y", key="y"), handler="z", key="y",
        last_error=f"550 {MAIL} is unknown",
    )  # fmt: skip
    assert event.pk
    assert IdempotencyRecord.objects.count() == 3
