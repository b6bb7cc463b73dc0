"""The catalogue into a file: Shopify's CSV, or the JSON that docs/importing.md describes."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from wagtail.models import Locale

from commerce.catalogue.models import Product, ProductStatus, Variant
from content.imports.cells import (
    PRICE_COLUMNS,
    Picture,
    body_html,
    columns_of,
    own_cells,
    pictures_of,
    product_cells,
    rows_of,
    with_kept,
)
from content.imports.shopify import OPTION_COLUMN, STANDARD
from content.pages import ProductPage
from core.money import Money

BATCH = 200
Step = Callable[[], None]


@dataclass(slots=True)
class Exported:
    """How much was written, and what the format has no room for."""

    products: int = 0
    rows: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """A product with all that a file says about it."""

    product: Product
    page: ProductPage
    variants: list[Variant]
    pictures: list[Picture]
    names: list[str]


def products() -> QuerySet[Product]:
    """What is exported: everything that has a page, by id, archived products left out."""
    locale = Locale.get_default()
    return (
        Product.objects.exclude(status=ProductStatus.ARCHIVED)
        .filter(pages__locale=locale, pages__alias_of=None)
        .order_by("pk")
        .distinct()
    )


def entries(rows: QuerySet[Product]) -> Iterator[Entry]:
    """The products in id order, a batch in memory at a time."""
    last = 0
    while True:
        batch = [product.pk for product in rows.filter(pk__gt=last).only("pk")[:BATCH]]
        if not batch:
            return
        last = batch[-1]
        yield from load(batch)


def load(product_ids: list[int]) -> Iterator[Entry]:
    """Read products with their pages in a fixed number of queries."""
    variants = (
        Variant.objects.filter(archived_at=None)
        .select_related("stock")
        .prefetch_related("prices")
        .order_by("position", "pk")
    )
    pages = {
        page.product_id: page
        for page in ProductPage.objects.filter(
            product_id__in=product_ids, locale=Locale.get_default(), alias_of=None
        )
        .select_related("brand_page", "category_page")
        .prefetch_related("tagged_items__tag", "gallery__image", "related__page")
        .order_by("-pk")
    }
    found = (
        Product.objects.filter(pk__in=product_ids)
        .prefetch_related(Prefetch("variants", variants), "options__values")
        .order_by("pk")
    )
    for product in found:
        page = pages.get(product.pk)
        if page is None:
            continue
        if not page.live:  # the row of a draft is older than what its editor has written
            page = page.get_latest_revision_as_object()
        names = [option.name for option in product.options.all()]
        pictures = pictures_of(page, product.imported)
        yield Entry(product, page, list(product.variants.all()), pictures, names)


def table(entry: Entry, currency: str) -> list[dict[str, str]]:
    """A product's rows by column, each cell as it came in wherever nothing has changed since."""
    imported = entry.product.imported
    rows = rows_of(imported, entry.variants, entry.pictures)
    said = own_cells(rows, product_cells(entry.page, entry.names), currency, entry.pictures)
    same_currency = imported.get("currency", currency) == currency
    without = frozenset() if same_currency else PRICE_COLUMNS
    for number, (row, cells) in enumerate(zip(rows, said, strict=True)):
        if row.variant:
            with_kept(cells, row.variant.imported.get("cells", {}), without=without)
        if row.picture:
            with_kept(cells, row.picture.kept)
        if number == 0:
            with_kept(cells, imported.get("cells", {}), without=without)
    return said


def write_csv(out: TextIO, *, currency: str, step: Step = lambda: None) -> Exported:
    """Write every product. The header is that of the files that products came from, plus what
    of Shopify's own columns has something to say; for products that came from none, all of
    Shopify's columns.
    """
    done = Exported()
    columns: dict[str, None] = {}
    filled: set[str] = set()
    unpriced = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        for entry in entries(products()):
            columns |= dict.fromkeys(columns_of(entry.product.imported) or STANDARD)
            for cells in table(entry, currency):
                spool.write(json.dumps({c: cell for c, cell in cells.items() if cell}) + "\n")
                filled |= {column for column, cell in cells.items() if cell}
                unpriced += "Variant SKU" in cells and not cells.get("Variant Price")
                done.rows += 1
            done.products += 1
            step()
        header = _header(list(columns), filled)
        spool.seek(0)
        writer = csv.writer(out)  # RFC 4180: lines end in CR LF
        writer.writerow(header)
        for line in spool:
            cells = json.loads(line)
            writer.writerow([cells.get(column, "") for column in header])
    if unpriced:
        done.warnings.append(f"{unpriced} variants have no price in {currency}.")
    return done


def _header(seen: list[str], filled: set[str]) -> list[str]:
    if not seen:
        return list(STANDARD)
    more = [column for column in STANDARD if column in filled and column not in seen]
    # Shopify has three options; further ones go into columns of the same pattern.
    more += sorted(c for c in filled if OPTION_COLUMN.fullmatch(c) and c not in [*seen, *more])
    return [*seen, *more]


def write_json(out: TextIO, *, step: Step = lambda: None) -> Exported:
    """Write every product, with its prices in all currencies."""
    done = Exported()
    out.write("[")
    for entry in entries(products()):
        out.write(",\n" if done.products else "\n")
        out.write(json.dumps(as_json(entry), ensure_ascii=False, indent=2))
        done.products += 1
        done.rows += 1
        step()
    out.write("\n]\n")
    return done


def as_json(entry: Entry) -> dict[str, Any]:
    """A product as docs/importing.md describes it."""
    product, page = entry.product, entry.page
    return {
        "slug": page.slug,
        "name": page.title,
        "published": page.live,
        "brand": page.brand_page.title if page.brand_page else "",
        "category": page.category_page.title if page.category_page else "",
        "tags": [item.tag.name for item in page.tagged_items.all()],
        "featured": page.featured,
        "tax_class": product.tax_class,
        "summary": page.summary,
        "highlights": [block["value"] for block in page.highlights.get_prep_value()],
        "body_html": body_html(page),
        "specifications": [_plain(block) for block in page.specifications.get_prep_value()],
        "attributes": [_plain(block) for block in page.attributes.get_prep_value()],
        "seo": {"title": page.seo_title, "description": page.search_description},
        "options": [
            {"name": option.name, "values": [value.value for value in option.values.all()]}
            for option in product.options.all()
        ],
        "variants": [_variant(variant) for variant in entry.variants],
        "images": [
            {"src": picture.src, "alt": picture.alt, "options": picture.options}
            for picture in entry.pictures
        ],
    }


def _plain(block: dict[str, Any]) -> dict[str, str]:
    return {name: value or "" for name, value in block["value"].items()}


def _variant(variant: Variant) -> dict[str, Any]:
    level = getattr(variant, "stock", None)
    prices = [p for p in variant.prices.all() if p.currency in settings.CURRENCIES]
    prices.sort(key=lambda price: settings.CURRENCIES.index(price.currency))
    return {
        "sku": variant.sku,
        "options": variant.options,
        "prices": {p.currency: Money(p.amount_minor, p.currency).amount for p in prices},
        "compare_at": {
            p.currency: Money(p.compare_at_minor, p.currency).amount
            for p in prices
            if p.compare_at_minor is not None
        },
        "stock": level.on_hand if level else 0,
        "backorder": bool(level and level.backorder_limit),
        "low_stock_threshold": level.low_stock_threshold if level else 3,
        "weight_grams": variant.weight_grams,
        "barcode": variant.barcode,
        "requires_shipping": variant.requires_shipping,
        "taxable": variant.taxable,
    }
