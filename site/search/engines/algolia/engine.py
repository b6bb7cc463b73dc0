"""The protocol's methods, each one's work in a module of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from content.api.audience import languages
from search.engines.algolia import insights, reading, setup, writing
from search.engines.algolia.connection import briefly
from search.engines.base import Found, Query, Reaction, Suggested
from search.records import Record, RecordKey


class AlgoliaEngine:
    """Search by Algolia."""

    name = "algolia"

    def search(self, query: Query) -> Found:
        """Find products."""
        return reading.search(query)

    def suggest(self, prefix: str, *, locale: str, currency: str, limit: int) -> Suggested:
        """What could be meant by a prefix."""
        return reading.suggest(prefix, locale=locale, currency=currency, limit=limit)

    def index(self, records: Sequence[Record]) -> None:
        """Write these records over what is there; wait until it is done."""
        with briefly():
            writing.index(records)

    def delete(self, keys: Sequence[RecordKey]) -> None:
        """Take these out; wait until it is done."""
        with briefly():
            writing.delete(keys)

    def replace_all(
        self, records: Iterable[Record], *, progress: Callable[[int], None] | None = None
    ) -> None:
        """Have exactly these records, by a new index that is moved over the old one."""
        writing.replace_all(records, progress=progress)

    def settings(self) -> Mapping[str, Any]:
        """The settings of each index, by its name."""
        return {
            name: found
            for locale in languages()
            for name, found in setup.settings_of(locale).items()
        }

    def push_settings(self) -> None:
        """Bring settings, synonyms and pins to Algolia; wait until they hold."""
        with briefly():
            setup.push()

    def push_wording(self) -> None:
        """Synonyms and pins alone; wait until they hold."""
        with briefly():
            setup.push_wording()

    def stored(self) -> Iterator[tuple[RecordKey, str]]:
        """Every record that Algolia has, with its version."""
        return writing.stored()

    def count(self) -> int:
        """How many records Algolia has."""
        return writing.count()

    def report(self, reactions: Sequence[Reaction]) -> None:
        """Clicks and conversions."""
        insights.report(reactions)
