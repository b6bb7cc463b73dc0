"""What a search engine is told of a product: made from what shoppers see, in one language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.conf import settings

from commerce.catalogue import selectors as catalogue
from commerce.catalogue.models import Variant
from content.cards import selectors as cards
from content.cards.card import version_of
from content.cards.models import ProductCard, ProductDocument
from content.cards.names import Names


class RecordKey(NamedTuple):
    """Names a record: one product in one language."""

    product_id: int
    locale: str


@dataclass(frozen=True, slots=True)
class Named:
    """A brand or a category as it is called in the record's language."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class RecordPrice:
    """What it costs in one currency, in minor units: the cheapest variant, the dearest, the
    struck-through price; and whether any that is sold in that currency is in stock."""

    from_minor: int
    to_minor: int
    compare_at_minor: int | None
    in_stock: bool


@dataclass(frozen=True, slots=True)
class RecordVariant:
    """A variant on sale. `prices` has minor units by currency."""

    id: int
    sku: str
    options: dict[str, str]
    prices: dict[str, int]
    in_stock: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One product in one language. `categories` run from the top to the product's own.

    `attributes` has values by the name that filters use (`attr.<name>`), its variants' options
    among them. `version` changes whenever anything else here does.
    """

    key: RecordKey
    version: str
    name: str
    slug: str
    summary: str
    description: str
    brand: Named | None
    categories: tuple[Named, ...]
    category_path: str
    tags: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]
    variants: tuple[RecordVariant, ...]
    prices: dict[str, RecordPrice]
    featured: bool
    rating_average: float
    rating_count: int
    sold_count: int
    listed_at: datetime
    thumbnail: dict[str, object] | None = field(default=None)


BATCH = 200


def records_of(product_ids: Iterable[int]) -> list[Record]:
    """The records of these products, in id order; one that is not on sale has none.

    The number of queries does not depend on how many there are.
    """
    ids = sorted(set(product_ids))
    if not ids:
        return []
    by_key: dict[RecordKey, list[ProductCard]] = {}
    for card in cards.cards_of(ids):
        by_key.setdefault(RecordKey(card.product_id, card.locale), []).append(card)
    if not by_key:
        return []
    documents = {
        RecordKey(row.product_id, row.locale): row for row in cards.documents_of(ids).iterator()
    }
    variants: dict[int, list[Variant]] = {}
    for variant in catalogue.variants_of(ids):
        variants.setdefault(variant.product_id, []).append(variant)
    names = cards.category_names({row.category_id for rows in by_key.values() for row in rows})
    for rows in by_key.values():
        rows.sort(key=lambda row: row.currency)
    # They are the same whatever the currency.
    attributes = cards.attributes_of([rows[0].pk for rows in by_key.values()])
    return [
        _record(
            key,
            rows,
            documents.get(key),
            variants.get(key.product_id, []),
            attributes.get(rows[0].pk, {}),
            names,
        )
        for key, rows in sorted(by_key.items())
    ]


def all_records() -> Iterator[Record]:
    """Every record of the shop by product id, a batch in memory at a time."""
    after = 0
    while ids := cards.product_ids_after(after, limit=BATCH):
        yield from records_of(ids)
        after = ids[-1]


def _record(
    key: RecordKey,
    rows: list[ProductCard],
    document: ProductDocument | None,
    variants: list[Variant],
    attributes: Mapping[str, Sequence[str]],
    names: Names,
) -> Record:
    """`rows` are the product's cards in that language, one of each currency."""
    card = rows[0]
    face = orjson.loads(card.body)
    record: dict[str, Any] = {
        "key": key,
        "name": card.name,
        "slug": card.slug,
        "summary": orjson.loads(document.body).get("summary", "") if document else "",
        "description": card.description_text,
        "brand": _named(face["brand"]),
        "categories": tuple(
            Named(shelf["id"], shelf["slug"], shelf["name"])
            for shelf in names.trail_of(card.category_id, key.locale)
        ),
        "category_path": card.category_path,
        "tags": tuple(face["tags"]),
        "attributes": {name: tuple(sorted(attributes[name])) for name in sorted(attributes)},
        "variants": _variants(variants),
        "prices": {
            row.currency: RecordPrice(
                row.price_from_minor, row.price_to_minor, row.compare_at_minor, row.in_stock
            )
            for row in rows
        },
        "featured": card.featured,
        "rating_average": float(card.rating_average),
        "rating_count": card.rating_count,
        "sold_count": card.sold_count,
        "listed_at": card.listed_at,
        "thumbnail": face["thumbnail"],
    }
    # All but a key's own type is known to orjson, which reads dataclasses much faster than asdict.
    parts = orjson.dumps([record[name] for name in _DIGESTED], default=list)
    return Record(version=version_of(orjson.Fragment(parts)), **record)


_DIGESTED = [each.name for each in fields(Record) if each.name != "version"]


def _named(shape: dict[str, Any] | None) -> Named | None:
    return Named(shape["id"], shape["slug"], shape["name"]) if shape else None


def _variants(variants: list[Variant]) -> tuple[RecordVariant, ...]:
    """The variants with a price, in display order."""
    found = []
    for variant in variants:
        prices = {
            price.currency: price.amount_minor
            for price in sorted(variant.prices.all(), key=lambda price: price.currency)
            if price.currency in settings.CURRENCIES
        }
        level = getattr(variant, "stock", None)
        if prices:
            found.append(
                RecordVariant(
                    id=variant.pk,
                    sku=variant.sku,
                    options=dict(variant.options),
                    prices=prices,
                    in_stock=level is not None and level.sellable > 0,
                )
            )
    return tuple(found)
