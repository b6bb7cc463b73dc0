"""Shown, clicked, used and converted: once each, by events and orders that really came."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from commerce.catalogue.models import Variant
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.pricing.models import Code
from core import relay
from realtime.analytics import rollups
from realtime.models import Offer, OfferKind, Showing
from realtime.offers import selectors, showing
from tests.factories import make_code, make_promotion, make_shipping, make_variant, place
from tests.factories.goods import sell_without_pages
from tests.realtime.analytics.events import came
from tests.realtime.offers.making import act, does, make_offer, promote

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

DAY = timedelta(days=1)


@pytest.fixture
def mug() -> Variant:
    """Something to buy for 12.99."""
    sell_without_pages()
    make_shipping()
    return make_variant("Mug", stock=50)


@pytest.fixture
def code() -> Code:
    """Ten per cent."""
    return make_code("SPRING")


def offered(visitor: UUID) -> str:
    [offer] = does(visitor, act("exit_intent"))
    return str(offer["id"])


def says(visitor: UUID, *events: dict[str, Any], **who: Any) -> None:
    came(*events, visitor=visitor, received_at=timezone.now(), **who)
    rollups.run()


def buys(visitor: UUID, mug: Variant, *codes: str) -> Order:
    order = place({mug: 1}, codes=list(codes)).order
    relay.drain()
    says(visitor, act("page_view"), act("purchase", order_id=str(order.pk)))
    return order


def figures() -> selectors.OfferFigures:
    now = timezone.now()
    [row] = selectors.report(now - DAY, now + DAY)
    return row


def test_shown_and_clicked_count_once() -> None:
    make_offer(OfferKind.EXIT)
    me, you = uuid4(), uuid4()
    mine = offered(me)
    assert (figures().made, figures().shown, figures().clicked) == (1, 0, 0)

    says(you, act("offer_shown", offer=mine), act("offer_clicked", offer=mine))
    says(me, act("offer_shown", offer="x"), act("offer_shown", offer=str(uuid4())))
    says(me, act("offer_clicked", offer=mine), audience="bot")
    assert (figures().shown, figures().clicked) == (0, 0)

    for _ in range(2):
        says(me, act("offer_shown", offer=mine), act("offer_shown", offer=mine))
    first = Showing.objects.get().shown_at
    assert (figures().shown, figures().clicked, figures().shoppers) == (1, 0, 1)
    says(me, act("offer_clicked", offer=mine), act("offer_shown", offer=mine))
    says(me, act("offer_clicked", offer=mine))
    assert (figures().made, figures().shown, figures().clicked) == (1, 1, 1)
    assert Showing.objects.get().shown_at == first


def test_a_click_says_that_it_was_shown() -> None:
    make_offer(OfferKind.EXIT)
    me = uuid4()
    says(me, act("offer_clicked", offer=offered(me)))
    assert (figures().shown, figures().clicked) == (1, 1)


def test_a_round_that_is_killed_has_counted_nothing() -> None:
    make_offer(OfferKind.EXIT)
    me = uuid4()
    mine = offered(me)
    came(act("offer_shown", offer=mine), visitor=me, received_at=timezone.now())

    def fall(finished: rollups.Round) -> None:
        raise RuntimeError("killed")

    rollups.subscribe("tests.fall", fall)
    with pytest.raises(RuntimeError), transaction.atomic():
        rollups.run()
    rollups.unsubscribe("tests.fall")
    assert figures().shown == 0
    rollups.run()
    assert figures().shown == 1


def test_an_order_with_the_code(mug: Variant, code: Code) -> None:
    make_offer(OfferKind.EXIT, code=code)
    me, you = uuid4(), uuid4()
    says(me, act("offer_shown", offer=offered(me)))
    says(you, act("offer_shown", offer=offered(you)))

    order = buys(me, mug, "SPRING")
    buys(you, mug)
    buys(uuid4(), mug, "SPRING")  # knew it from elsewhere

    row = figures()
    assert (row.shown, row.used, row.shoppers, row.converted) == (2, 1, 2, 2)
    assert row.revenue == {"USD": order.total_minor}
    # The same purchase again, and another one with the code, add nothing to the one showing.
    says(me, act("purchase", order_id=str(order.pk)))
    buys(me, mug, "SPRING")
    assert (figures().used, figures().converted) == (1, 2)


def test_an_order_that_is_cancelled_does_not_count(mug: Variant, code: Code) -> None:
    make_offer(OfferKind.EXIT, code=code)
    me = uuid4()
    says(me, act("offer_shown", offer=offered(me)))
    order = buys(me, mug, "SPRING")
    assert (figures().used, figures().converted) == (1, 1)

    orders.cancel(order.pk)
    relay.drain()

    row = figures()
    assert (row.used, row.converted, row.revenue) == (0, 0, {})


def test_a_promotion_without_a_code(mug: Variant) -> None:
    page = promote(promotion=make_promotion("Ten off", percent="10"))
    make_offer(OfferKind.EXIT, page=page)
    me = uuid4()
    says(me, act("offer_shown", offer=offered(me)))
    buys(me, mug)
    assert (figures().used, figures().converted) == (1, 1)


def test_too_late_is_no_success(mug: Variant, code: Code, settings: Any) -> None:
    make_offer(OfferKind.EXIT, code=code)
    me = uuid4()
    says(me, act("offer_shown", offer=offered(me)))
    Showing.objects.update(at=timezone.now() - timedelta(days=settings.OFFER_DAYS, seconds=1))
    buys(me, mug, "SPRING")
    now = timezone.now()
    [row] = selectors.report(now - 30 * DAY, now + DAY)
    assert (row.shown, row.used, row.converted) == (1, 0, 0)


def test_conversion_is_by_the_first_time_as_in_the_control_group(mug: Variant, code: Code) -> None:
    make_offer(OfferKind.EXIT, code=code)
    me, now = uuid4(), timezone.now()
    says(me, act("offer_shown", offer=offered(me)))
    Showing.objects.update(at=now - 8 * DAY)
    showing.forget()
    says(me, act("offer_shown", offer=offered(me)))
    buys(me, mug, "SPRING")
    [row] = selectors.report(now - 30 * DAY, now + DAY)
    assert (row.shown, row.used, row.shoppers, row.converted) == (2, 1, 1, 0)


def test_by_what_orders_call_it(code: Code, django_assert_num_queries: Any) -> None:
    now = timezone.now()
    rule = promote("Page", promotion=make_promotion("Ten off", percent="10"))
    for fields in ({"code": code}, {"page": rule}, {"page": promote("Words")}):
        offer = make_offer(OfferKind.EXIT, **fields)
        me = uuid4()
        says(me, act("offer_clicked", offer=offered(me)))
        offered(uuid4())
        Offer.objects.filter(pk=offer.pk).update(is_on=False)
    with django_assert_num_queries(1):
        found = selectors.by_promotion(now - DAY, now + DAY)
    once = {"shown": 1, "clicked": 1}
    assert found == {"SPRING": once, "Ten off": once, "Words": once}


def test_uplift(mug: Variant, code: Code) -> None:
    offer = make_offer(OfferKind.EXIT, code=code, control_percent=50)
    shoppers = [uuid4() for _ in range(200)]
    held = [v for v in shoppers if showing.is_held_out(offer.pk, v, 50)][:4]
    seeing = [v for v in shoppers if not showing.is_held_out(offer.pk, v, 50)][:5]
    for visitor in held:
        assert does(visitor, act("exit_intent")) == []
    for visitor in seeing:
        says(visitor, act("offer_shown", offer=offered(visitor)))
    for visitor in (held[0], seeing[0], seeing[1]):
        buys(visitor, mug)
    buys(seeing[2], mug, "SPRING")

    row = figures()
    assert (row.shoppers, row.converted, row.held, row.held_converted) == (5, 3, 4, 1)
    assert (row.conversion, row.held_conversion) == (0.6, 0.25)
    assert row.uplift == pytest.approx(0.35)
    assert row.used == 1
    assert selectors.of_offers([offer.pk])[offer.pk] == row


def test_queries_stay_the_same(mug: Variant, code: Code, django_assert_num_queries: Any) -> None:
    now = timezone.now()

    def ask() -> int:
        with django_assert_num_queries(3):
            return len(selectors.report(now - DAY, now + DAY))

    make_offer(OfferKind.EXIT, code=code)
    me = uuid4()
    says(me, act("offer_shown", offer=offered(me)))
    buys(me, mug, "SPRING")
    assert ask() == 1
    for n in range(3):
        make_offer(OfferKind.EXIT, page=Offer.objects.all()[0].page, name=f"Offer {n}")
        for visitor in (me, uuid4()):
            says(visitor, act("offer_shown", offer=offered(visitor)))
    assert ask() == 4
