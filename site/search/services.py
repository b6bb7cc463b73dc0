"""Asks the engine, and does without it where it is away."""

import logging
from collections.abc import Callable
from typing import TypeVar

from content.api.audience import Audience
from content.api.filters import Wish
from core.pagination import Window
from search import engines
from search.engines.base import EngineNotReady, EngineUnavailable, Found, Query, Suggested

logger = logging.getLogger(__name__)

T = TypeVar("T")


def query_of(wish: Wish, audience: Audience, window: Window, *, facets: bool) -> Query:
    """What a request wishes for, as an engine is asked."""
    return Query(
        text=wish.text,
        locale=audience.locale,
        currency=audience.currency,
        filters=wish.filters,
        facets=facets,
        sort=wish.ordering,
        offset=window.offset,
        limit=window.limit,
    )


def find(query: Query) -> Found | None:
    """What the engine finds; None where it is away, so that the caller looks by plain words."""
    return _asked(lambda: engines.current().search(query), None)


def suggest(prefix: str, *, locale: str, currency: str, limit: int) -> Suggested:
    """What could be meant by `prefix`; nothing where the engine is away."""
    engine = engines.current()
    return _asked(
        lambda: engine.suggest(prefix, locale=locale, currency=currency, limit=limit), Suggested()
    )


def _asked(ask: Callable[[], T], otherwise: T) -> T:
    try:
        return ask()
    except EngineNotReady as error:
        logger.info("The search engine is not ready yet", extra={"reason": str(error)})
        return otherwise
    except EngineUnavailable as error:
        logger.warning("The search engine is away", extra={"reason": str(error)})
        return otherwise
