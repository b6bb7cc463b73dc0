"""Money: integer minor units and an ISO 4217 currency, never a float.

Columns hold the integers (BigIntegerField), so sums in the database are exact on SQLite too,
where a decimal column would be added up as a float. Rounding happens in `share` and nowhere
else; what is divided is divided by `split`, whose parts always add up.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict

import iso4217

from core.errors import ValidationFailed

MAX_MINOR = 10**15

_EXPONENTS: dict[str, int] = {
    code: int(str(row["CcyMnrUnts"]))
    for code, row in iso4217.raw_table.items()
    if code and str(row["CcyMnrUnts"]).isdigit()
}
_PLAIN_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class MoneyShape(TypedDict):
    """An amount as a decimal string with the currency's own number of decimals."""

    amount: str
    currency: str


class UnknownCurrency(ValidationFailed, ValueError):
    """Not an ISO 4217 currency that has minor units."""


class InvalidAmount(ValidationFailed, ValueError):
    """Not a number that this currency can hold."""


class CurrencyMismatch(TypeError):
    """Two currencies met in one sum or comparison: a mistake of the calling code."""


def exponent(currency: str) -> int:
    """The currency's number of decimals: 2 for USD, 0 for JPY, 3 for KWD.

    Source: ISO 4217 list one. Raises UnknownCurrency, also for gold, test codes and the like.
    """
    try:
        return _EXPONENTS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(f"{str(currency)[:20]!r} is not a known currency.") from None


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` counts the currency's smallest unit (cents for USD) and may be negative.

    Two amounts in different currencies are unequal; ordering or adding them raises
    CurrencyMismatch.
    """

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> "Money":
        exponent(currency)
        return cls(0, currency)

    @classmethod
    def parse(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """Read an amount in whole units: "12.50" USD is 1250 minor, 12 JPY is 12 minor.

        Zeros after the last decimal are let through, other decimals too many are not. Raises
        InvalidAmount (not a finite plain number, too many decimals, over 10**15 minor units)
        and UnknownCurrency. Floats are refused: they have lost the amount already.
        """
        decimals = exponent(currency)
        if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
            raise InvalidAmount("An amount has to be a decimal string.")
        if isinstance(amount, str):
            if not _PLAIN_DECIMAL.fullmatch(amount.strip()):
                raise InvalidAmount(f"{amount[:40]!r} is not a decimal amount.")
            number = Decimal(amount.strip())
        else:
            number = Decimal(amount)
        if not number.is_finite():
            raise InvalidAmount("An amount has to be a finite number.")
        if number.adjusted() > 20:
            raise InvalidAmount("The amount is too large.")
        numerator, denominator = number.as_integer_ratio()
        minor, rest = divmod(numerator * 10**decimals, denominator)
        if rest:
            raise InvalidAmount(f"{currency} has {decimals} decimals.")
        if abs(minor) > MAX_MINOR:
            raise InvalidAmount("The amount is too large.")
        return cls(minor, currency)

    @property
    def amount(self) -> str:
        """The decimal string with the currency's own number of decimals, "-0.05" for -5 USD."""
        decimals = exponent(self.currency)
        if not decimals:
            return str(self.minor)
        digits = str(abs(self.minor)).rjust(decimals + 1, "0")
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"

    def json(self) -> MoneyShape:
        return {"amount": self.amount, "currency": self.currency}

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _minor_of(self, other: object) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"Money and {type(other).__name__} do not mix.")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix.")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._minor_of(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        if isinstance(times, bool) or not isinstance(times, int):
            raise TypeError("Money is multiplied by whole numbers; take a share() for a rate.")
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._minor_of(other)


zero: Callable[[str], Money] = Money.zero
parse: Callable[[str | int | Decimal, str], Money] = Money.parse


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Divide minor units in proportion to the weights, by largest remainder.

    The parts always add up to the total. What is left after the whole shares goes, one unit
    each, to the largest remainders, the earlier part first among equals. A negative total is
    divided as its magnitude. Weights that are all zero count as equal ones. Raises ValueError
    for a negative weight, and for no weights at all unless the total is zero.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight cannot be negative.")
    if not weights:
        if total_minor:
            raise ValueError("There is nothing to divide the amount among.")
        return []
    whole = sum(weights)
    shares = list(weights) if whole else [1] * len(weights)
    whole = whole or len(shares)
    magnitude = abs(total_minor)
    parts = [magnitude * weight // whole for weight in shares]
    remainders = [magnitude * weight % whole for weight in shares]
    left = magnitude - sum(parts)
    for index in sorted(range(len(parts)), key=lambda at: -remainders[at])[:left]:
        parts[index] += 1
    return [-part for part in parts] if total_minor < 0 else parts


def share(minor: int, rate: Decimal | Fraction) -> int:
    """`minor` times `rate` in whole minor units: the one place where money is rounded.

    Half up on the magnitude (2.5 gives 3, -2.5 gives -3), computed in integers so that no
    decimal context has a say. Raises ValueError for a rate that is not finite.
    """
    if isinstance(rate, Decimal) and not rate.is_finite():
        raise ValueError("A rate has to be a finite number.")
    numerator, denominator = rate.as_integer_ratio()
    product = minor * numerator
    rounded = (2 * abs(product) + denominator) // (2 * denominator)
    return -rounded if product < 0 else rounded
