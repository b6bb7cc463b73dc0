"""Keys for browsers: made here without a request, short-lived, for what is on sale only."""

import time
from dataclasses import dataclass

from algoliasearch.search.client import SearchClientSync
from django.conf import settings

from content.api.filters import ORDERINGS
from search.engines.algolia import names

LOCKED = "is_live:true"


@dataclass(frozen=True, slots=True)
class SearchKey:
    """What a browser needs. `valid_until` is in seconds since 1970, `indexes` by ordering."""

    app_id: str
    key: str
    valid_until: int
    indexes: dict[str, str]


def is_possible() -> bool:
    """Whether there is a key that only searches, to make others from."""
    return bool(settings.ALGOLIA_SEARCH_KEY)


def search_key(*, locale: str, currency: str) -> SearchKey:
    """A key that searches one language in every ordering, good for ALGOLIA_KEY_SECONDS."""
    valid_until = int(time.time()) + settings.ALGOLIA_KEY_SECONDS
    client = SearchClientSync(settings.ALGOLIA_APP_ID, settings.ALGOLIA_SEARCH_KEY)
    key = client.generate_secured_api_key(
        settings.ALGOLIA_SEARCH_KEY,
        {
            "filters": LOCKED,
            "restrictIndices": names.patterns_of(locale),
            "validUntil": valid_until,
        },
    )
    indexes = {each: names.index_for(each, locale, currency) for each in ORDERINGS}
    return SearchKey(settings.ALGOLIA_APP_ID, key, valid_until, indexes)
