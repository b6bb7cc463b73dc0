"""What goes together: counted once, ranked, curated, and never what cannot be had."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from commerce.orders import services as orders
from core import relay
from realtime.analytics import rollups
from realtime.models import Curation, ProductPair, Recommended, SeenProduct
from realtime.recommendations import choosing, counting, ranking
from tests.factories.buying import place
from tests.factories.goods import make_variant
from tests.factories.terms import make_shipping
from tests.realtime.analytics.events import MINUTE, NOON, came, raw

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def look(visitor: UUID, *products: int, at=NOON) -> None:
    """Product views of one visitor, a minute apart."""
    views = [raw("product_view", at + n * MINUTE, product_id=pk) for n, pk in enumerate(products)]
    came(*views, visitor=visitor, received_at=at + len(products) * MINUTE)


def pairs() -> dict[tuple[int, int], float]:
    return {(row.product_id, row.other_id): row.viewed for row in ProductPair.objects.all()}


def goes_with(*products: int) -> list[int]:
    ranking.run()
    return list(choosing.advise(products).ids)


def test_a_pair_counts_once_for_each_visitor_and_day() -> None:
    ada, other = uuid4(), uuid4()
    look(ada, 1, 2, 1, 2)
    rollups.run()
    look(ada, 2, 3, at=NOON + 20 * MINUTE)
    look(other, 2, 1)
    rollups.run()
    look(ada, 1, 2, at=NOON - timedelta(hours=13))  # the day before
    rollups.run()

    assert pairs() == {(1, 2): 3, (2, 1): 3, (1, 3): 1, (3, 1): 1, (2, 3): 1, (3, 2): 1}


def test_a_round_that_fails_has_counted_nothing() -> None:
    look(uuid4(), 1, 2)

    def fall(finished: rollups.Round) -> None:
        raise RuntimeError("killed")

    rollups.subscribe("tests.fall", fall)
    with pytest.raises(RuntimeError), transaction.atomic():
        rollups.run()
    rollups.unsubscribe("tests.fall")
    assert (pairs(), SeenProduct.objects.count()) == ({}, 0)
    rollups.run()
    assert pairs() == {(1, 2): 1, (2, 1): 1}


def test_nobody_without_consent_no_bot_and_no_staff_makes_a_pair() -> None:
    events = [raw("product_view", product_id=pk) for pk in (1, 2)]
    came(*events)
    for audience in ("bot", "staff"):
        came(
            *(raw("product_view", product_id=pk) for pk in (1, 2)),
            visitor=uuid4(),
            audience=audience,
        )
    rollups.run()
    assert pairs() == {}


def test_a_collector_makes_no_endless_list() -> None:
    look(uuid4(), *range(1, 100))
    rollups.run()
    assert SeenProduct.objects.count() == counting.MOST_SEEN
    assert len(pairs()) == counting.MOST_SEEN * (counting.MOST_SEEN - 1)


def test_what_everybody_looks_at_does_not_stand_everywhere() -> None:
    for _ in range(3):
        look(uuid4(), 1, 2, 9)
    for n in range(10, 30):
        look(uuid4(), n, 9)
    rollups.run()

    assert goes_with(1) == [2, 9]
    assert goes_with(10) == []  # one stroll is chance


def test_bought_together_weighs_more_until_the_order_is_cancelled() -> None:
    make_shipping()
    chair, rug, lamp = (make_variant(name, stock=10) for name in ("Chair", "Rug", "Lamp"))
    first, second, third = (each.product_id for each in (chair, rug, lamp))
    for _ in range(3):
        look(uuid4(), first, third)
    rollups.run()
    order = place({chair: 1, rug: 1}).order
    relay.drain()
    assert goes_with(first) == [second, third]

    orders.cancel(order.pk)
    relay.drain()
    assert goes_with(first) == [third]
    assert not Recommended.objects.filter(is_stale=True).exists()


def test_editors_have_the_first_and_the_last_word() -> None:
    one, two, three, four = (make_variant(f"Thing {n}").product for n in range(4))
    for _ in range(3):
        look(uuid4(), one.pk, two.pk, three.pk)
    rollups.run()
    Curation.objects.create(kind="pin", product=one, other=four)
    Curation.objects.create(kind="forbid", other=two)

    ranking.run()
    advice = choosing.advise([one.pk])
    assert (advice.ids[0], set(advice.forbidden)) == (four.pk, {two.pk})
    assert choosing.advise([]).ids == []


def test_older_days_weigh_less_and_are_forgotten() -> None:
    look(uuid4(), 1, 2)
    rollups.run()
    ProductPair.objects.filter(product_id=2).update(viewed=counting.FORGOTTEN)
    SeenProduct.objects.update(day=timezone.now().date() - timedelta(days=3))
    assert counting.fade() == 1
    assert pairs() == {(1, 2): pytest.approx(counting.DAILY_FADING)}
    assert not SeenProduct.objects.exists()
