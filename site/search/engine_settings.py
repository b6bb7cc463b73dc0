"""What an engine is set up by, as one text: kept, it tells whether that has changed."""

from dataclasses import fields

from content.cards.card import version_of
from search.engines.base import Engine
from search.records import Named, Record, RecordPrice, RecordVariant

_PARTS = [
    [each.name for each in fields(kind)] for kind in (Record, Named, RecordPrice, RecordVariant)
]


def version_for(engine: Engine) -> str:
    """What the engine is set up by: another text when its settings or a record's parts change."""
    return version_of(engine.settings(), _PARTS)
