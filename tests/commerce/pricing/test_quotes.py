"""The arithmetic of a quote: whatever is in the cart, the parts add up to the unit."""

import random
from decimal import Decimal
from typing import Any

import pytest

from commerce.pricing.quotes import (
    Problem,
    Quote,
    QuoteLine,
    Rule,
    Shipping,
    Sold,
    apply_promotions,
    apply_tax,
)
from core.money import Money

RATES = ["0", "0.05", "0.07", "0.08875", "0.19", "0.2", "0.25", "0.04", "0.12", "1"]


def sold(number: int = 1, **fields: object) -> Sold:
    """A variant on sale."""
    return Sold(
        **{
            "variant_id": number,
            "product_id": number * 10,
            "sku": f"SKU-{number}",
            "name": f"Thing {number}",
            "slug": f"thing-{number}",
            "url": "",
            "options": {},
            "image": None,
            "is_listed": True,
            "unit_minor": 1000,
            "compare_at_minor": None,
            "on_hand": 100,
            "reserved": 0,
            "backorder_limit": 0,
            "low_stock_threshold": 3,
            "brand_id": None,
            "category_path": "",
            "tax_class": "standard",
            "taxable": True,
            "requires_shipping": True,
            "weight_grams": 0,
            **fields,
        }  # type: ignore[arg-type]
    )


def rule(kind: str = "percentage", **fields: object) -> Rule:
    """A promotion that holds."""
    return Rule(
        **{
            "id": 1,
            "name": "Sale",
            "code": "",
            "kind": kind,
            "percent": Decimal(10),
            "amount_minor": 0,
            "min_subtotal_minor": 0,
            "category_ids": frozenset(),
            "brand_ids": frozenset(),
            "product_ids": frozenset(),
            **fields,
        }  # type: ignore[arg-type]
    )


def quoted(*lines: tuple[Sold, int], included: bool = False, shipping: int | None = None) -> Quote:
    """A quote of so many of each."""
    return Quote(
        currency="USD",
        lines=[QuoteLine(one, n, one.problem(n)) for one, n in lines],
        tax_included=included,
        shipping=None if shipping is None else Shipping(1, "Standard", shipping, 2, 5),
    )


def must_add_up(quote: Quote) -> None:
    """Everything that a shopper or a bookkeeper could add."""
    for line in quote.lines:
        assert line.total_minor == line.subtotal_minor - sum(d.amount_minor for d in line.discounts)
        assert 0 <= line.total_minor <= line.subtotal_minor
        assert 0 <= line.tax_minor <= line.total_minor
        assert all(discount.amount_minor > 0 for discount in line.discounts)
    assert quote.subtotal_minor == sum(line.subtotal_minor for line in quote.lines)
    assert quote.tax_minor == sum(ln.tax_minor for ln in quote.lines) + quote.shipping_tax_minor
    assert quote.total_minor == (
        sum(line.total_minor for line in quote.lines)
        + quote.shipping_minor
        + (0 if quote.tax_included else quote.tax_minor)
    )
    # The discounts of the whole are those of the lines, rule by rule; shipping has its own.
    by_rule: dict[int, int] = {}
    for line in quote.lines:
        for discount in line.discounts:
            by_rule[discount.promotion_id] = (
                by_rule.get(discount.promotion_id, 0) + discount.amount_minor
            )
    whole = {d.promotion_id: d.amount_minor for d in quote.discounts}
    assert by_rule == whole
    free = sum(d.amount_minor for d in quote.shipping_discounts)
    assert free == quote.shipping_discount_minor


@pytest.mark.parametrize("seed", range(400))
def test_any_cart_adds_up_to_the_unit(seed: int) -> None:
    chance = random.Random(seed)
    lines = [
        (
            sold(
                number,
                unit_minor=chance.choice([0, 1, 3, 99, 333, 1999, 129999, 10**13]),
                tax_class=chance.choice(["standard", "reduced", "zero"]),
                taxable=chance.random() < 0.9,
                brand_id=chance.choice([None, 1, 2]),
                category_path=chance.choice(["", "/1/", "/1/2/", "/3/"]),
                is_listed=chance.random() < 0.95,
            ),
            chance.randint(1, 100),
        )
        for number in range(1, chance.randint(2, 12))
    ]
    rules = [
        rule(
            chance.choice(["percentage", "fixed"]),
            id=number,
            percent=Decimal(chance.choice(["0.01", "3", "10", "33.33", "50", "99.99", "100"])),
            amount_minor=chance.choice([0, 1, 7, 1000, 10**7, 10**15]),
            min_subtotal_minor=chance.choice([0, 0, 5000, 10**9]),
            brand_ids=frozenset(chance.sample([1, 2], chance.choice([0, 0, 1]))),
            category_ids=frozenset(chance.sample([1, 2, 3], chance.choice([0, 0, 1]))),
        )
        for number in range(1, chance.randint(1, 6))
    ]
    if chance.random() < 0.3:
        rules.append(rule("free_shipping", id=99, name="Free"))
    quote = quoted(
        *lines, included=chance.random() < 0.5, shipping=chance.choice([None, 0, 1, 499, 2500])
    )
    apply_promotions(quote, rules)
    apply_tax(
        quote,
        {c: Decimal(chance.choice(RATES)) for c in ("standard", "reduced")},
        Decimal(chance.choice(RATES)),
    )
    must_add_up(quote)
    assert sum(line.tax_minor for line in quote.lines if not line.sold.taxable) == 0
    assert quote.total_minor >= 0


@pytest.mark.parametrize("rate", RATES)
def test_included_tax_is_the_exact_share_rounded_half_up(rate: str) -> None:
    numerator, denominator = Decimal(rate).as_integer_ratio()
    for amount in range(2000):
        quote = quoted((sold(unit_minor=amount), 1), included=True)
        apply_tax(quote, {"standard": Decimal(rate)}, Decimal(0))
        whole = denominator + numerator
        assert quote.tax_minor == (2 * amount * numerator + whole) // (2 * whole), amount
        assert quote.total_minor == amount


def test_added_tax_is_rounded_per_line() -> None:
    quote = quoted((sold(1, unit_minor=999), 1), (sold(2, unit_minor=999), 1), shipping=500)
    apply_tax(quote, {"standard": Decimal("0.0725")}, Decimal("0.0725"))
    # 72.4275 each, 36.25 on the shipping
    assert [line.tax_minor for line in quote.lines] == [72, 72]
    assert quote.shipping_tax_minor == 36
    assert quote.total_minor == 999 * 2 + 500 + 72 * 2 + 36


def test_a_discount_is_divided_by_largest_remainder() -> None:
    quote = quoted(*[(sold(n, unit_minor=100), 1) for n in (1, 2, 3)])
    apply_promotions(quote, [rule("fixed", amount_minor=100)])
    assert [line.discount_minor for line in quote.lines] == [34, 33, 33]
    assert quote.total_minor == 200


def test_promotions_go_by_priority_each_on_what_is_left() -> None:
    ten, five_off = rule(percent=Decimal(10)), rule("fixed", id=2, amount_minor=500)
    first = quoted((sold(unit_minor=1000), 2))
    apply_promotions(first, [ten, five_off])
    assert [d.amount_minor for d in first.discounts] == [200, 500]

    other = quoted((sold(unit_minor=1000), 2))
    apply_promotions(other, [five_off, ten])
    assert [d.amount_minor for d in other.discounts] == [500, 150]


def test_no_promotion_takes_more_than_there_is() -> None:
    quote = quoted((sold(unit_minor=300), 1), shipping=500)
    apply_promotions(quote, [rule("fixed", amount_minor=1000), rule(id=2, code="TEN")])
    assert quote.discount_minor == 300
    assert quote.total_minor == 500
    assert quote.refused_codes == {"TEN": "Nothing in the cart is part of it."}


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        ({}, [True, True, True]),
        ({"product_ids": frozenset([10])}, [True, False, False]),
        ({"brand_ids": frozenset([7])}, [False, True, False]),
        ({"category_ids": frozenset([1])}, [True, False, True]),
        ({"category_ids": frozenset([12])}, [False, False, True]),
        ({"category_ids": frozenset([2])}, [False, False, False]),
        ({"product_ids": frozenset([10]), "brand_ids": frozenset([7])}, [True, True, False]),
    ],
)
def test_a_scope_is_any_of_its_products_brands_and_categories(
    scope: dict[str, Any], fits: list[bool]
) -> None:
    things = [sold(1, category_path="/1/"), sold(2, brand_id=7), sold(3, category_path="/1/12/")]
    assert [rule(**scope).fits(thing) for thing in things] == fits


def test_a_minimum_counts_the_list_prices() -> None:
    reached = quoted((sold(unit_minor=1000), 5))
    apply_promotions(reached, [rule(id=2), rule(min_subtotal_minor=5000, code="BIG")])
    assert [d.amount_minor for d in reached.discounts] == [500, 450]

    missed = quoted((sold(unit_minor=1000), 5))
    apply_promotions(missed, [rule(min_subtotal_minor=5001, code="BIG")])
    assert missed.discounts == []
    assert missed.refused_codes == {"BIG": "The cart has not reached the minimum for it."}


def test_a_code_that_takes_nothing_off_says_so() -> None:
    """A fixed amount in other currencies only, or a percentage of next to nothing."""
    for useless in (rule("fixed", code="FIVE"), rule(percent=Decimal("0.01"), code="FIVE")):
        quote = quoted((sold(unit_minor=100), 1))
        apply_promotions(quote, [useless])
        assert quote.discounts == []
        assert quote.refused_codes == {"FIVE": "It takes nothing off this cart."}


def test_shipping_is_free_once() -> None:
    quote = quoted((sold(), 1), shipping=500)
    free = rule("free_shipping", name="Free")
    apply_promotions(quote, [free, rule("free_shipping", id=2, name="Free", code="SHIP")])
    assert [(d.code, d.amount_minor) for d in quote.shipping_discounts] == [("", 500), ("SHIP", 0)]
    assert quote.discounts == []
    assert quote.shipping_minor == 0
    assert quote.ships_free


def test_what_nobody_can_buy_costs_nothing_and_gets_no_discount() -> None:
    gone, priceless = sold(1, is_listed=False), sold(2, unit_minor=None)
    quote = quoted((gone, 2), (priceless, 1), (sold(3), 1))
    apply_promotions(quote, [rule()])
    apply_tax(quote, {"standard": Decimal("0.1")}, Decimal(0))
    assert [line.total_minor for line in quote.lines] == [0, 0, 900]
    assert quote.total_minor == 990
    assert quote.problems == [
        Problem("unavailable", "This product is no longer for sale."),
        Problem("no_price", "This product has no price in this currency."),
    ]


@pytest.mark.parametrize(
    ("stock", "quantity", "problem", "state"),
    [
        ({"on_hand": 4}, 4, None, "in_stock"),
        ({"on_hand": 3}, 3, None, "low"),
        ({"on_hand": 3}, 4, Problem("not_enough_stock", "Only 3 left.", 3), "low"),
        ({"on_hand": 5, "reserved": 5}, 1, Problem("out_of_stock", "This product is sold out."),
         "out"),
        ({"on_hand": 0, "backorder_limit": 2}, 2, None, "backorder"),
        ({"on_hand": 1, "reserved": 2, "backorder_limit": 2}, 2,
         Problem("not_enough_stock", "Only 1 left.", 1), "backorder"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way(
    stock: dict[str, int], quantity: int, problem: Problem | None, state: str
) -> None:
    thing = sold(**stock)
    assert thing.problem(quantity) == problem
    assert thing.state == state


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [("USD", 129999, "1299.99"), ("JPY", 129999, "129999"), ("KWD", 129999, "129.999")],
)
def test_a_currency_has_its_own_decimals(currency: str, minor: int, shown: str) -> None:
    assert Money(minor, currency).json() == {"amount": shown, "currency": currency}
