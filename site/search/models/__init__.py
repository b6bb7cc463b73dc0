"""Every table of this room, by the module that explains it."""

from search.models.index import (
    IndexEdition,
    IndexEntry,
    IndexSku,
    IndexState,
    IndexWord,
)
from search.models.queries import DailyQuery, EventKind, SearchUse
from search.models.sync import FullRun, PendingProduct, SyncState
from search.models.wording import Synonym, WordingEdition

__all__ = [
    "DailyQuery",
    "EventKind",
    "FullRun",
    "IndexEdition",
    "IndexEntry",
    "IndexSku",
    "IndexState",
    "IndexWord",
    "PendingProduct",
    "SearchUse",
    "SyncState",
    "Synonym",
    "WordingEdition",
]
