"""Two requests of one customer at once: nothing is kept twice, and each default is one."""

from functools import partial

import pytest

from commerce.carts import saved
from commerce.carts.errors import SavedCartLimit
from commerce.carts.models import SavedCart
from commerce.carts.services import add, open_cart
from commerce.customers import services
from commerce.customers.errors import AddressLimit
from commerce.customers.events import WISH_NEWS
from commerce.customers.models import Address, Wish
from commerce.orders import services as orders
from commerce.orders.models import HistoryEntry, Order
from core.errors import NotFound
from core.models import OutboxEvent
from tests.factories import ADDRESS, make_customer, make_shipping, make_variant, place
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]
SEEN = services.Seen("USD", 1299, False)


def test_a_product_is_wished_for_once() -> None:
    mug = make_variant()
    for _ in range(10):
        ada = make_customer()
        done = at_once(*[partial(services.add_wish, ada.pk, mug.product_id, seen=SEEN)] * 4)
        assert sorted(added.is_new for added in done) == [False, False, False, True]
        assert Wish.objects.filter(customer=ada).count() == 1


def test_news_is_told_once() -> None:
    for _ in range(5):
        mug = make_variant()
        for _ in range(3):
            services.add_wish(make_customer().pk, mug.product_id, seen=SEEN, tell_in_stock=True)
        tell = partial(services.news_of, mug.product_id, in_stock=True, prices={"USD": 1})
        done = at_once(*[tell] * 4)
        assert sorted(len(news) for news in done) == [0, 0, 0, 3]
    assert OutboxEvent.objects.filter(name=WISH_NEWS).count() == 15


def test_each_default_is_one_address() -> None:
    for _ in range(10):
        ada = make_customer()
        # The first of them becomes the default, and all want to be it.
        done = at_once(
            *[
                partial(services.add_address, ada.pk, is_default_shipping=True, **ADDRESS)
                for _ in range(4)
            ]
        )
        assert len({address.pk for address in done}) == 4
        kept = Address.objects.filter(customer=ada)
        assert kept.filter(is_default_shipping=True).count() == 1
        assert kept.filter(is_default_billing=True).count() == 1
        first, second, third, fourth = kept.order_by("id")
        done = at_once(
            partial(services.change_address, ada.pk, first.pk, is_default_shipping=True),
            partial(services.change_address, ada.pk, second.pk, is_default_billing=True),
            partial(services.remove_address, ada.pk, third.pk),
            partial(services.remove_address, ada.pk, fourth.pk),
        )
        assert not [each for each in done if isinstance(each, NotFound)]
        assert kept.filter(is_default_shipping=True).count() == 1
        assert kept.filter(is_default_billing=True).count() == 1


def test_the_last_place_in_the_book_and_among_the_saved_carts() -> None:
    mug = make_variant(stock=100)
    ada = make_customer()
    cart = open_cart(customer_id=ada.pk, currency="USD")
    add(cart.pk, variant_id=mug.pk, quantity=1)
    for _ in range(services.MAX_ADDRESSES - 1):
        services.add_address(ada.pk, **ADDRESS)
    for _ in range(saved.MAX_SAVED - 1):
        saved.save_cart(cart.pk, customer_id=ada.pk, name="Kept")
    done = at_once(
        *[partial(services.add_address, ada.pk, **ADDRESS)] * 2,
        *[partial(saved.save_cart, cart.pk, customer_id=ada.pk, name="Last")] * 2,
    )
    assert [type(each) for each in done].count(AddressLimit) == 1
    assert [type(each) for each in done].count(SavedCartLimit) == 1
    assert Address.objects.count() == services.MAX_ADDRESSES
    assert SavedCart.objects.count() == saved.MAX_SAVED


def test_a_guest_s_order_gets_one_owner() -> None:
    make_shipping()
    mug = make_variant(stock=100)
    for _ in range(5):
        order = place({mug: 1}).order
        people = [make_customer() for _ in range(3)]
        named = {"number": order.number, "token": order.token}
        done = at_once(*[partial(orders.claim, each.pk, **named) for each in people])
        [given] = [each for each in done if isinstance(each, Order)]
        assert [type(each) for each in done].count(NotFound) == 2
        assert Order.objects.get(pk=order.pk).customer_id == given.customer_id
        assert HistoryEntry.objects.filter(order=order, kind="note").count() == 1
