"""Which promotions, codes and taxes hold, and how often a code is used."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from commerce.pricing import rulebook, services
from commerce.pricing.errors import CodeNotValid
from commerce.pricing.models import Code, Promotion, Redemption, TaxRate
from commerce.pricing.selectors import live_rules, tax_rates
from tests.factories import (
    make_brand,
    make_category,
    make_code,
    make_customer,
    make_promotion,
    make_rate,
    make_shipping,
    make_tax,
    make_variant,
)

pytestmark = pytest.mark.django_db


def names(currency: str = "USD", codes: tuple[str, ...] = ()) -> list[str]:
    return [rule.name for rule in live_rules(rulebook.current(), currency=currency, codes=codes)[0]]


def test_only_what_is_on_holds_in_the_order_of_its_priority() -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    make_promotion("second", percent="5", priority=2)
    make_promotion("first", percent="5", priority=1)
    make_promotion("third", percent="5", priority=2)
    make_promotion("now", percent="5", starts_at=now - hour, ends_at=now + hour, priority=9)
    make_promotion("off", percent="5", is_active=False)
    make_promotion("over", percent="5", starts_at=now - 2 * hour, ends_at=now - hour)
    make_promotion("ends this instant", percent="5", ends_at=now)
    make_promotion("later", percent="5", starts_at=now + hour)
    make_promotion("with code", percent="5", needs_code=True)
    assert names() == ["first", "second", "third", "now"]


def test_a_code_in_any_case_brings_its_promotion() -> None:
    code = make_code("Spring")
    rules, unknown = live_rules(rulebook.current(), currency="USD", codes=["sPRING", "nothing"])
    assert [(rule.name, rule.code) for rule in rules] == [("With Spring", "Spring")]
    assert unknown == ["nothing"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.create(code="SPRING", promotion=code.promotion)


def test_a_code_without_its_promotion_is_unknown() -> None:
    over = make_promotion("over", percent="5", needs_code=True, is_active=False)
    make_code("OVER", promotion=over)
    used_up = make_code("USED", max_uses=1)
    Code.objects.filter(pk=used_up.pk).update(used=1)
    rules, unknown = live_rules(rulebook.current(), currency="USD", codes=["OVER", "USED"])
    assert rules == []
    assert sorted(unknown) == ["OVER", "USED"]


def test_amounts_are_those_of_the_currency() -> None:
    make_promotion("off", fixed={"USD": 1000, "EUR": 900}, min_subtotals_minor={"USD": 5000})
    [rule] = live_rules(rulebook.current(), currency="USD")[0]
    assert (rule.amount_minor, rule.min_subtotal_minor) == (1000, 5000)


def test_a_minimum_is_not_dodged_by_another_currency() -> None:
    make_promotion("big carts", percent="20", min_subtotals_minor={"USD": 100000})
    make_code(
        "BIG",
        promotion=make_promotion(
            "typed", percent="20", needs_code=True, min_subtotals_minor={"USD": 100000}
        ),
    )
    assert names("USD", ("BIG",)) == ["big carts", "typed"]
    assert live_rules(rulebook.current(), currency="EUR", codes=["BIG"]) == ([], ["BIG"])


@pytest.mark.parametrize("bad", [{"percent": -1}, {"percent": 101}])
def test_the_database_keeps_percentages_in_bounds(bad: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Promotion.objects.create(name="bad", kind="percentage", **bad)


def test_a_region_goes_before_its_country() -> None:
    make_tax("0.05")
    make_tax("0.08875", region="NY", on_shipping=True)
    make_tax("0.02", tax_class="reduced")
    make_tax("0.19", country="DE")
    assert tax_rates(rulebook.current(), country="US", region="NY") == (
        {"standard": Decimal("0.08875"), "reduced": Decimal("0.02")},
        Decimal("0.08875"),
    )
    assert tax_rates(rulebook.current(), country="US", region="CA")[0]["standard"] == Decimal(
        "0.05"
    )
    assert tax_rates(rulebook.current(), country="FR", region="") == ({}, Decimal(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        TaxRate.objects.create(name="bad", country="FR", rate=Decimal("1.5"))


def test_a_use_is_counted_once_per_order_and_given_back_once() -> None:
    code = make_code("SPRING", max_uses=2)
    order = uuid4()
    services.redeem(codes=["spring"], order_id=order, customer_id=None, email="a@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        services.redeem(codes=["spring"], order_id=order, customer_id=None, email="a@example.com")
    code.refresh_from_db()
    assert code.used == 1

    services.give_back_codes(order_id=order)
    services.give_back_codes(order_id=order)
    code.refresh_from_db()
    assert code.used == 0
    assert not Redemption.objects.exists()


def test_a_code_is_used_no_more_often_than_it_may() -> None:
    code = make_code("SPRING", max_uses=1)
    services.redeem(codes=["SPRING"], order_id=uuid4(), customer_id=None, email="a@example.com")
    with pytest.raises(CodeNotValid):
        services.redeem(codes=["SPRING"], order_id=uuid4(), customer_id=None, email="b@b.example")

    code.refresh_from_db()
    assert code.used == 1
    assert Redemption.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.filter(pk=code.pk).update(used=2)


def test_a_customer_uses_a_code_as_often_as_allowed_by_account_or_by_address() -> None:
    ada = make_customer("ada@example.com")
    code = make_code("ONCE", max_uses_per_customer=1)
    services.redeem(codes=["ONCE"], order_id=uuid4(), customer_id=ada.pk, email=ada.email)
    for customer_id, email in [(ada.pk, "other@example.com"), (None, "ADA@example.com")]:
        with pytest.raises(CodeNotValid) as caught:
            services.redeem(codes=["ONCE"], order_id=uuid4(), customer_id=customer_id, email=email)
        assert caught.value.detail == "“ONCE” cannot be used. You have used it already."
    code.refresh_from_db()
    assert code.used == 1

    services.redeem(codes=["ONCE"], order_id=uuid4(), customer_id=None, email="bob@example.com")
    code.refresh_from_db()
    assert code.used == 2


def test_one_refused_code_counts_no_other() -> None:
    make_code("ANY")
    make_code("LAST", max_uses=0)
    with pytest.raises(CodeNotValid):
        services.redeem(
            codes=["LAST", "ANY"], order_id=uuid4(), customer_id=None, email="a@example.com"
        )
    assert set(Code.objects.values_list("used", flat=True)) == {0}
    assert not Redemption.objects.exists()


def test_a_whole_quote() -> None:
    """Scope by brand and category, fixed after percentage, tax of a region, free shipping."""
    chairs = make_category("Chairs")
    office = make_category("Office", parent=chairs)
    aurora = make_brand("Aurora")
    chair = make_variant("Chair", price={"USD": 129999}, category=office, brand=aurora)
    mug = make_variant("Mug", price={"USD": 1299}, tax_class="reduced")
    method = make_shipping(price={"USD": 4900})
    make_rate(method, price_minor=0, min_subtotal_minor=500_000)
    make_tax("0.08875", region="NY", on_shipping=True)
    make_tax("0.02", tax_class="reduced")
    make_promotion("Chair week", percent="15", category_ids=[chairs.pk], priority=1)
    make_promotion("Off", fixed={"USD": 1000}, brand_ids=[aurora.pk], priority=2)
    make_code("SHIP", promotion=make_promotion("Free shipping", needs_code=True))

    quote = services.quote(
        wanted={chair.pk: 2, mug.pk: 3},
        currency="USD",
        codes=["ship"],
        country="US",
        region="NY",
        shipping_method=method.pk,
    )

    # 2 × 1299.99 = 2599.98; 15 % = 390.00 (389.997); then 10.00
    assert [(d.name, d.amount_minor) for d in quote.discounts] == [
        ("Chair week", 39000),
        ("Off", 1000),
    ]
    assert [(d.code, d.amount_minor) for d in quote.shipping_discounts] == [("SHIP", 4900)]
    assert [line.total_minor for line in quote.lines] == [219998, 3897]
    # 2199.98 × 8.875 % = 195.248; 38.97 × 2 % = 0.779
    assert [line.tax_minor for line in quote.lines] == [19525, 78]
    assert (quote.shipping_minor, quote.shipping_tax_minor) == (0, 0)
    assert quote.total_minor == 219998 + 3897 + 19525 + 78


def test_a_quote_of_fifty_lines_asks_as_often_as_one_of_one(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    make_shipping()
    variants = [make_variant(f"Thing {n}") for n in range(50)]
    rulebook.current()
    for wanted in (variants[:1], variants):
        with django_assert_num_queries(3):  # type: ignore[operator]
            services.quote(
                wanted={v.pk: 1 for v in wanted}, currency="USD", codes=["X"], country="US"
            )


def test_a_change_of_the_rules_holds_at_once() -> None:
    """Every process keeps what it has read, as long as nothing was changed."""
    mug = make_variant("Mug", price={"USD": 1000})
    method = make_shipping(price={"USD": 500})

    def total() -> int:
        return services.quote(wanted={mug.pk: 1}, currency="USD", country="US").total_minor

    assert total() == 1500
    promotion = make_promotion("Sale", percent="10")
    assert total() == 1400
    promotion.percent = Decimal(50)
    promotion.save()
    assert total() == 1000
    tax = make_tax("0.1")
    assert total() == 1050
    rate = make_rate(method, price_minor=100, min_subtotal_minor=1)
    assert total() == 650
    for row in (tax, promotion, rate):
        row.delete()
    assert total() == 1500


def test_rules_that_were_rolled_back_never_hold() -> None:
    mug = make_variant("Mug", price={"USD": 1000})

    def total() -> int:
        return services.quote(wanted={mug.pk: 1}, currency="USD", country="US").total_minor

    assert total() == 1000
    with transaction.atomic():
        make_promotion("Sale", percent="10")
        assert total() == 900
        transaction.set_rollback(True)
    assert total() == 1000
