from decimal import Decimal

import pytest

from core.money import (
    CurrencyMismatch,
    InvalidAmount,
    Money,
    UnknownCurrency,
    exponent,
    share,
    split,
)


def test_each_currency_has_its_own_decimals():
    assert {code: exponent(code) for code in ("USD", "JPY", "KWD", "CLF")} == {
        "USD": 2,
        "JPY": 0,
        "KWD": 3,
        "CLF": 4,
    }


@pytest.mark.parametrize("currency", ["XAU", "XXX", "usd", "", "US", "ABC"])
def test_what_is_no_currency_is_refused(currency):
    with pytest.raises(UnknownCurrency):
        exponent(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        (129999, "USD", "1299.99"),
        (5, "USD", "0.05"),
        (-5, "USD", "-0.05"),
        (0, "KWD", "0.000"),
        (12, "JPY", "12"),
        (-1, "KWD", "-0.001"),
    ],
)
def test_an_amount_is_written_and_read_back(minor, currency, amount):
    money = Money(minor, currency)

    assert money.json() == {"amount": amount, "currency": currency}
    assert Money.parse(amount, currency) == money
    assert Money.parse(Decimal(amount), currency) == money


def test_whole_units_and_surplus_zeros_are_read():
    assert Money.parse(12, "USD") == Money(1200, "USD")
    assert Money.parse("12.00", "JPY") == Money(12, "JPY")
    assert Money.parse(Decimal("1E+2"), "USD") == Money(10000, "USD")


@pytest.mark.parametrize(
    "amount",
    ["NaN", "inf", "-Infinity", "1e3", "1.999", "", " ", "1,50", "１", "abc", "1" * 30, "--1"]
    + [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999999"), Decimal("0.001")]
    + [10**14, True, 1.5, None],
)
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(InvalidAmount) as caught:
        Money.parse(amount, "USD")

    assert (caught.value.status, caught.value.code) == (400, "validation_error")


def test_the_largest_amount_is_read():
    assert Money.parse("10000000000000.00", "USD").minor == 10**15


def test_arithmetic_stays_in_one_currency():
    assert Money(5, "EUR") + Money(7, "EUR") - Money(2, "EUR") == Money(10, "EUR")
    assert -(3 * Money(5, "EUR")) == Money(-15, "EUR") == Money(5, "EUR") * -3
    assert Money.zero("EUR") < Money(1, "EUR") <= Money(1, "EUR")
    assert Money(2, "EUR") > Money(1, "EUR") >= Money(1, "EUR")
    assert Money(1, "EUR") != Money(1, "USD")


@pytest.mark.parametrize(
    "mixed",
    [
        lambda: Money(1, "EUR") + Money(1, "USD"),
        lambda: Money(1, "EUR") - Money(1, "USD"),
        lambda: Money(1, "EUR") < Money(1, "USD"),
        lambda: max(Money(1, "EUR"), Money(2, "USD")),
    ],
)
def test_currencies_do_not_mix(mixed):
    with pytest.raises(CurrencyMismatch):
        mixed()


@pytest.mark.parametrize("factor", [0.5, Decimal("0.5"), True, "2"])
def test_money_is_multiplied_by_whole_numbers_alone(factor):
    with pytest.raises(TypeError):
        Money(1, "EUR") * factor


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [0, 0, 0], [4, 3, 3]),
        (10, [0, 5], [0, 10]),
        (0, [3, 4], [0, 0]),
        (1, [1, 2, 3], [0, 0, 1]),
        (7, [10**15, 10**15], [4, 3]),
        (0, [], []),
    ],
)
def test_parts_add_up(total, weights, parts):
    assert split(total, weights) == parts
    assert sum(parts) == total


def test_parts_add_up_whatever_the_weights():
    for total in range(-50, 51, 7):
        for weights in ([1, 2, 3, 4], [0, 1], [97, 3], [1] * 7, [0, 0]):
            assert sum(split(total, weights)) == total


@pytest.mark.parametrize(("total", "weights"), [(1, []), (5, [1, -1])])
def test_what_cannot_be_divided_is_refused(total, weights):
    with pytest.raises(ValueError, match="weight|divide"):
        split(total, weights)


@pytest.mark.parametrize(
    ("minor", "rate", "rounded"),
    [
        (5, "0.5", 3),
        (-5, "0.5", -3),
        (249, "0.01", 2),
        (250, "0.01", 3),
        (10**15, "0.19", 19 * 10**13),
        (999, "0", 0),
        (333, "0.0000000000000000000000000000000001", 0),
        (100, "-0.125", -13),
    ],
)
def test_a_share_is_rounded_half_up_on_its_magnitude(minor, rate, rounded):
    assert share(minor, Decimal(rate)) == rounded


def test_a_rate_has_to_be_finite():
    with pytest.raises(ValueError, match="finite"):
        share(1, Decimal("NaN"))
