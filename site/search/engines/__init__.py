"""The engine of this shop: Algolia where it is set up, otherwise the database."""

from functools import lru_cache

from django.conf import settings

from search.engines.base import Engine


def current() -> Engine:
    """The engine that answers and is kept in step."""
    return _engine(settings.SEARCH_ENGINE)


@lru_cache(maxsize=4)
def _engine(name: str) -> Engine:
    if name == "algolia":
        from search.engines.algolia import AlgoliaEngine

        return AlgoliaEngine()
    from search.engines.database import DatabaseEngine

    return DatabaseEngine()
