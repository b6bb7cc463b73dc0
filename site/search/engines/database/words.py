"""Words as they are compared: folded, split, stemmed. Both databases are given these."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

MAX_WORD = 60
# What PostgreSQL's dictionaries and snowballstemmer both know, by the first part of a locale.
LANGUAGES = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
}  # fmt: skip
# Languages that write compounds as one word.
COMPOUNDING = frozenset({"da", "de", "fi", "hu", "nb", "nl", "no", "sv"})

# Words that need not be found, because everything or nothing has them.
_STOP_WORDS = {
    "en": "a an and are as at be by for from in is it of on or that the this to with without"
    " your my our i me show find looking want need some any",
    "de": "ab als am an auf aus bei bis da das dem den der des die ein eine einem einen einer"
    " eines es fuer fur im in ich ist mit nach oder ohne und vom von vor zu zum zur mein meine"
    " suche brauche",
}
STOP_WORDS = {code: frozenset(words.split()) for code, words in _STOP_WORDS.items()}

_MARKS = "".join(
    sign for sign in map(chr, range(0x300, 0x10000)) if unicodedata.category(sign)[0] == "M"
)
# A word as it stands in a text, with its marks: accents of their own, the vowels of Hindi.
WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
_PLAIN = re.compile(r"[a-z0-9]+")
_JOINED = re.compile(r"(?<![\w-])\w+(?:[-'’]\w+){1,2}(?![\w-])")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
# Letters that do not come apart into a base and a mark.
_LETTERS = str.maketrans(
    {"æ": "ae", "ø": "o", "đ": "d", "ł": "l", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)
# Written without spaces: each sign is a word.
_SIGNS = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


def fold(text: str) -> str:
    """Lower case without accents: Mütze is mutze, Straße strasse."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in parts if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFC", plain).casefold().translate(_LETTERS)


def split(text: str) -> list[str]:
    """The words of a text, folded."""
    folded = fold(text)
    if folded.isascii():
        return [word[:MAX_WORD] for word in _PLAIN.findall(folded)]
    kept = (
        sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in folded
    )
    return [word[:MAX_WORD] for word in _SIGNS.sub(r" \1 ", "".join(kept)).split()]


def spellings(text: str) -> list[str]:
    """The words of a text to be indexed: also with ü as ue, and T-Shirt as tshirt."""
    found = split(text)
    if (with_e := text.translate(_UMLAUTS)) != text:
        found += split(with_e)
    for match in _JOINED.finditer(text):
        found += split(re.sub(r"[-'’]", "", match[0]))
    return found


def with_e(text: str) -> dict[str, str]:
    """The folded words of a text that can be written with ae, oe or ue, and how then."""
    plain, other = split(text), split(text.translate(_UMLAUTS))
    if len(plain) != len(other):
        return {}
    return {word: with_e for word, with_e in zip(plain, other, strict=True) if word != with_e}


def language(locale: str) -> str:
    """The first part of a locale: de of de-AT."""
    return locale.lower().replace("_", "-").partition("-")[0]


def dictionary(locale: str) -> str:
    """PostgreSQL's name of a locale's dictionary."""
    return LANGUAGES.get(language(locale), "simple")


@lru_cache(maxsize=200_000)
def stem(word: str, locale: str) -> str:
    """What a word's forms have in common, or the word itself in an unknown language."""
    name = LANGUAGES.get(language(locale))
    return str(_stemmer(name).stemWord(word)) if name else word


@lru_cache(maxsize=100_000)
def forms(word: str, locale: str) -> tuple[tuple[str, str], ...]:
    """The spellings of a word as it stands in a text, each with its stem."""
    return tuple((own, stem(own, locale)) for own in spellings(word))


@lru_cache(maxsize=32)
def _stemmer(name: str) -> "snowballstemmer.stemmer":
    return snowballstemmer.stemmer(name)


def without_stop_words(words: Iterable[str], locale: str) -> list[str]:
    """The words that have to be found; all of them if there are only stop words."""
    every = list(words)
    stopped = STOP_WORDS.get(language(locale), frozenset())
    return [word for word in every if word not in stopped] or every


def stems(every: Iterable[str], locale: str) -> tuple[str, ...]:
    """The stem of each of these words."""
    return tuple(stem(word, locale) for word in every)


def bare(sku: str) -> str:
    """A SKU as it is compared: letters and digits, folded."""
    return "".join(split(sku))[:100]
