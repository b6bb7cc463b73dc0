"""Every entry of one language as columns in memory: what filters, counts and sorting read.

Columns are numpy arrays over places; a place is an entry's position in the order of ids, which
only grows. A Shelf never changes: a later edition is a new one that shares nothing it writes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.engines.database import facts, words
from search.engines.database.facts import Facts
from search.engines.database.pairs import TAGS, Codes, Pairs

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]
NO_PRICE = -1

# id, product_id, edition, gone, facts
Row = tuple[int, int, int, bool, str]


def _ints() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Columns:
    """The plain columns. `rating` is in hundredths, `listed_at` in seconds since 1970."""

    ids: Ints = field(default_factory=_ints)
    products: Ints = field(default_factory=_ints)
    editions: Ints = field(default_factory=_ints)
    alive: Ints = field(default_factory=_ints)
    brands: Ints = field(default_factory=_ints)
    paths: Ints = field(default_factory=_ints)
    featured: Ints = field(default_factory=_ints)
    ratings: Ints = field(default_factory=_ints)
    rating_counts: Ints = field(default_factory=_ints)
    sold: Ints = field(default_factory=_ints)
    listed_at: Ints = field(default_factory=_ints)
    name_words: Ints = field(default_factory=_ints)


NAMES = tuple(Columns.__dataclass_fields__)


@dataclass(slots=True)
class Shelf:
    """One language at one edition. `brands` and `paths` are what the columns have numbers of;
    `folded` has the names as they are sorted."""

    columns: Columns = field(default_factory=Columns)
    prices: dict[str, Ints] = field(default_factory=dict)
    stock: dict[str, Flags] = field(default_factory=dict)
    sold_in: dict[str, Flags] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    pairs: Pairs = field(default_factory=Pairs)
    brands: Codes = field(default_factory=Codes)
    paths: Codes = field(default_factory=Codes)
    brand_names: dict[int, str] = field(default_factory=dict)
    category_names: dict[int, str] = field(default_factory=dict)
    popularity: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    def __len__(self) -> int:
        return len(self.columns.ids)

    def on_sale(self, currency: str) -> Flags:
        """Which places can be found in a currency; not to be written to."""
        flags = self.sold_in.get(currency)
        return np.zeros(len(self), dtype=np.bool_) if flags is None else flags

    def places(self, ids: Ints) -> Ints:
        """The places of entries; ids that are not there are passed over."""
        own = self.columns.ids
        if not len(own) or not len(ids):
            return _ints()
        at = np.searchsorted(own, ids)
        at[at == len(own)] = 0
        return at[own[at] == ids]

    def places_of_products(self, products: Sequence[int]) -> Flags:
        """Which places are these products."""
        return np.isin(self.columns.products, np.array(products, dtype=np.int64))

    def with_rows(self, rows: Iterable[Row]) -> "Shelf":
        """The shelf of a later edition."""
        return _Merge(self, sorted(rows)).shelf()


class _Merge:
    """Puts changed entries over a shelf's columns, and new ones behind them."""

    def __init__(self, former: Shelf, rows: list[Row]) -> None:
        self.former = former
        self.rows = rows
        self.facts: list[Facts | None] = [facts.read(row[4]) if row[4] else None for row in rows]
        self.brands, self.paths = former.brands.copy(), former.paths.copy()
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        own = former.columns.ids
        known = np.isin(ids, own)
        fresh = ids[~known]
        self.size = len(own) + len(fresh)
        if len(own) and len(fresh) and fresh[0] < own[-1]:
            raise OutOfOrder
        self.at = np.searchsorted(np.concatenate([own, fresh]), ids)

    def shelf(self) -> Shelf:
        """Build it."""
        former = self.former
        columns = self._columns()
        currencies = dict.fromkeys(
            [*former.prices, *(each for own in self.facts if own for each in own.prices)]
        )
        prices, stock, sold_in = {}, {}, {}
        for currency in currencies:
            found = [own.prices.get(currency) if own else None for own in self.facts]
            prices[currency] = self._column(
                former.prices.get(currency), [each[0] if each else NO_PRICE for each in found],
                fill=NO_PRICE,
            )  # fmt: skip
            flags = self._column(
                former.stock.get(currency), [bool(each and each[1]) for each in found]
            )
            stock[currency] = flags.astype(np.bool_)
            sold_in[currency] = (prices[currency] != NO_PRICE) & (columns.alive > 0)
            sold_in[currency].flags.writeable = False
        more = [""] * (self.size - len(former.names))
        names, folded = [*former.names, *more], [*former.folded, *more]
        brand_names, category_names = dict(former.brand_names), dict(former.category_names)
        pairs: list[tuple[int, str, str]] = []
        for at, own in zip(self.at.tolist(), self.facts, strict=True):
            if own is None:
                continue
            names[at], folded[at] = own.name, words.fold(own.name)
            if own.brand_id is not None:
                brand_names[own.brand_id] = own.brand
            category_names.update((pk, name) for pk, name in own.categories)
            pairs += [(at, TAGS, tag) for tag in own.tags]
            pairs += [(at, name, value) for name, values in own.attributes.items()
                      for value in values]  # fmt: skip
        return Shelf(
            columns=columns,
            prices=prices,
            stock=stock,
            sold_in=sold_in,
            names=names,
            folded=folded,
            pairs=former.pairs.changed(self.size, self.at, pairs),
            brands=self.brands,
            paths=self.paths,
            brand_names=brand_names,
            category_names=category_names,
            popularity=_popularity(columns),
        )

    def _columns(self) -> Columns:
        known = self.facts
        values: dict[str, list[int]] = {
            "ids": [row[0] for row in self.rows],
            "products": [row[1] for row in self.rows],
            "editions": [row[2] for row in self.rows],
            "alive": [int(not row[3]) for row in self.rows],
            "brands": [self.brands.number(own.brand_id if own else None) for own in known],
            "paths": [self.paths.number(own.path if own else "") for own in known],
            "featured": [int(own.featured) if own else 0 for own in known],
            "ratings": [own.rating if own else 0 for own in known],
            "rating_counts": [own.rating_count if own else 0 for own in known],
            "sold": [own.sold if own else 0 for own in known],
            "listed_at": [own.listed_at if own else 0 for own in known],
            "name_words": [len(words.split(own.name)) if own else 0 for own in known],
        }
        return Columns(
            **{
                name: self._column(getattr(self.former.columns, name), values[name])
                for name in NAMES
            }  # fmt: skip
        )

    def _column(self, former: NDArray[Any] | None, values: list[Any], *, fill: int = 0) -> Ints:
        column = np.full(self.size, fill, dtype=np.int64)
        if former is not None:
            column[: len(former)] = former
        column[self.at] = values
        return column


class OutOfOrder(Exception):
    """An entry has a smaller id than one that was there before it: read everything again."""


def _popularity(columns: Columns) -> Floats:
    """What orders products that fit a search equally well: at most about 12, see docs/search.md."""
    sold = np.minimum(np.log1p(columns.sold), 7)
    trusted = np.minimum(columns.rating_counts, 10) / 10
    rating = (columns.ratings / 100 - 3) * trusted
    return np.asarray(sold + rating, dtype=np.float32)
