"""The fake Algolia's answers to a query on one index: ranking, grouping, facets, highlights."""

import re
from collections import Counter
from typing import Any
from uuid import uuid4

from tests.fakes.algolia_filters import condition, facet_values, facets_of
from tests.fakes.algolia_words import (
    Match,
    highlighted,
    matched,
    plain,
    readings,
    value_at,
    words_of,
)

Json = dict[str, Any]
WITHOUT_WORDS = Match(0, 0, 0)


def answer(objects: dict[str, Json], settings: Json, index: Json, params: Json) -> Json:
    """What `query` answers. `index` has synonyms and rules, `params` were checked before."""
    params = {**settings, **params}
    query = params.get("query") or ""
    typed = words_of(query)
    synonyms = list(index["synonyms"].values()) if params.get("synonyms", True) else []
    passes = condition(params, settings)
    passing = [each for each in objects.values() if passes(each)]
    read = readings(query, synonyms)
    found = _fitting(passing, read, settings) if typed else [(e, WITHOUT_WORDS) for e in passing]
    if not found and params.get("removeWordsIfNoResults") == "allOptional":
        found = _fitting_in_part(passing, typed, settings)
    found.sort(key=lambda row: ranked(row[0], row[1], settings))
    rows = [row for row, _ in found]
    if params.get("enableRules", True):
        rows = _promoted(rows, objects, index["rules"], query, passes)
    groups = _grouped(rows, settings) if params.get("distinct") else rows
    begin, end = _window(params, settings)
    counted = groups if params.get("facetingAfterDistinct") else rows
    result: Json = {
        "hits": [_hit(each, params, read, settings) for each in groups[begin:end]],
        "nbHits": len(groups),
        "exhaustive": {"nbHits": True, "facetsCount": True, "typo": True},
        "processingTimeMS": 1,
        "query": query,
        "params": "",
        **_facets(counted, params, settings),
    }
    if params.get("clickAnalytics"):
        result["queryID"] = uuid4().hex
    return result


def _fitting(
    passing: list[Json], read: list[list[str]], settings: Json
) -> list[tuple[Json, Match]]:
    """The objects that have all words of one of the readings."""
    found = []
    for each in passing:
        known = [fit for words in read if (fit := matched(each, words, settings))]
        if known:
            found.append((each, min(known, key=lambda fit: (fit.typos, fit.attribute))))
    return found


def _fitting_in_part(
    passing: list[Json], typed: list[str], settings: Json
) -> list[tuple[Json, Match]]:
    """The objects that have any of the words: each one that is missing counts as an error."""
    found = []
    for each in passing:
        known = [fit for word in typed if (fit := matched(each, [word], settings))]
        if known:
            best = min(fit.attribute for fit in known)
            typos = 3 * (len(typed) - len(known)) + sum(fit.typos for fit in known)
            found.append((each, Match(typos, best, sum(fit.exact for fit in known))))
    return found


def ranked(found: Json, fit: Match, settings: Json) -> tuple[Any, ...]:
    """The key that sorts: the ranking formula with the custom ranking inside."""
    formula = settings.get("ranking") or ["typo", "attribute", "exact", "custom"]
    custom = settings.get("customRanking") or []
    known = {"typo": fit.typos, "attribute": fit.attribute, "exact": -fit.exact}
    keys: list[Any] = []
    for each in formula:
        for part in custom if each == "custom" else [each]:
            if parts := re.fullmatch(r"(asc|desc)\((.+)\)", part):
                keys.append(_sortable(value_at(found, parts[2]), parts[1] == "desc"))
            elif part in known:
                keys.append(known[part])
    return (*keys, found["objectID"])


def _sortable(value: Any, is_down: bool) -> tuple[Any, ...]:
    if value is None:
        return (1,)  # what has none comes last, either way
    if isinstance(value, str):
        return (0, tuple(-ord(sign) for sign in value) if is_down else value)
    return (0, -value if is_down else value)


def _promoted(
    rows: list[Json], objects: dict[str, Json], rules: Json, query: str, passes: Any
) -> list[Json]:
    for rule in rules.values():
        when = rule["conditions"][0]
        if when["anchoring"] == "is" and plain(when["pattern"]) == plain(query.strip()):
            effect = rule["consequence"]
            for promote in effect["promote"]:
                first = [objects[each] for each in promote["objectIDs"] if each in objects]
                if effect.get("filterPromotes"):
                    first = [each for each in first if passes(each)]
                # The whole group of a promoted record is shown in its place.
                ids = {each["product_id"] for each in first}
                others = [each for each in rows if each["product_id"] not in ids]
                rows = others[: promote["position"]] + first + others[promote["position"] :]
    return rows


def _grouped(rows: list[Json], settings: Json) -> list[Json]:
    name = settings.get("attributeForDistinct")
    if not name:
        return rows
    groups: dict[Any, Json] = {}
    for each in rows:
        groups.setdefault(value_at(each, name), each)
    return list(groups.values())


def _window(params: Json, settings: Json) -> tuple[int, int]:
    last = settings.get("paginationLimitedTo", 1000)
    if "offset" in params:
        begin, size = params["offset"], params.get("length", params.get("hitsPerPage", 20))
    else:
        size = params.get("hitsPerPage", 20)
        begin = params.get("page", 0) * size
    return min(begin, last), min(begin + size, last)


def _facets(rows: list[Json], params: Json, settings: Json) -> Json:
    wanted = params.get("facets")
    if not wanted:
        return {}
    known = facets_of(settings)
    limit = params.get("maxValuesPerFacet", 100)
    counts: dict[str, dict[str, int]] = {}
    stats: dict[str, Json] = {}
    for name in wanted:
        if name not in known or "filterOnly" in known[name]:
            continue
        counter = Counter(value for each in rows for value in facet_values(each, name))
        if counter:
            ordered = sorted(counter.items(), key=lambda row: (-row[1], row[0]))
            counts[name] = dict(ordered[:limit])
        numbers = [value_at(each, name) for each in rows]
        numbers = [n for n in numbers if isinstance(n, int | float) and not isinstance(n, bool)]
        if numbers:
            stats[name] = {"min": min(numbers), "max": max(numbers), "sum": sum(numbers)}
    return {"facets": counts, **({"facets_stats": stats} if stats else {})}


def facet_hits(objects: dict[str, Json], settings: Json, params: Json) -> Json:
    """What a search in the values of a facet answers."""
    name, query = params["facet"], params.get("facetQuery") or ""
    passes = condition(params, settings)
    counter = Counter(
        value for each in objects.values() if passes(each) for value in facet_values(each, name)
    )
    found = []
    for value, count in sorted(counter.items(), key=lambda row: (-row[1], row[0])):
        inside = {"searchableAttributes": ["value"]}
        if not query or matched({"value": value}, words_of(query), inside):
            found.append({"value": value, "highlighted": value, "count": count})
    return {
        "facetHits": found[: params.get("maxFacetHits", 10)],
        "exhaustiveFacetsCount": True,
        "processingTimeMS": 1,
    }


def retrieved(found: Json, params: Json, settings: Json, *, is_admin: bool = False) -> Json:
    """The attributes that are asked for and may be told."""
    wanted = params.get("attributesToRetrieve")
    hidden = [] if is_admin else settings.get("unretrievableAttributes") or []
    return {
        name: value
        for name, value in found.items()
        if name == "objectID"
        or ((wanted is None or "*" in wanted or name in wanted) and name not in hidden)
    }


def _hit(found: Json, params: Json, typed: list[list[str]], settings: Json) -> Json:
    hit = retrieved(found, params, settings)
    names = params.get("attributesToHighlight")
    if names is None:
        names = []
    pre, post = params.get("highlightPreTag", "<em>"), params.get("highlightPostTag", "</em>")
    strict = settings.get("disableTypoToleranceOnAttributes") or []
    words = next((each for each in typed if matched(found, each, settings)), typed[0])
    result = {
        name: highlighted(found[name], words, pre, post, strict=name in strict)
        for name in names
        if found.get(name) is not None
    }
    if result:
        hit["_highlightResult"] = result
    return hit
