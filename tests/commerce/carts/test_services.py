"""Carts without HTTP: versions, seen prices, merging, purging."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from commerce.carts import services
from commerce.carts.errors import CartOrdered
from commerce.carts.models import Cart, CartLine
from commerce.carts.tasks import purge_carts
from core.errors import NotFound
from tests.factories import (
    make_code,
    make_customer,
    make_variant,
    open_guest_cart,
    reprice,
)

pytestmark = pytest.mark.django_db


def seen(cart: Cart) -> list[int]:
    rows = CartLine.objects.filter(cart=cart).order_by("added_at", "id")
    return list(rows.values_list("unit_minor", flat=True))


def test_every_change_is_a_version() -> None:
    mug = make_variant("Mug")
    make_code("SPRING")
    cart = open_guest_cart({mug: 1})
    line = cart.lines.get()
    versions = [
        services.change(cart.pk, line_id=line.pk, quantity=2).cart.version,
        services.add_code(cart.pk, code="SPRING").version,
        services.remove_code(cart.pk, code="SPRING").version,
        services.set_currency(cart.pk, currency="EUR").version,
        services.clear(cart.pk).version,
    ]
    assert versions == [2, 3, 4, 5, 6]
    cart.refresh_from_db()
    assert cart.version == 6


def test_a_change_notes_the_prices_that_its_answer_shows() -> None:
    mug, vase = make_variant("Mug"), make_variant("Vase")
    cart = open_guest_cart({mug: 1, vase: 1})
    reprice(mug, 1111)
    assert seen(cart) == [1299, 1299]
    services.add(cart.pk, variant_id=vase.pk, quantity=1)
    assert seen(cart) == [1111, 1299]

    reprice(mug, 2222)
    line = cart.lines.get(variant=mug)
    services.change(cart.pk, line_id=line.pk, quantity=1)
    assert seen(cart) == [2222, 1299]


def test_another_currency_is_seen_too() -> None:
    mug = make_variant("Mug", price={"USD": 1299, "EUR": 1199})
    cart = open_guest_cart({mug: 1})
    services.set_currency(cart.pk, currency="EUR")
    assert seen(cart) == [1199]


def test_an_ordered_cart_takes_no_change() -> None:
    mug = make_variant("Mug")
    cart = open_guest_cart({mug: 1})
    services.mark_ordered(cart)
    line = cart.lines.get()
    for change in (
        lambda: services.add(cart.pk, variant_id=mug.pk, quantity=1),
        lambda: services.change(cart.pk, line_id=line.pk, quantity=0),
        lambda: services.clear(cart.pk),
        lambda: services.set_currency(cart.pk, currency="EUR"),
        lambda: services.lock(cart.pk),
    ):
        with pytest.raises(CartOrdered), transaction.atomic():
            change()
    assert list(CartLine.objects.values_list("quantity", flat=True)) == [1]


def test_a_cart_that_is_gone_is_not_found() -> None:
    cart = open_guest_cart()
    pk = cart.pk
    cart.delete()
    with pytest.raises(NotFound), transaction.atomic():
        services.clear(pk)


def test_a_customer_has_one_open_cart() -> None:
    ada = make_customer()
    cart = services.open_cart(customer_id=ada.pk, currency="USD")
    assert services.open_cart(customer_id=ada.pk, currency="EUR") == cart
    with pytest.raises(IntegrityError), transaction.atomic():
        Cart.objects.create(customer=ada, currency="USD")
    services.mark_ordered(cart)
    assert services.open_cart(customer_id=ada.pk, currency="EUR") != cart


def test_merging_a_cart_that_was_merged_by_another_request() -> None:
    ada = make_customer()
    mug = make_variant("Mug")
    guest = open_guest_cart({mug: 2})
    pk = guest.pk
    mine = services.merge(guest_cart_id=pk, customer_id=ada.pk)
    again = services.merge(guest_cart_id=pk, customer_id=ada.pk)
    assert mine == again
    assert list(CartLine.objects.values_list("cart_id", "quantity")) == [(mine.pk, 2)]


def test_an_empty_cart_takes_over_the_guest_s_currency_and_a_full_one_keeps_its_own() -> None:
    mug = make_variant("Mug", price={"USD": 1299, "EUR": 1199})
    for wanted, kept in ((False, "EUR"), (True, "USD")):
        ada = make_customer()
        mine = services.open_cart(customer_id=ada.pk, currency="USD")
        if wanted:
            services.add(mine.pk, variant_id=mug.pk, quantity=1)
        guest = open_guest_cart({mug: 1}, currency="EUR")
        assert services.merge(guest_cart_id=guest.pk, customer_id=ada.pk).currency == kept


def test_guests_carts_that_nobody_touches_are_purged() -> None:
    mug = make_variant("Mug")
    old, ordered, young = (open_guest_cart({mug: 1}) for _ in range(3))
    customer_s = services.open_cart(customer_id=make_customer().pk, currency="USD")
    long_ago = timezone.now() - timedelta(days=settings.CART_DAYS, seconds=1)
    Cart.objects.exclude(pk=young.pk).update(updated_at=long_ago)
    Cart.objects.filter(pk=ordered.pk).update(ordered_at=long_ago)
    assert purge_carts() == 2
    assert set(Cart.objects.values_list("pk", flat=True)) == {young.pk, customer_s.pk}
