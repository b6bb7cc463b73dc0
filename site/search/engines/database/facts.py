"""What is known of a record beside its words: how it is stored, and how it is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from search.engines.database import words
from search.models import IndexEntry
from search.records import Record

NAME, BRAND, SHELF, SUMMARY, DESCRIPTION = LEVELS = range(5)
MAX_TEXT = 20_000
MAX_CODE = 4  # longer words with digits in them are not for the vocabulary


class Facts(NamedTuple):
    """The JSON list of an entry, in this order.

    `listed_at` is in seconds since 1970, `rating` in hundredths; `prices` has the lowest minor
    units and whether it can be had, by currency; `categories` have their id and name.
    """

    name: str
    brand_id: int | None
    path: str
    categories: list[tuple[int, str]]
    featured: bool
    rating: int
    rating_count: int
    sold: int
    listed_at: int
    prices: dict[str, tuple[int, bool]]
    tags: list[str]
    attributes: dict[str, list[str]]
    brand: str


def facts_of(record: Record) -> Facts:
    """What is stored of a record."""
    return Facts(
        name=record.name,
        brand_id=record.brand.id if record.brand else None,
        path=record.category_path,
        categories=[(each.id, each.name) for each in record.categories],
        featured=record.featured,
        rating=round(record.rating_average * 100),
        rating_count=record.rating_count,
        sold=record.sold_count,
        listed_at=int(record.listed_at.timestamp()),
        prices={
            currency: (price.from_minor, price.in_stock)
            for currency, price in record.prices.items()
        },
        tags=[tag.lower() for tag in record.tags],
        attributes={name: list(values) for name, values in record.attributes.items()},
        brand=record.brand.name if record.brand else "",
    )


def read(text: str) -> Facts:
    """Facts as they were stored."""
    return Facts(*orjson.loads(text))


@dataclass(slots=True)
class Written:
    """An entry with its words by level and its SKUs by variant, ready to be stored.

    `vocabulary` has the level of each word that spelling and completion should know of.
    """

    entry: IndexEntry
    words: tuple[list[str], ...]
    skus: list[tuple[str, int]]
    vocabulary: dict[str, int]


def written(record: Record, *, generation: int, edition: int) -> Written:
    """Prepare a record."""
    variants: list[Any] = [
        [each.id, each.sku, list(each.options.values())] for each in record.variants
    ]
    entry = IndexEntry(
        generation=generation,
        edition=edition,
        locale=record.key.locale,
        product_id=record.key.product_id,
        version=record.version,
        gone=False,
        name=record.name[:255],
        brand=(record.brand.name if record.brand else "")[:255],
        summary=record.summary,
        facts=orjson.dumps(tuple(facts_of(record))).decode(),
        variants=orjson.dumps(variants).decode(),
    )
    skus = [(words.bare(each.sku), each.id) for each in record.variants]
    found = [_words(texts) for texts in _texts(record)]
    vocabulary: dict[str, int] = {}
    for level, own in enumerate(found):
        for word in own:
            if len(word) <= MAX_CODE or not any(sign.isdigit() for sign in word):
                vocabulary.setdefault(word, level)
    # SKUs are nobody's spelling, and there are more of them than of all other words. A part of
    # one is worth little: CHA for charcoal must not go before a chair.
    found[BRAND] += [sku for sku, _ in skus]
    found[DESCRIPTION] += _words([each.sku for each in record.variants])
    return Written(entry, tuple(found), skus, vocabulary)


def _words(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(each for text in texts for each in words.spellings(text)))


def _texts(record: Record) -> Iterator[list[str]]:
    """The texts of each level, but for SKUs."""
    yield [record.name]
    yield [record.brand.name if record.brand else ""]
    yield [
        *(each.name for each in record.categories),
        *record.tags,
        *(value for values in record.attributes.values() for value in values),
        *(value for each in record.variants for value in each.options.values()),
    ]
    yield [record.summary]
    yield [record.description[:MAX_TEXT]]
