"""Highlights: the words that were found, marked in escaped text."""

from collections.abc import Callable, Sequence
from functools import cache

from django.utils.html import escape

from search.engines.database import words
from search.engines.database.asking import Group
from search.engines.database.vocabulary import MIN_TAIL


def marker(groups: Sequence[Group], locale: str) -> Callable[[str], bool]:
    """Whether a word of a text is one that was looked for."""
    wanted: set[str] = set()
    stems: set[str] = set()
    beginnings: list[str] = []
    for group in groups:
        for choice in group.choices:
            wanted.update(choice.words)
            stems.update(words.stem(word, locale) for word in choice.words)
            if choice.open:
                beginnings.append(choice.words[-1])
    begun = tuple(beginnings)
    endings = tuple(stem for stem in stems if len(stem) >= MIN_TAIL)

    def is_wanted(word: str) -> bool:
        return any(
            own in wanted or stem in stems or own.startswith(begun) or stem.endswith(endings)
            for own, stem in words.forms(word, locale)
        )

    # The texts of a page have mostly the same words.
    return cache(is_wanted)


def marked(text: str, is_wanted: Callable[[str], bool]) -> str | None:
    """The text as HTML with <mark> around the words, or None where there is none of them."""
    pieces: list[str] = []
    at = 0
    for match in words.WORD.finditer(text):
        if is_wanted(match[0]):
            pieces += [escape(text[at : match.start()]), f"<mark>{escape(match[0])}</mark>"]
            at = match.end()
    if not pieces:
        return None
    return "".join([*pieces, escape(text[at:])])
