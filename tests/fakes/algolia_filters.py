"""The fake Algolia's filters: facetFilters, numericFilters and the `filters` text."""

import operator
import re
from collections.abc import Callable
from typing import Any

from tests.fakes.algolia_words import value_at

Json = dict[str, Any]
Test = Callable[[Json], bool]
NUMERIC = re.compile(r"^([\w.]+)\s*(<=|>=|!=|=|<|>)\s*(-?\d+(?:\.\d+)?)$")
COMPARISONS = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq,
    "!=": operator.ne, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip


class BadFilter(Exception):
    """What Algolia would answer with 400."""


def condition(params: Json, settings: Json) -> Test:
    """Whether an object passes all of a query's filters."""
    tests: list[Test] = []
    for name, read in (("facetFilters", _facet), ("numericFilters", _numeric)):
        for group in params.get(name) or []:
            tests.append(_any([read(each, settings) for each in _listed(group)]))
    texts = params.get("filters") or []
    for text in [texts] if isinstance(texts, str) else texts:
        tests += _text(text, settings)
    return lambda found: all(test(found) for test in tests)


def _listed(group: Any) -> list[str]:
    found = group if isinstance(group, list) else [group]
    if not all(isinstance(each, str) for each in found):
        raise BadFilter("Filters are strings in at most two levels of lists")
    return found


def _any(tests: list[Test]) -> Test:
    return lambda found: any(test(found) for test in tests)


def facets_of(settings: Json) -> dict[str, set[str]]:
    """Attributes for faceting with their modifiers."""
    found: dict[str, set[str]] = {}
    for text in settings.get("attributesForFaceting") or []:
        *modifiers, name = text.rstrip(")").split("(")
        found[name] = set(modifiers)
    return found


def facet_text(value: Any) -> str:
    """A value as facets show it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def facet_values(found: Json, name: str) -> list[str]:
    """The values of an object, each once."""
    value = value_at(found, name)
    values = value if isinstance(value, list) else [] if value is None else [value]
    return list(dict.fromkeys(facet_text(each) for each in values))


def _facet(text: str, settings: Json) -> Test:
    name, colon, value = text.partition(":")
    if not colon:
        raise BadFilter(f"Invalid facet filter: {text}")
    if value.startswith("-"):
        raise BadFilter(f"A negation was hardly meant: {text}")
    wanted = value.removeprefix("\\").casefold()
    if name not in facets_of(settings):
        return lambda found: False  # as Algolia does, without a word
    return lambda found: wanted in {each.casefold() for each in facet_values(found, name)}


def _numeric(text: str, settings: Json) -> Test:
    parts = NUMERIC.match(text)
    if parts is None:
        raise BadFilter(f"Invalid numeric filter: {text}")
    name, sign, number = parts.groups()
    declared = settings.get("numericAttributesForFiltering")
    if declared is not None:
        allowed = {re.sub(r"^equalOnly\((.*)\)$", r"\1", each) for each in declared}
        only_equal = f"equalOnly({name})" in declared
        if name not in allowed or (only_equal and sign not in ("=", "!=")):
            return lambda found: False
    compare, wanted = COMPARISONS[sign], float(number)

    def test(found: Json) -> bool:
        value = value_at(found, name)
        return isinstance(value, int | float) and compare(float(value), wanted)

    return test


def _text(text: str, settings: Json) -> list[Test]:
    """`a:b AND (c:d OR n>3)`, without deeper nesting."""
    found = []
    for group in re.split(r"\s+AND\s+", text):
        parts = re.split(r"\s+OR\s+", group.strip().strip("()"))
        tests = [
            _numeric(each, settings)
            if NUMERIC.match(each)
            else _facet(each.replace('"', ""), settings)
            for each in parts
        ]
        found.append(_any(tests))
    return found
