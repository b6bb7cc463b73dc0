"""How the fake Algolia reads words: prefixes, one or two wrong letters, synonyms, highlights."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Match:
    """How well an object fits: fewer wrong letters, a better attribute, more whole words."""

    typos: int
    attribute: int
    exact: int


def plain(text: str) -> str:
    """Lower case, without accents."""
    spread = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in spread if not unicodedata.combining(sign)).casefold()


def words_of(value: Any) -> list[str]:
    """The words of an attribute, whatever its type."""
    if isinstance(value, list):
        return [word for each in value for word in words_of(each)]
    return WORD.findall(plain(str(value))) if value is not None else []


def value_at(found: Json, path: str) -> Any:
    """`from_minor.USD` of an object."""
    value: Any = found
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def searchable(settings: Json) -> list[str]:
    """The attributes in their order, without `unordered(…)`."""
    names = settings.get("searchableAttributes") or []
    return [re.sub(r"^\w+\((.*)\)$", r"\1", name) for name in names]


def readings(query: str, synonyms: list[Json]) -> list[list[str]]:
    """What was typed, and what it is with one phrase replaced by a synonym."""
    typed = words_of(query)
    found = [typed]
    for synonym in synonyms:
        phrases = [words_of(each) for each in synonym["synonyms"]]
        known = phrases if synonym["type"] == "synonym" else [words_of(synonym["input"])]
        for phrase in known:
            for begin in range(len(typed) - len(phrase) + 1):
                if phrase and typed[begin : begin + len(phrase)] == phrase:
                    rest = typed[:begin], typed[begin + len(phrase) :]
                    found += [[*rest[0], *other, *rest[1]] for other in phrases if other != phrase]
    return found


def matched(found: Json, typed: list[str], settings: Json) -> Match | None:
    """How an object fits all of the words, None if it does not."""
    attributes = searchable(settings)
    strict = settings.get("disableTypoToleranceOnAttributes", [])
    words = {name: words_of(value_at(found, name)) for name in attributes}
    typos, best, exact = 0, len(attributes), 0
    for number, word in enumerate(typed):
        is_last = number == len(typed) - 1
        fits = [
            (cost, place, is_whole)
            for place, name in enumerate(attributes)
            for other in words[name]
            for cost, is_whole in _fits(word, other, is_last, is_strict=name in strict)
        ]
        if not fits:
            return None
        cost, place, is_whole = min(fits, key=lambda fit: (fit[0], fit[1], not fit[2]))
        typos += cost
        best = min(best, place)
        exact += is_whole
    return Match(typos, best, exact)


def _fits(word: str, other: str, is_last: bool, *, is_strict: bool) -> Iterator[tuple[int, bool]]:
    if other == word or _singular(other) == _singular(word):
        yield 0, True
    elif is_last and other.startswith(word):
        yield 0, False
    elif not is_strict:
        allowed = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
        cost = distance(word, other)
        if 0 < cost <= allowed:
            yield cost, False
        elif allowed and is_last and len(other) > len(word):
            cost = distance(word, other[: len(word)])
            if 0 < cost <= allowed:
                yield cost, False


def _singular(word: str) -> str:
    return word[:-2] if word.endswith("es") else word.removesuffix("s")


def distance(one: str, other: str) -> int:
    """Letters left out, added, wrong or swapped; 3 where it is 3 or more."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        following = [i]
        for j, b in enumerate(other, start=1):
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        before, row = row, following
    return min(3, row[-1])


def highlighted(value: Any, typed: list[str], pre: str, post: str, *, strict: bool) -> Any:
    """`_highlightResult` of one attribute; lists give a list."""
    if isinstance(value, list):
        return [highlighted(each, typed, pre, post, strict=strict) for each in value]
    text = "" if value is None else str(value)
    seen: set[str] = set()
    letters = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal letters
        whole = found.group()
        for number, word in enumerate(typed):
            is_last = number == len(typed) - 1
            for _, is_whole in _fits(word, plain(whole), is_last, is_strict=strict):
                seen.add(word)
                size = len(whole) if is_whole or not plain(whole).startswith(word) else len(word)
                letters += size
                return f"{pre}{whole[:size]}{post}{whole[size:]}"
        return whole

    marked = WORD.sub(mark, text)
    level = "none" if not seen else "full" if len(seen) == len(set(typed)) else "partial"
    all_letters = sum(len(word) for word in WORD.findall(text))
    result: Json = {"value": marked, "matchLevel": level, "matchedWords": sorted(seen)}
    if seen:
        result["fullyHighlighted"] = letters == all_letters
    return result
