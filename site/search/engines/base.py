"""What a search engine has to do. The API, the indexing and the tests know this and no more."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from content.api.conditions import Filter
from content.api.shapes import FacetsShape
from search.records import Record, RecordKey


@dataclass(frozen=True, slots=True)
class Query:
    """What a shopper asks for. `text` may be empty: then all that the filters let through.

    `sort` is a name of `content.api.filters.ORDERINGS`, `relevance` meaning as well as the
    engine can; `facets` asks for the counts of each facet without its own filter.
    """

    text: str
    locale: str
    currency: str
    filters: tuple[Filter, ...] = ()
    facets: bool = False
    sort: str = "relevance"
    offset: int = 0
    limit: int = 24


@dataclass(frozen=True, slots=True)
class Hit:
    """One product that was found.

    `variant_id` is the variant that the words name (a SKU, an option), or None. `highlights`
    are pieces of HTML by field (`name`, `brand`, `summary`): escaped text in which `<mark>`
    stands around what was found; a field without a find is left out.
    """

    product_id: int
    variant_id: int | None = None
    highlights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a Query.

    `total` counts products. `searched` is the text that was searched for where it is not what
    was typed (a spelling mended), else None. `took_ms` is the engine's own time.
    """

    hits: Sequence[Hit]
    total: int
    took_ms: float
    facets: FacetsShape | None = None
    searched: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What could be meant: whole queries first, then ids of what can be opened at once."""

    queries: Sequence[str] = ()
    category_ids: Sequence[int] = ()
    brand_ids: Sequence[int] = ()
    product_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """What became of a hit: it was opened, or went into the cart (`bought`).

    `reference` is the answer's (`Found.reference`), `position` counts from 1 over all pages and
    is known of opened hits. It says nothing about who it was.
    """

    kind: Literal["opened", "bought"]
    reference: str
    product_id: int
    locale: str
    at: datetime
    position: int | None = None
    variant_id: int | None = None


class EngineUnavailable(Exception):
    """The engine did not answer, or said that it cannot just now: trying again may help."""


class EngineNotReady(EngineUnavailable):
    """The engine has never been filled, or is reading its index: it will answer by itself."""


class Engine(Protocol):
    """All that differs between the built-in search and a hosted one.

    Every method but `settings` raises EngineUnavailable when the engine is away.
    """

    name: str

    def search(self, query: Query) -> Found:
        """Find products."""

    def suggest(self, prefix: str, *, locale: str, currency: str, limit: int) -> Suggested:
        """What a shopper who has typed `prefix` could mean; at most `limit` of each kind."""

    def index(self, records: Sequence[Record]) -> None:
        """Write these records over what the engine has of the same products and languages."""

    def delete(self, keys: Sequence[RecordKey]) -> None:
        """Take these out; what is not there is passed over."""

    def replace_all(
        self, records: Iterable[Record], *, progress: Callable[[int], None] | None = None
    ) -> None:
        """Have exactly these records, from one moment to the next, or the former ones.

        Records are read as a stream, once. `progress` is told how many were written so far.
        """

    def settings(self) -> Mapping[str, Any]:
        """How the engine is set up: what `push_settings` would make it be."""

    def push_settings(self) -> None:
        """Bring settings, synonyms and pinned results to the engine; nothing if they live here."""

    def push_wording(self) -> None:
        """The same of synonyms and pinned results alone."""

    def count(self) -> int:
        """How many records the engine has."""

    def stored(self) -> Iterator[tuple[RecordKey, str]]:
        """Every record that the engine has, with the version that was written."""

    def report(self, reactions: Sequence[Reaction]) -> None:
        """Tell the engine what became of its answers; nothing for one that does not learn."""
