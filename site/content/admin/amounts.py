"""Amounts for people: shown in the reader's language, read from what somebody types."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.formats import number_format

from core.money import InvalidAmount, Money, exponent

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "NGN": "₦"}
_COMMA_DECIMAL = re.compile(r"[+-]?[0-9]+,[0-9]+")


def show(minor: int, currency: str) -> str:
    """An amount in minor units for reading: `$1,234.50`, `−€5.00`, `12.00 CHF`."""
    number = number_format(
        Money(abs(minor), currency).amount, exponent(currency), force_grouping=True
    )
    sign = "−" if minor < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency}"


def show_range(low: int | None, high: int | None, currency: str) -> str:
    """`$5.00`, `$5.00 – $9.00`, or nothing where nothing is known."""
    if low is None or high is None:
        return ""
    return show(low, currency) if low == high else f"{show(low, currency)} – {show(high, currency)}"


def number(minor: int, currency: str) -> Decimal:
    """An amount in whole units, for spreadsheets."""
    return Decimal(Money(minor, currency).amount)


def typed(minor: int | None, currency: str) -> str:
    """An amount as it stands in a form: whole units with a point, empty for None."""
    return "" if minor is None else Money(minor, currency).amount


def read(text: str, currency: str) -> int | None:
    """The minor units of what was typed in whole units, None for nothing.

    `12,50` is read as `12.50`. Raises ValidationError, also for a negative amount.
    """
    text = text.strip()
    if not text:
        return None
    if _COMMA_DECIMAL.fullmatch(text):
        text = text.replace(",", ".")
    try:
        minor = Money.parse(text, currency).minor
    except InvalidAmount as error:
        raise ValidationError(f"{error.detail} Type it as 12.50.") from None
    if minor < 0:
        raise ValidationError("An amount cannot be negative.")
    return minor
