"""What charts over days share: weeks where days are many, a round top, and which bars are named."""

from collections.abc import Sequence
from typing import TypeVar

# Narrower bars cannot be told apart on a telephone.
MAX_BARS = 92
WEEK = 7
STEPS = (1, 2, 3, 4, 5, 6, 8)

Day = TypeVar("Day")


def parts_of(days: Sequence[Day]) -> list[Sequence[Day]]:
    """What each bar stands for: a day, or a week where there are many."""
    size = 1 if len(days) <= MAX_BARS else WEEK
    return [days[begin : begin + size] for begin in range(0, len(days), size)]


def round_number(most: int) -> int:
    """The smallest of 1, 2, 3, 4, 5, 6, 8, 10, 20, 30 … that is not below."""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= most:
                return step * power
        power *= 10


def labelled(count: int) -> list[int]:
    """The places of the bars that have their day below: the first, the middle, the last."""
    return sorted({0, count // 2, count - 1})
