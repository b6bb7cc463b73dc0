"""A record as Algolia's objects: one for each variant, grouped by `distinct` on the product.

What shoppers filter, count and sort by is the product's and the same in each of its objects, so
that counts after grouping are exact. Prices are minor units, an attribute for each currency.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.conf import settings

from commerce.catalogue import selectors as catalogue
from search.records import Record, RecordVariant

# The smallest limit of Algolia's plans is 10 KB for an object.
MAX_BYTES = 9_500
RATINGS = (1, 2, 3, 4)
# What is cut where that is too little, in this order.
_CUT = ("description", "summary", "thumbnail", "values", "tags", "attributes", "categories")

Json = dict[str, Any]


def objects_of(record: Record) -> list[Json]:
    """The objects of a product in one language, its first variant in front."""
    variants: Iterable[RecordVariant | None] = record.variants or (None,)
    own = [
        {**_own(record, variant), "position": position} for position, variant in enumerate(variants)
    ]
    room = MAX_BYTES - max(len(orjson.dumps(each)) for each in own)
    shared = _fitting(_shared(record), room)
    return [{**shared, **each} for each in own]


def object_id(product_id: int, variant_id: int | None) -> str:
    """`<product>-<variant>`; a product without variants has 0 for one."""
    return f"{product_id}-{variant_id or 0}"


def first_objects(product_ids: Iterable[int]) -> dict[int, str]:
    """The id of each product's first object; two queries. One that is not sold has none."""
    found: dict[int, str] = {}
    for variant in catalogue.variants_of(set(product_ids)):
        if any(price.currency in settings.CURRENCIES for price in variant.prices.all()):
            found.setdefault(variant.product_id, object_id(variant.product_id, variant.pk))
    return found


def sku_key(text: str) -> str:
    """A SKU without what people leave out when they type it."""
    return re.sub(r"[^0-9a-z]", "", text.lower())


def attribute_value(name: str, value: str) -> str:
    """An attribute as one text: settings would have to list every name that there may be."""
    return f"{name}={value}"


def _shared(record: Record) -> Json:
    brand = record.brand
    options = {value for variant in record.variants for value in variant.options.values()}
    values = {value for found in record.attributes.values() for value in found}
    return {
        "product_id": record.key.product_id,
        "version": record.version,
        "variant_count": max(1, len(record.variants)),
        "is_live": True,
        "name": record.name,
        "name_key": name_key(record.name),
        "slug": record.slug,
        "summary": record.summary,
        "description": record.description,
        "brand": brand.name if brand else None,
        "brand_id": brand.id if brand else None,
        "categories": [category.name for category in record.categories],
        "category_paths": list(_paths(record.category_path)),
        "tags": [tag.lower() for tag in record.tags],
        "attributes": [
            attribute_value(name, value)
            for name, found in record.attributes.items()
            for value in found
        ],
        "values": sorted(values - options),
        "from_minor": {code: price.from_minor for code, price in record.prices.items()},
        "to_minor": {code: price.to_minor for code, price in record.prices.items()},
        "compare_at_minor": {
            code: price.compare_at_minor
            for code, price in record.prices.items()
            if price.compare_at_minor is not None
        },
        "in_stock": {code: price.in_stock for code, price in record.prices.items()},
        "featured": record.featured,
        "rating": record.rating_average,
        "rating_count": record.rating_count,
        "rating_bands": [band for band in RATINGS if record.rating_average >= band],
        "sold_count": record.sold_count,
        "listed_at": int(record.listed_at.timestamp() * 1000),
        "thumbnail": record.thumbnail,
    }


def _own(record: Record, variant: RecordVariant | None) -> Json:
    if variant is None:
        return {"objectID": object_id(record.key.product_id, None), "variant_id": None}
    return {
        "objectID": object_id(record.key.product_id, variant.id),
        "variant_id": variant.id,
        "sku": variant.sku,
        "skus": list(dict.fromkeys([variant.sku, sku_key(variant.sku)])),
        "options": list(variant.options.values()),
        "price_minor": variant.prices,
        "variant_in_stock": variant.in_stock,
    }


def name_key(name: str) -> str:
    """A name as it is sorted: without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def _paths(path: str) -> Iterator[str]:
    """The path of a category and of each above it: `/3/`, `/3/17/`."""
    whole = "/"
    for part in path.split("/"):
        if part:
            whole = f"{whole}{part}/"
            yield whole


def _fitting(found: Json, room: int) -> Json:
    """Cut what Algolia would refuse, and with it the whole batch: first texts, then lists."""
    for field in _CUT:
        over = len(orjson.dumps(found)) - room
        if over <= 0:
            break
        whole = found[field]
        if isinstance(whole, str):
            found[field] = whole.encode()[: -over or None].decode(errors="ignore")
        elif isinstance(whole, list):
            found[field] = list(_shortened(whole, over))
        else:
            found[field] = None
    return found


def _shortened(values: list[str], over: int) -> Iterator[str]:
    """The first of the values, so many that the others are so many bytes of JSON."""
    room = sum(len(orjson.dumps(value)) + 1 for value in values) - over
    for value in values:
        room -= len(orjson.dumps(value)) + 1
        if room < 0:
            return
        yield value
