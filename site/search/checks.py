"""What an operator should know of the search: `manage.py check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connection

from search.engines.database.vocabulary import trigrams

WITHOUT_TRIGRAMS = "search.I001"


@checks.register(checks.Tags.database)
def spelling(
    app_configs: Any, databases: Sequence[str] | None = None, **options: Any
) -> list[checks.CheckMessage]:
    """Say so where PostgreSQL could propose corrections and does not."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or settings.SEARCH_ENGINE != "database":
        return []
    if connection.vendor != "postgresql" or trigrams():
        return []
    return [
        checks.Info(
            "PostgreSQL's pg_trgm is not installed: the search mends spelling without it.",
            hint="It works as well, slower with very many words. An owner of the database may"
            " run CREATE EXTENSION pg_trgm and restart the shop.",
            id=WITHOUT_TRIGRAMS,
        )
    ]
