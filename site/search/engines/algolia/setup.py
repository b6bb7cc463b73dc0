"""How Algolia's indexes are set up: settings, synonyms and pins, pushed from here, never typed."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from content.api.audience import languages
from search import wording
from search.engines.algolia import names
from search.engines.algolia.connection import patiently, wait_for
from search.engines.algolia.filters import price_of, stock_of
from search.engines.algolia.objects import first_objects

# What can be reached by pages; beyond, Algolia does not promise an order.
REACHABLE = 1000
MAX_VALUES = 1000
# Around what was found. Algolia escapes nothing, so these are signs that no text has.
MARK, UNMARK = "\ue000", "\ue001"
HIGHLIGHTED = ("name", "brand", "summary", "options")

_CUSTOM = ["desc(sold_count)", "desc(product_id)", "asc(position)"]
_RANKING = ["typo", "words", "filters", "proximity", "attribute", "exact", "custom"]

Json = dict[str, Any]


def settings_of(locale: str) -> Mapping[str, Any]:
    """Everything that is pushed for a language, by index."""
    primary = names.index_of(locale)
    replicas = names.replicas_of(locale)
    found: dict[str, Json] = {
        primary: {**_shared(locale), **_primary(list(replicas))},
    }
    for replica, ranking in replicas.items():
        found[replica] = {**_shared(locale), **_replica(ranking)}
    return found


def push() -> None:
    """Bring all that to Algolia and wait until it holds. Raises EngineUnavailable."""
    for locale in languages():
        push_language(locale)


def push_wording() -> None:
    """Bring synonyms and pins alone to Algolia, whichever release has set its indexes up."""
    for locale in languages():
        push_synonyms(locale)
        push_pins(locale)


def push_language(locale: str) -> None:
    """The same for one language; an index that is not there is made."""
    primary = names.index_of(locale)
    replicas = names.replicas_of(locale)
    # First the replicas have to be there, then what they share, then what is their own.
    wait_for(primary, _set(primary, _primary(list(replicas)), forward=False))
    wait_for(primary, _set(primary, _shared(locale), forward=True))
    tasks = {name: _set(name, _replica(by), forward=False) for name, by in replicas.items()}
    for replica, task in tasks.items():
        wait_for(replica, task)
    push_synonyms(locale)
    push_pins(locale)


def push_synonyms(locale: str) -> None:
    """Replace a language's synonyms."""
    primary = names.index_of(locale)
    found = [_synonym(each) for each in wording.synonyms(locale)]
    if found:
        answer = patiently(
            lambda client: client.save_synonyms_with_http_info(
                primary, found, forward_to_replicas=True, replace_existing_synonyms=True
            )
        )
    else:
        answer = patiently(
            lambda client: client.clear_synonyms_with_http_info(primary, forward_to_replicas=True)
        )
    wait_for(primary, answer["taskID"])


def push_pins(locale: str) -> None:
    """Replace a language's rules: the products that come first for a text."""
    primary = names.index_of(locale)
    found = _rules(locale)
    if found:
        answer = patiently(
            lambda client: client.save_rules_with_http_info(
                primary, found, forward_to_replicas=True, clear_existing_rules=True
            )
        )
    else:
        answer = patiently(
            lambda client: client.clear_rules_with_http_info(primary, forward_to_replicas=True)
        )
    wait_for(primary, answer["taskID"])


def _set(index: str, what: Json, *, forward: bool) -> int:
    answer = patiently(
        lambda client: client.set_settings_with_http_info(index, what, forward_to_replicas=forward)
    )
    return answer["taskID"]


def _primary(replicas: list[str]) -> Json:
    return {"ranking": _RANKING, "customRanking": _CUSTOM, "replicas": replicas}


def _replica(ranking: list[str]) -> Json:
    return {"ranking": [*ranking, *_RANKING], "customRanking": _CUSTOM}


def _shared(locale: str) -> Json:
    language = locale.partition("-")[0]
    prices = [price_of(currency) for currency in settings.CURRENCIES]
    return {
        "searchableAttributes": [
            "unordered(skus)",
            "name",
            "unordered(brand)",
            "unordered(options)",
            "unordered(categories)",
            "unordered(tags)",
            "unordered(values)",
            "unordered(summary)",
            "unordered(description)",
        ],
        "attributesForFaceting": [
            "searchable(brand)",
            "searchable(categories)",
            "brand_id",
            "category_paths",
            *(stock_of(currency) for currency in settings.CURRENCIES),
            "rating_bands",
            "tags",
            "attributes",
            "filterOnly(featured)",
            "filterOnly(is_live)",
            *prices,
        ],
        "numericAttributesForFiltering": ["equalOnly(product_id)", "rating", *prices],
        "attributeForDistinct": "product_id",
        "distinct": True,
        "maxValuesPerFacet": MAX_VALUES,
        "paginationLimitedTo": REACHABLE,
        # A browser's key must not tell how much is sold.
        "unretrievableAttributes": ["sold_count"],
        "attributesToHighlight": list(HIGHLIGHTED),
        "disableTypoToleranceOnAttributes": ["skus"],
        "queryLanguages": [language],
        "indexLanguages": [language],
        "ignorePlurals": True,
        # Rather what has some of the words than nothing.
        "removeWordsIfNoResults": "allOptional",
    }


def _synonym(each: wording.Synonyms) -> Json:
    name = f"synonym-{each.id}"
    if each.typed:
        return {
            "objectID": name,
            "type": "onewaysynonym",
            "input": each.typed,
            "synonyms": list(each.words),
        }
    return {"objectID": name, "type": "synonym", "synonyms": list(each.words)}


def _rules(locale: str) -> list[Json]:
    pins = wording.pins(locale)
    first = first_objects(product_id for pin in pins for product_id in pin.product_ids)
    found = []
    for pin in pins:
        promoted = [first[product_id] for product_id in pin.product_ids if product_id in first]
        # Braces would be read as a placeholder.
        if promoted and not set(pin.text) & {"{", "}"}:
            found.append(
                {
                    "objectID": f"pin-{pin.id}",
                    "conditions": [{"pattern": pin.text, "anchoring": "is", "alternatives": False}],
                    "consequence": {
                        "promote": [{"objectIDs": promoted, "position": 0}],
                        "filterPromotes": True,
                    },
                }
            )
    return found
