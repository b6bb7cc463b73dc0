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


def push_if_changed(engine: Engine) -> bool:
    """Push the settings unless an index that is filled was set up by the same; whether it did.

    They change with an upgrade, a language or a currency, and so do records then. Raises
    EngineUnavailable.
    """
    wanted = version_for(engine)
    filled = SyncState.objects.filter(engine=engine.name, filled_at__isnull=False)
    if not filled.exclude(settings_version=wanted).exists():
        return False
    engine.push_settings()
    filled.update(settings_version=wanted)
    return True
