"""From what was typed to groups of words, each of which has to be found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.engines.database import words
from search.engines.database.vocabulary import Vocabulary
from search.wording import Synonyms

# How much of a find's weight is left where it is not the word itself that was found.
SAME, SYNONYM, WRITTEN_APART = 1.0, 0.8, 0.7
MAX_WORDS = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to find a group: all of its words, at this part of their weight.

    `open` where the last word may go on: it is still being typed.
    """

    words: tuple[str, ...]
    weight: float = SAME
    open: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Something that was asked for, as it was typed, and the ways to find it."""

    typed: tuple[str, ...]
    choices: tuple[Choice, ...]


def groups_of(
    typed: Sequence[str],
    vocabulary: Vocabulary,
    synonyms: Sequence[Synonyms],
    locale: str,
    also: Mapping[str, str],
) -> list[Group]:
    """What has to be found for these words; the last one may be unfinished.

    `also` has other spellings of the same words.
    """
    rules = _rules(tuple(synonyms), locale)
    longest = max((len(rule) for rule in rules), default=1)
    stems = words.stems(typed, locale)
    found: list[Group] = []
    at = 0
    while at < len(typed):
        for size in range(min(longest, len(typed) - at), 0, -1):
            if stems[at : at + size] in rules:
                break
        else:
            two = typed[at : at + 2]
            size = 2 if len(two) == 2 and "".join(two) in vocabulary.known else 1
        part = tuple(typed[at : at + size])
        last = at + size == len(typed)
        others = rules.get(stems[at : at + size], ())
        choices = _choices(part, others, vocabulary, locale, also, last=last)
        found.append(Group(part, tuple(choices)))
        at += size
    return found


def _choices(
    part: tuple[str, ...],
    others: Sequence[tuple[str, ...]],
    vocabulary: Vocabulary,
    locale: str,
    also: Mapping[str, str],
    *,
    last: bool,
) -> Iterator[Choice]:
    yield Choice(part, open=last)
    for other in others:
        yield Choice(other, SYNONYM)
    if len(part) > 1:
        if (joined := "".join(part)) in vocabulary.known:
            yield Choice((joined,), WRITTEN_APART)
        return
    for word in filter(None, (part[0], also.get(part[0]))):
        if word != part[0]:
            yield Choice((word,), open=last)
        stem = words.stem(word, locale)
        if not vocabulary.is_prominent(word, stem) and not (last and vocabulary.begins(word)):
            parts = vocabulary.parts(word, stem, locale)
            if parts:
                yield Choice(parts, WRITTEN_APART)


@lru_cache(maxsize=32)
def _rules(
    synonyms: tuple[Synonyms, ...], locale: str
) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """What else finds the same, by the stems of what is typed."""
    rules: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for each in synonyms:
        every = [_asked(text, locale) for text in each.words]
        froms = [_asked(each.typed, locale)] if each.typed else every
        for typed in filter(None, froms):
            others = [other for other in every if other and other != typed]
            rules.setdefault(words.stems(typed, locale), []).extend(others)
    return rules


def _asked(text: str, locale: str) -> tuple[str, ...]:
    """The words of a text, as those of a query are taken: each once, without stop words."""
    return tuple(words.without_stop_words(dict.fromkeys(words.split(text)), locale))
