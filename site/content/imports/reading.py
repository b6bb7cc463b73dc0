"""Single cells of a table as what they mean. Each function raises ValueError saying why not."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from core.money import InvalidAmount, Money

MAX_INTEGER = 1_000_000_000
_TRUE = frozenset({"true", "yes", "1", "y", "t"})
_FALSE = frozenset({"false", "no", "0", "n", "f"})


def text(cell: str, limit: int) -> str:
    """The words, without space around them."""
    words = cell.strip()
    if "\x00" in words:
        raise ValueError("There is a NUL character in it.")
    if len(words) > limit:
        raise ValueError(f"It has {len(words)} characters; there is room for {limit}.")
    return words


def code(cell: str, limit: int) -> str:
    """A SKU or barcode; the apostrophe that keeps spreadsheets from counting is dropped."""
    return text(cell.strip().removeprefix("'"), limit)


def money(cell: str, currency: str) -> int:
    """A price of at least nothing in minor units."""
    try:
        minor = Money.parse(cell.strip(), currency).minor
    except InvalidAmount as error:
        raise ValueError(error.detail) from error
    if minor < 0:
        raise ValueError(f"{cell.strip()[:40]!r} is negative.")
    if minor > 10**13:
        raise ValueError("The amount is too large.")
    return minor


def whole(cell: str, *, low: int = 0, high: int = MAX_INTEGER) -> int:
    """A whole number between two limits."""
    words = cell.strip()
    digits = words.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise ValueError(f"{words[:40]!r} is not a whole number.")
    number = int(words)
    if not low <= number <= high:
        raise ValueError(f"{number} is not between {low} and {high}.")
    return number


def grams(cell: str) -> int:
    """A weight in grams, rounded to whole ones."""
    try:
        number = Decimal(cell.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{cell.strip()[:40]!r} is not a weight in grams.")
    if not 0 <= number <= MAX_INTEGER:
        raise ValueError(f"{cell.strip()[:40]} is not between 0 and {MAX_INTEGER}.")
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def yes(cell: str) -> bool:
    """True or false in the spellings that spreadsheets use."""
    word = cell.strip().casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{cell.strip()[:40]!r} is neither true nor false.")


def one_of(cell: str, *choices: str) -> str:
    """One of a few words, in any case."""
    word = cell.strip().casefold()
    if word not in choices:
        raise ValueError(f"{cell.strip()[:40]!r} is none of: {', '.join(choices)}.")
    return word


def words(cell: str, limit: int) -> list[str]:
    """What stands between commas, each once."""
    return list(dict.fromkeys(text(part, limit) for part in cell.split(",") if part.strip()))
