"""Carts that were left standing: known, valued, mailed, and what they became."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from commerce.carts import reminders
from commerce.carts import services as carts
from commerce.carts.models import Cart
from commerce.catalogue.models import Variant
from commerce.checkout import services as checkout
from commerce.customers import services as customers
from commerce.customers.models import User
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.shipping.models import Method
from content.mails.models import Mail, MailState
from core import relay
from realtime.carts import noting, selectors
from realtime.models import AbandonedCart
from tests.factories import ADDRESS, make_customer, make_shipping, make_variant
from tests.factories.goods import sell_without_pages

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

DAY = timedelta(days=1)
FOUR_HOURS = timedelta(hours=4)
# What is asked of whole days is asked at a set hour: hours before now may be the day before.
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def mug() -> Variant:
    """Something to buy for 12.99."""
    sell_without_pages()
    make_shipping()
    return make_variant("Mug", stock=50)


def left(
    mug: Variant,
    quantity: int,
    *,
    hours: int = 5,
    customer: User | None = None,
    now: datetime | None = None,
) -> Cart:
    """A cart that nobody has touched for so many hours."""
    cart = carts.open_cart(customer_id=customer.pk if customer else None, currency="USD")
    carts.add(cart.pk, variant_id=mug.pk, quantity=quantity)
    Cart.objects.filter(pk=cart.pk).update(
        updated_at=(now or timezone.now()) - timedelta(hours=hours)
    )
    cart.refresh_from_db()
    return cart


def agreed(email: str = "ada@example.com") -> User:
    """A customer who wants mail."""
    customers.give_consent(email=email, wording="Yes.", source="test")
    return make_customer(email)


def mailed() -> None:
    """Remind of what was left, and send the mails."""
    reminders.announce_abandoned(now=timezone.now(), hours=4)
    relay.drain()
    noting.run(timezone.now())


def order(cart: Cart, customer: User | None = None) -> Order:
    placed = checkout.place_order(
        cart=cart,
        customer=customer,
        email="" if customer else "guest@example.com",
        shipping_address=dict(ADDRESS),
        shipping_method=Method.objects.order_by("id")[0].pk,
        payment_method="cod",
    )
    relay.drain()
    return placed.order


def days(now: datetime | None = None) -> list[tuple[Any, ...]]:
    now = now or timezone.now()
    return [
        (
            row.carts,
            row.worth_minor,
            row.known,
            row.mailed,
            row.recovered,
            row.recovered_minor,
            row.returned,
            row.returned_minor,
        )
        for row in selectors.abandoned(now - 3 * DAY, now + DAY)
    ]


def test_carts_are_noted_once_with_what_was_in_them(mug: Variant) -> None:
    cart = left(mug, 2, now=NOON)
    left(mug, 1, hours=3, now=NOON)
    carts.open_cart(customer_id=None, currency="USD")
    assert (noting.run(NOON), noting.run(NOON)) == (1, 0)

    row = AbandonedCart.objects.get()
    assert (row.pk, row.units, row.worth_minor, row.is_known) == (cart.pk, 2, 2 * 1299, False)
    assert row.at == cart.updated_at + FOUR_HOURS
    # Touched and left again: still one cart. Gone with its owner or by its age: it was left.
    carts.add(cart.pk, variant_id=mug.pk, quantity=1)
    Cart.objects.update(updated_at=NOON - timedelta(hours=9))
    assert noting.run(NOON) == 1  # the one of three hours
    Cart.objects.all().delete()
    assert days(NOON) == [(2, 3 * 1299, 0, 0, 0, 0, 0, 0)]


def test_who_agreed_is_mailed_and_recovered(mug: Variant) -> None:
    ada, other = agreed(), make_customer("other@example.com")
    mine, theirs, guests = left(mug, 2, customer=ada), left(mug, 1, customer=other), left(mug, 4)
    mailed()

    assert Mail.objects.filter(state=MailState.SENT).count() == 1
    assert days() == [(3, 7 * 1299, 2, 1, 0, 0, 0, 0)]

    recovered = order(mine, ada)
    returned = order(guests)
    expected = (3, 7 * 1299, 2, 1, 1, recovered.total_minor, 1, returned.total_minor)
    assert days() == [expected]
    noting.order_placed(type("Event", (), {"payload": {"order_id": str(recovered.pk)}})())
    assert days() == [expected]

    order(theirs, other)
    orders.cancel(recovered.pk)
    relay.drain()
    [row] = days()
    assert row[4:7] == (0, 0, 2)


@pytest.mark.parametrize(
    ("after", "recovered"),
    [(timedelta(seconds=1), 1), (7 * DAY - DAY, 1), (7 * DAY, 0), (timedelta(seconds=-1), 0)],
)
def test_recovered_is_within_days_of_the_mail(
    mug: Variant, after: timedelta, recovered: int
) -> None:
    ada = agreed()
    cart = left(mug, 1, customer=ada)
    mailed()
    order(cart, ada)
    placed_at = AbandonedCart.objects.get().ordered_at
    assert placed_at is not None
    AbandonedCart.objects.update(mailed_at=placed_at - after)
    [row] = days()
    assert (row[4], row[6]) == (recovered, 1 - recovered)


def test_by_day_and_currency_in_one_query(mug: Variant, django_assert_num_queries: Any) -> None:
    for hours in (5, 5 + 24, 5 + 48):
        left(mug, 1, hours=hours, now=NOON)
    noting.run(NOON)
    AbandonedCart.objects.filter(pk=AbandonedCart.objects.order_by("at")[0].pk).update(
        currency="EUR"
    )
    with django_assert_num_queries(1):
        rows = selectors.abandoned(NOON - 5 * DAY, NOON)
    assert [(row.day, row.currency) for row in rows] == [
        (date(2026, 3, 8), "EUR"),
        (date(2026, 3, 9), "USD"),
        (date(2026, 3, 10), "USD"),
    ]
