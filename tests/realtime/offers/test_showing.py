"""How often, to whom not, and never twice at once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from realtime.analytics.senders import Sender
from realtime.models import Offer, OfferKind, Showing
from realtime.offers import rulebook, showing
from tests.factories import make_code, make_customer
from tests.realtime.offers.making import act, does, make_offer
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

HOUR = timedelta(hours=1)


def leave(visitor: UUID, after: timedelta = timedelta(), **who: Any) -> int:
    """How many offers somebody gets who is about to leave."""
    now = timezone.now() + after
    return len(does(visitor, act("exit_intent", now), now=now, **who))


def test_so_often_in_so_many_hours() -> None:
    make_offer(OfferKind.EXIT, times=2, hours=24)
    me = uuid4()

    assert [leave(me), leave(me, HOUR), leave(me, 2 * HOUR), leave(me, 23 * HOUR)] == [1, 1, 0, 0]
    showing.forget()  # another process
    assert leave(me, 23 * HOUR) == 0
    assert [leave(me, 24.5 * HOUR), leave(me, 24.5 * HOUR)] == [1, 0]
    assert leave(uuid4()) == 1
    assert list(Showing.objects.filter(visitor_id=me).values_list("nth", flat=True)) == [1, 2, 3]


def test_who_has_had_enough_costs_no_query(django_assert_num_queries: Any) -> None:
    make_offer(OfferKind.EXIT)
    me = uuid4()
    assert [leave(me), leave(me)] == [1, 0]
    rule = rulebook.current().rules[0]
    assert not showing.may_come(rule, Sender(me), timezone.now())
    assert showing.may_come(rule, Sender(me), timezone.now() + timedelta(hours=rule.hours))
    assert showing.may_come(rule, Sender(uuid4()), timezone.now())


def test_a_new_limit_holds_for_who_had_enough() -> None:
    offer = make_offer(OfferKind.EXIT)
    me = uuid4()
    assert [leave(me), leave(me)] == [1, 0]
    Offer.objects.filter(pk=offer.pk).update(times=2)
    rulebook.new_edition()
    rulebook._looked_at = 0.0
    assert [leave(me), leave(me)] == [1, 0]


def test_an_account_is_one_shopper_on_every_device() -> None:
    make_offer(OfferKind.EXIT)
    ada, telephone, desk = make_customer().pk, uuid4(), uuid4()
    assert leave(telephone, customer=ada) == 1
    assert leave(desk, customer=ada) == 0
    assert leave(desk) == 1  # nobody is signed in


def test_one_offer_at_a_time_the_next_one_later() -> None:
    make_offer(OfferKind.EXIT, title="First")
    page = Offer.objects.get().page
    make_offer(OfferKind.EXIT, title="Second", page=page)
    me = uuid4()
    titles = [[o["title"] for o in does(me, act("exit_intent"))] for _ in range(3)]
    assert titles == [["First"], ["Second"], []]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: code.__class__.objects.filter(pk=code.pk).update(max_uses=0),
        lambda code: code.promotion.__class__.objects.update(is_active=False),
        lambda code: code.promotion.__class__.objects.update(ends_at=timezone.now() - HOUR),
    ],
)
def test_a_code_that_nobody_can_use_is_not_offered(spoil: Callable[[Any], Any]) -> None:
    code = make_code("SPRING")
    make_offer(OfferKind.EXIT, code=code)
    assert does(uuid4(), act("exit_intent"))[0]["code"] == "SPRING"
    spoil(code)
    assert leave(uuid4()) == 0
    assert Showing.objects.count() == 1


# ── The control group ───────────────────────────────────────────────────────────────────
def test_the_share_of_the_control_group() -> None:
    visitors = [UUID(int=n) for n in range(10_000)]
    for percent in (0, 10, 50):
        held = sum(showing.is_held_out(7, visitor, percent) for visitor in visitors)
        assert abs(held / 100 - percent) < 1.5, percent
    held = {v for v in visitors if showing.is_held_out(7, v, 10)}
    assert held < {v for v in visitors if showing.is_held_out(7, v, 20)}
    assert held != {v for v in visitors if showing.is_held_out(8, v, 10)}


def test_the_control_group_sees_nothing_and_is_counted_once() -> None:
    offer = make_offer(OfferKind.EXIT, control_percent=50, times=3)
    visitors = [uuid4() for _ in range(20)]
    held = {v for v in visitors if showing.is_held_out(offer.pk, v, 50)}

    for _ in range(2):
        assert [leave(v) for v in visitors] == [v not in held for v in visitors]
        showing.forget()

    rows = Showing.objects.filter(is_held=True).values_list("visitor_id", flat=True)
    assert sorted(rows) == sorted(held)
    # Who was once held out stays so, whatever an editor changes.
    Offer.objects.update(control_percent=0)
    rulebook.forget()
    assert [leave(v) for v in visitors] == [v not in held for v in visitors]


# ── At the same instant ─────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", ["visitor", "customer"])
def test_two_tabs_at_the_same_instant(same: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails without the constraints of Showing: every tab has looked before any has written."""
    make_offer(OfferKind.EXIT)
    rule = rulebook.current().rules[0]
    ada = make_customer().pk
    tabs = 6
    visitors = [uuid4()] * tabs if same == "visitor" else [uuid4() for _ in range(tabs)]
    customer = ada if same == "customer" else None
    now = timezone.now()
    everybody_has_looked = Barrier(tabs)
    number = showing._next

    def wait(*args: Any, **more: Any) -> Showing:
        row = number(*args, **more)
        everybody_has_looked.wait(30)
        return row

    monkeypatch.setattr(showing, "_next", wait)
    for round_ in range(3):
        moment = now + round_ * timedelta(hours=rule.hours + 1)
        made = at_once(
            *(
                partial(showing.make, rule, Sender(visitor, customer), moment)
                for visitor in visitors
            )
        )
        assert sum(row is not None for row in made) == 1
        showing.forget()
    assert Showing.objects.count() == 3
