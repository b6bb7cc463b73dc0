"""Stock is held for a whole order or not at all, and every change is in the ledger."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from commerce.catalogue.models import Variant
from commerce.inventory import services
from commerce.inventory.errors import OutOfStock, Shortage, StockBelowReserved
from commerce.inventory.models import MovementKind, Reservation, StockLevel, StockMovement
from commerce.inventory.selectors import low_stock
from core.errors import DomainError, ValidationFailed
from core.models import OutboxEvent
from tests.factories import count_up, ledger_of, make_variant, stock_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

SOON = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def mug() -> Variant:
    return make_variant("Mug", stock=5)


@pytest.fixture
def scarf() -> Variant:
    return make_variant("Scarf", stock=2)


def held() -> list[tuple[int, int, datetime | None]]:
    rows = Reservation.objects.order_by("variant_id")
    return list(rows.values_list("variant_id", "quantity", "expires_at"))


def announced() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("name", flat=True))


def test_an_order_holds_all_its_lines(mug: Variant, scarf: Variant) -> None:
    services.reserve(order_id=uuid4(), wanted=Counter({scarf.pk: 2, mug.pk: 3}), expires_at=SOON)

    assert held() == [(mug.pk, 3, SOON), (scarf.pk, 2, SOON)]
    assert stock_of(mug) == (5, 3)
    assert stock_of(scarf) == (2, 2)
    assert ledger_of(mug) == [("received", 5, 0), ("reserved", 0, 3)]


def test_one_short_line_holds_nothing(mug: Variant, scarf: Variant) -> None:
    before = announced()
    with pytest.raises(OutOfStock) as caught, transaction.atomic():
        services.reserve(
            order_id=uuid4(), wanted=Counter({mug.pk: 2, scarf.pk: 3}), expires_at=SOON
        )

    assert caught.value.shortages == [Shortage(scarf.pk, wanted=3, available=2)]
    assert held() == []
    assert stock_of(mug) == (5, 0)
    assert stock_of(scarf) == (2, 0)
    assert ledger_of(mug) == [("received", 5, 0)]
    assert announced() == before


def test_every_short_line_is_named_in_id_order(mug: Variant, scarf: Variant) -> None:
    unknown = scarf.pk + 1000
    with pytest.raises(OutOfStock) as caught, transaction.atomic():
        services.reserve(
            order_id=uuid4(),
            wanted=Counter({unknown: 1, scarf.pk: 3, mug.pk: 6}),
            expires_at=None,
        )

    assert caught.value.shortages == [
        Shortage(mug.pk, wanted=6, available=5),
        Shortage(scarf.pk, wanted=3, available=2),
        Shortage(unknown, wanted=1, available=0),
    ]
    assert held() == []


def test_what_is_left_counts_what_others_hold(mug: Variant) -> None:
    services.reserve(order_id=uuid4(), wanted=Counter({mug.pk: 4}), expires_at=SOON)
    with pytest.raises(OutOfStock) as caught, transaction.atomic():
        services.reserve(order_id=uuid4(), wanted=Counter({mug.pk: 2}), expires_at=SOON)

    assert caught.value.shortages == [Shortage(mug.pk, wanted=2, available=1)]
    assert stock_of(mug) == (5, 4)


def test_an_order_reserves_a_variant_once(mug: Variant) -> None:
    order = uuid4()
    services.reserve(order_id=order, wanted=Counter({mug.pk: 1}), expires_at=SOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        services.reserve(order_id=order, wanted=Counter({mug.pk: 1}), expires_at=SOON)

    assert stock_of(mug) == (5, 1)


def test_backorders_go_as_far_as_their_limit() -> None:
    bed = make_variant("Bed", stock=1, backorder_limit=2)
    services.reserve(order_id=uuid4(), wanted=Counter({bed.pk: 3}), expires_at=SOON)

    assert stock_of(bed) == (1, 3)
    with pytest.raises(OutOfStock) as caught, transaction.atomic():
        services.reserve(order_id=uuid4(), wanted=Counter({bed.pk: 1}), expires_at=SOON)
    assert caught.value.shortages == [Shortage(bed.pk, wanted=1, available=0)]
    assert stock_of(bed) == (1, 3)


def test_a_backorder_ships_once_its_goods_are_there() -> None:
    bed = make_variant("Bed", stock=1, backorder_limit=2)
    order = uuid4()
    services.reserve(order_id=order, wanted=Counter({bed.pk: 3}), expires_at=None)
    with pytest.raises(OutOfStock) as caught:
        services.commit(order_id=order, quantities=Counter({bed.pk: 2}))
    assert caught.value.shortages == [Shortage(bed.pk, wanted=2, available=1)]
    assert stock_of(bed) == (1, 3)

    services.adjust(variant_id=bed.pk, delta=5, kind=MovementKind.RECEIVED)
    services.commit(order_id=order, quantities=Counter({bed.pk: 3}))

    assert stock_of(bed) == (3, 0)
    assert held() == []
    assert count_up(bed) == (3, 0)


def test_releasing_twice_gives_back_once(mug: Variant) -> None:
    order, other = uuid4(), uuid4()
    services.reserve(order_id=order, wanted=Counter({mug.pk: 2}), expires_at=SOON)
    services.reserve(order_id=other, wanted=Counter({mug.pk: 1}), expires_at=SOON)

    services.release(order_id=order, reason="cancelled")
    services.release(order_id=order, reason="cancelled")

    assert held() == [(mug.pk, 1, SOON)]
    assert stock_of(mug) == (5, 1)
    assert ledger_of(mug) == [
        ("received", 5, 0),
        ("reserved", 0, 2),
        ("reserved", 0, 1),
        ("released", 0, -2),
    ]


def test_releasing_what_nobody_holds_does_nothing(mug: Variant) -> None:
    services.release(order_id=uuid4())
    assert ledger_of(mug) == [("received", 5, 0)]


def test_a_part_can_be_shipped_and_the_rest_released(mug: Variant, scarf: Variant) -> None:
    order = uuid4()
    services.reserve(order_id=order, wanted=Counter({mug.pk: 3, scarf.pk: 1}), expires_at=None)

    services.commit(order_id=order, quantities=Counter({mug.pk: 2}))
    assert held() == [(mug.pk, 1, None), (scarf.pk, 1, None)]
    assert stock_of(mug) == (3, 1)
    assert stock_of(scarf) == (2, 1)

    services.release(order_id=order)
    assert held() == []
    assert stock_of(mug) == (3, 0)
    assert stock_of(scarf) == (2, 0)
    assert count_up(mug) == (3, 0)


def test_no_more_is_shipped_than_is_held(mug: Variant, scarf: Variant) -> None:
    order = uuid4()
    services.reserve(order_id=order, wanted=Counter({mug.pk: 2}), expires_at=None)
    for quantities in (Counter({mug.pk: 3}), Counter({mug.pk: 1, scarf.pk: 1})):
        with pytest.raises(ValidationFailed):
            services.commit(order_id=order, quantities=quantities)

    assert stock_of(mug) == (5, 2)
    assert stock_of(scarf) == (2, 0)
    assert held() == [(mug.pk, 2, None)]


def test_confirming_takes_the_time_limit_away(mug: Variant) -> None:
    order = uuid4()
    services.reserve(order_id=order, wanted=Counter({mug.pk: 2}), expires_at=SOON)
    services.confirm(order_id=order)

    assert held() == [(mug.pk, 2, None)]
    assert services.expired_orders(now=SOON + timedelta(days=1)) == []


def test_expired_orders_come_oldest_first_and_once_each(mug: Variant, scarf: Variant) -> None:
    late, early, never = uuid4(), uuid4(), uuid4()
    services.reserve(order_id=late, wanted=Counter({mug.pk: 1}), expires_at=SOON)
    services.reserve(
        order_id=early,
        wanted=Counter({mug.pk: 1, scarf.pk: 1}),
        expires_at=SOON - timedelta(hours=1),
    )
    services.reserve(order_id=never, wanted=Counter({mug.pk: 1}), expires_at=None)

    assert services.expired_orders(now=SOON) == [early]
    assert services.expired_orders(now=SOON + timedelta(seconds=1)) == [early, late]


def test_returned_units_go_back_on_the_shelf(mug: Variant) -> None:
    order = uuid4()
    services.reserve(order_id=order, wanted=Counter({mug.pk: 2}), expires_at=None)
    services.commit(order_id=order, quantities=Counter({mug.pk: 2}))
    services.restock(order_id=order, quantities=Counter({mug.pk: 1}), reason="scratched box")

    assert stock_of(mug) == (4, 0)
    assert ledger_of(mug)[-1] == ("returned", 1, 0)
    assert count_up(mug) == (4, 0)


@pytest.mark.parametrize(
    ("delta", "error"),
    [(-3, StockBelowReserved), (-6, ValidationFailed), (10**9, ValidationFailed)],
)
def test_an_adjustment_that_cannot_be_changes_nothing(
    mug: Variant, delta: int, error: type[DomainError]
) -> None:
    services.reserve(order_id=uuid4(), wanted=Counter({mug.pk: 3}), expires_at=None)
    with pytest.raises(error):
        services.adjust(variant_id=mug.pk, delta=delta, kind=MovementKind.DAMAGED)

    assert stock_of(mug) == (5, 3)
    assert ledger_of(mug) == [("received", 5, 0), ("reserved", 0, 3)]


def test_an_adjustment_may_take_what_is_free(mug: Variant) -> None:
    services.reserve(order_id=uuid4(), wanted=Counter({mug.pk: 3}), expires_at=None)
    level = services.adjust(
        variant_id=mug.pk, delta=-2, kind=MovementKind.DAMAGED, reason="dropped"
    )

    assert (level.on_hand, level.reserved, level.available) == (3, 3, 0)
    movement = StockMovement.objects.latest("id")
    assert (movement.kind, movement.on_hand_delta, movement.reason) == ("damaged", -2, "dropped")


def test_an_adjustment_by_nothing_is_not_written_down(mug: Variant) -> None:
    services.adjust(variant_id=mug.pk, delta=0, kind=MovementKind.CORRECTED)
    services.set_on_hand(variant_id=mug.pk, on_hand=5)
    assert ledger_of(mug) == [("received", 5, 0)]


def test_a_count_writes_the_difference(mug: Variant) -> None:
    services.set_on_hand(variant_id=mug.pk, on_hand=3)
    assert stock_of(mug) == (3, 0)
    assert ledger_of(mug)[-1] == ("counted", -2, 0)


def test_a_backorder_limit_is_not_lowered_under_what_is_promised() -> None:
    bed = make_variant("Bed", stock=1, backorder_limit=2)
    services.reserve(order_id=uuid4(), wanted=Counter({bed.pk: 3}), expires_at=None)
    with pytest.raises(StockBelowReserved):
        services.configure(bed.pk, backorder_limit=1)

    assert StockLevel.objects.get(variant=bed).backorder_limit == 2


@pytest.mark.parametrize(
    "change",
    [
        {"reserved": F("on_hand") + 1},
        {"reserved": -1},
        {"on_hand": -1},
        {"on_hand": F("reserved") - 1},
    ],
    ids=["oversold", "reserved below 0", "on hand below 0", "taken from under orders"],
)
def test_the_database_itself_refuses(mug: Variant, change: dict[str, object]) -> None:
    services.reserve(order_id=uuid4(), wanted=Counter({mug.pk: 3}), expires_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockLevel.objects.filter(variant=mug).update(**change)

    assert stock_of(mug) == (5, 3)


def test_availability_is_announced_only_when_it_reads_differently() -> None:
    desk = make_variant("Desk", stock=100)
    before = len(announced())
    services.reserve(order_id=uuid4(), wanted=Counter({desk.pk: 90}), expires_at=None)
    assert announced()[before:] == []

    services.reserve(order_id=uuid4(), wanted=Counter({desk.pk: 8}), expires_at=None)
    assert announced()[before:] == ["inventory.availability_changed", "inventory.stock_low"]

    services.reserve(order_id=uuid4(), wanted=Counter({desk.pk: 2}), expires_at=None)
    assert announced()[before + 2 :] == ["inventory.availability_changed"]


def test_low_stock_lists_what_is_on_sale_scarcest_first(mug: Variant, scarf: Variant) -> None:
    sold_out = make_variant("Vase", stock=0)
    make_variant("Draft", stock=0, listed=False)
    assert [level.variant_id for level in low_stock()] == [sold_out.pk, scarf.pk]


@pytest.mark.parametrize("seed", range(5))
def test_after_anything_at_all_the_ledger_adds_up_to_the_stock(seed: int) -> None:
    chance = random.Random(seed)
    variants = [make_variant(f"Thing {n}", stock=chance.randint(0, 20)) for n in range(4)]
    services.configure(variants[0].pk, backorder_limit=5)
    open_orders: dict[object, Counter[int]] = {}
    refused = 0
    for _ in range(80):
        variant = chance.choice(variants)
        order = chance.choice([*open_orders]) if open_orders else None
        some = Counter(
            {v.pk: chance.randint(1, 6) for v in chance.sample(variants, chance.randint(1, 4))}
        )
        action = chance.randrange(6)
        try:
            with transaction.atomic():
                if action == 0:
                    new = uuid4()
                    services.reserve(order_id=new, wanted=some, expires_at=SOON)
                    open_orders[new] = some
                elif action == 1 and order:
                    services.release(order_id=order)  # type: ignore[arg-type]
                    if chance.random() < 0.5:
                        del open_orders[order]
                elif action == 2 and order:
                    services.commit(order_id=order, quantities=some)  # type: ignore[arg-type]
                elif action == 3:
                    services.adjust(
                        variant_id=variant.pk,
                        delta=chance.randint(-5, 5),
                        kind=MovementKind.CORRECTED,
                    )
                elif action == 4:
                    services.set_on_hand(variant_id=variant.pk, on_hand=chance.randint(0, 25))
                elif action == 5 and order:
                    services.restock(order_id=order, quantities=some)  # type: ignore[arg-type]
        except (OutOfStock, StockBelowReserved, ValidationFailed):
            refused += 1
        except DatabaseError as error:
            pytest.fail(f"The database had to refuse: {error}")
        for each in variants:
            assert count_up(each) == stock_of(each)
    assert refused
    for each in variants:
        rows = Reservation.objects.filter(variant=each).values_list("quantity", flat=True)
        assert stock_of(each)[1] == sum(rows)
