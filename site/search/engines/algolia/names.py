"""What indexes are called: one for each language, and its replicas, one for each ordering."""

import secrets

from django.conf import settings

ORDERINGS = ("newest", "rating", "best_selling", "name")


def languages() -> list[str]:
    """Every language that the shop can have, so that one that was switched off is found too."""
    return [code for code, _ in settings.WAGTAIL_CONTENT_LANGUAGES]


def index_of(locale: str) -> str:
    """The index of a language: the primary one."""
    return f"{settings.ALGOLIA_INDEX_PREFIX}_{locale}"


def temporary(locale: str) -> str:
    """A new name for an index that is filled beside the one in use."""
    return f"{index_of(locale)}_{TEMPORARY}{secrets.token_hex(4)}"


TEMPORARY = "tmp_"


def patterns_of(locale: str) -> list[str]:
    """What a key has to open to search a language in every ordering."""
    return [index_of(locale), f"{index_of(locale)}_*"]


def sorted_currencies() -> list[str]:
    """The currencies whose prices can be sorted by, the shop's first in front."""
    wanted = settings.ALGOLIA_SORT_CURRENCIES or settings.CURRENCIES
    return [currency for currency in settings.CURRENCIES if currency in wanted]


def replicas_of(locale: str) -> dict[str, list[str]]:
    """The name of each replica with what its ranking begins with."""
    primary = index_of(locale)
    found = {f"{primary}_{ordering}": _ranking(ordering) for ordering in ORDERINGS}
    for currency in sorted_currencies():
        for direction in ("asc", "desc"):
            by_price = f"{direction}(from_minor.{currency})"
            found[f"{primary}_price_{currency.lower()}_{direction}"] = [
                by_price,
                f"{direction}(product_id)",
            ]
    return found


def _ranking(ordering: str) -> list[str]:
    return {
        "newest": ["desc(listed_at)", "desc(product_id)"],
        "rating": ["desc(rating)", "desc(rating_count)", "desc(product_id)"],
        "best_selling": ["desc(sold_count)", "desc(product_id)"],
        "name": ["asc(name_key)", "asc(product_id)"],
    }[ordering]


def index_for(ordering: str, locale: str, currency: str) -> str:
    """Where to search for hits in that ordering.

    A currency without replicas is sorted by the prices of the first that has some.
    """
    primary = index_of(locale)
    if ordering in ORDERINGS:
        return f"{primary}_{ordering}"
    if ordering in ("price", "-price"):
        known = sorted_currencies()
        by = currency if currency in known or not known else known[0]
        direction = "desc" if ordering.startswith("-") else "asc"
        return f"{primary}_price_{by.lower()}_{direction}" if known else primary
    return primary
