"""Which entry has which attribute or tag, for filters and counts.

Values that many entries have are rows of bits, which are counted some hundred times faster than
pairs; the others, which may be very many values of very few entries, are pairs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

TAGS = ""  # the name under which tags stand among the attributes
COMMON = 64  # a value that one entry in so many has gets a row
MAX_ROWS = 512

Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Codes:
    """Values by small numbers, given out in the order in which they come."""

    values: list[Any] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)

    def number(self, value: Any) -> int:
        """The number of a value, a new one where it has none."""
        found = self.numbers.get(value)
        if found is None:
            found = self.numbers[value] = len(self.values)
            self.values.append(value)
        return found

    def copy(self) -> "Codes":
        """The same, to be added to."""
        return Codes(list(self.values), dict(self.numbers))


def _small() -> NDArray[np.int32]:
    return np.zeros(0, dtype=np.int32)


@dataclass(slots=True)
class Pairs:
    """`rows` has the row of each common code; `places` and `codes` are the pairs of the others."""

    names: Codes = field(default_factory=Codes)
    rows: dict[int, int] = field(default_factory=dict)
    bits: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.uint8))
    places: NDArray[np.int32] = field(default_factory=_small)
    codes: NDArray[np.int32] = field(default_factory=_small)

    def changed(
        self, size: int, at: NDArray[np.int64], pairs: Iterable[tuple[int, str, str]]
    ) -> "Pairs":
        """With `size` places, of which those at `at` have just these names and values."""
        names = self.names.copy()
        found = [(place, names.number((name, value))) for place, name, value in pairs]
        new = np.array(found, dtype=np.int32).reshape(-1, 2)
        rows = self.rows or _rows(new[:, 1], size)
        bits = np.zeros((len(rows), _width(size)), dtype=np.uint8)
        bits[:, : self.bits.shape[1]] = self.bits if self.rows else 0
        touched = np.zeros(size, dtype=np.bool_)
        touched[at] = True
        bits &= ~_packed(touched)
        row_of = np.full(len(names.values), -1, dtype=np.int64)
        row_of[list(rows)] = list(rows.values())
        row = row_of[new[:, 1]]
        common = row >= 0
        own = new[common, 0]
        np.bitwise_or.at(bits, (row[common], own >> 3), (1 << (own & 7)).astype(np.uint8))
        kept = ~touched[self.places]
        return Pairs(
            names=names,
            rows=rows,
            bits=bits,
            places=np.concatenate([self.places[kept], new[~common, 0]]),
            codes=np.concatenate([self.codes[kept], new[~common, 1]]),
        )

    def having(self, name: str, fits: Callable[[str], bool], size: int) -> Flags:
        """The places with a value of this name that fits."""
        wanted = [
            code for code, (of, value) in enumerate(self.names.values) if of == name and fits(value)
        ]
        through = np.zeros(size, dtype=np.bool_)
        if any(code not in self.rows for code in wanted):
            through[self.places[np.isin(self.codes, wanted)]] = True
        for code in wanted:
            if (row := self.rows.get(code)) is not None:
                through |= np.unpackbits(self.bits[row], bitorder="little")[:size].astype(np.bool_)
        return through

    def counted(self, found: Flags) -> dict[str, dict[str, int]]:
        """How many of the found places have each value, by name; tags are left out."""
        counts = np.bincount(self.codes[found[self.places]], minlength=len(self.names.values))
        if self.rows:
            both = self.bits.view(np.uint64) & _packed(found).view(np.uint64)
            counts[list(self.rows)] = np.bitwise_count(both).sum(axis=1, dtype=np.int64)[
                list(self.rows.values())
            ]
        by_name: dict[str, dict[str, int]] = {}
        for code in np.flatnonzero(counts).tolist():
            name, value = self.names.values[code]
            if name != TAGS:
                by_name.setdefault(name, {})[value] = int(counts[code])
        return by_name


def _rows(codes: NDArray[np.int32], size: int) -> dict[int, int]:
    """A row for each code that is common, for the commonest if they are many."""
    counts = np.bincount(codes)
    common = np.argsort(-counts, kind="stable")[:MAX_ROWS]
    return {
        code: row
        for row, code in enumerate(common[counts[common] * COMMON >= max(size, COMMON)].tolist())
    }


def _width(size: int) -> int:
    """Bytes of a row: whole words of 64 bits."""
    return -(-size // 64) * 8


def _packed(flags: Flags) -> NDArray[np.uint8]:
    packed = np.zeros(_width(len(flags)), dtype=np.uint8)
    bits = np.packbits(flags, bitorder="little")
    packed[: len(bits)] = bits
    return packed
