"""Keeps the engine set up as the code and the shop's settings say, without anybody's doing."""

from dataclasses import fields

from content.cards.card import version_of
from search.engines.base import Engine
from search.models import SyncState
from search.records import Named, Record, RecordPrice, RecordVariant

_PARTS = [
    [each.name for each in fields(kind)] for kind in (Record, Named, RecordPrice, RecordVariant)
]


def version_for(engine: Engine) -> str:
    """What the engine is set up by: another text when its settings or a record's parts change."""
    return version_of(engine.settings(), _PARTS)


def are_pushed(engine: Engine) -> bool:
    """Whether the index was set up by the same, or there is none yet: what fills it pushes them."""
    filled = SyncState.objects.filter(engine=engine.name, filled_at__isnull=False)
    return not filled.exclude(settings_version=version_for(engine)).exists()


def note_pushed(engine: Engine) -> None:
    """Remember that the engine has them."""
    SyncState.objects.filter(engine=engine.name).update(settings_version=version_for(engine))
