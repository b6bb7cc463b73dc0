"""What the shop says in the cells of Shopify's table, and what a file said there before.

An export writes a cell as it came in, as long as the shop still says what it said right after
that import: "50" stays "50" and does not become "50.00" until the price changes. For this, an
import keeps every cell that differs, next to what the shop would have written.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.conf import settings

from commerce.catalogue.models import Variant
from content import richtext
from content.imports.plan import Sheet
from content.imports.shopify import IMAGE_COLUMNS, PRODUCT_COLUMNS, STANDARD, STATUS
from content.pages import ProductPage
from core.money import Money

Cells = dict[str, str]
Kept = dict[str, list[str]]
PRICE_COLUMNS = frozenset({"Variant Price", "Variant Compare At Price"})
_LONG = 64


@dataclass(slots=True)
class Picture:
    """A picture as a file names it. One that could not be had has no `image`."""

    src: str
    image: int | None
    alt: str = ""
    options: dict[str, str] = field(default_factory=dict)
    listed: bool = True
    kept: Kept = field(default_factory=dict)
    position: int = 0


def own_address(image: Any) -> str:
    """Where anybody finds a picture of this shop."""
    url: str = image.file.url
    return f"{settings.BASE_URL}{url}" if url.startswith("/") else url


def pictures_of(page: ProductPage, imported: Mapping[str, Any]) -> list[Picture]:
    """A page's gallery by sources, with what could not be had in its old place."""
    known: list[dict[str, Any]] = list(imported.get("images", []))
    pictures: list[Picture] = []
    for row in page.gallery.all():
        if row.image_id is None:
            continue
        entry = next((e for e in known if e["image"] == row.image_id and "used" not in e), None)
        if entry is not None:
            known[known.index(entry)] = {**entry, "used": True}
        picture = Picture(entry["src"] if entry else own_address(row.image), row.image_id)
        picture.alt, picture.options = row.alt, row.options or {}
        if entry:
            picture.kept = entry.get("cells", {})
            picture.listed = entry.get("listed", True)
        pictures.append(picture)
    for index, entry in enumerate(known):
        if entry["image"] is None:
            missing = Picture(entry["src"], None, listed=entry.get("listed", True))
            missing.kept = entry.get("cells", {})
            pictures.insert(index, missing)
    for position, picture in enumerate((p for p in pictures if p.listed), start=1):
        picture.position = position
    return pictures


def body_html(page: ProductPage) -> str:
    """The description as HTML, pictures and other blocks left out."""
    blocks = page.body.get_prep_value()
    return "".join(richtext.html(b["value"]) for b in blocks if b["type"] == "text")


def product_cells(page: ProductPage, names: Sequence[str]) -> Cells:
    """The cells of a product's first row that are about all of it."""
    cells = {
        "Handle": page.slug,
        "Title": page.title,
        "Body (HTML)": body_html(page),
        "Vendor": page.brand_page.title if page.brand_page else "",
        "Type": page.category_page.title if page.category_page else "",
        "Tags": ", ".join(sorted((tag.name for tag in page.tags.all()), key=str.casefold)),
        "Published": _yes(page.live),
        STATUS: "active" if page.live else "draft",
        "Gift Card": "false",
        "SEO Title": page.seo_title,
        "SEO Description": page.search_description,
    }
    for number, name in enumerate(names or ["Title"], start=1):
        cells[f"Option{number} Name"] = name
    return cells


def variant_cells(variant: Variant, currency: str, pictures: Sequence[Picture]) -> Cells:
    """The cells of a row that are about its variant."""
    level = getattr(variant, "stock", None)
    price = next((p for p in variant.prices.all() if p.currency == currency), None)
    compare_at = price.compare_at_minor if price else None
    cells = {
        "Variant SKU": variant.sku,
        "Variant Grams": str(variant.weight_grams),
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": str(level.on_hand if level else 0),
        "Variant Inventory Policy": "continue" if level and level.backorder_limit else "deny",
        "Variant Fulfillment Service": "manual",
        "Variant Price": Money(price.amount_minor, currency).amount if price else "",
        "Variant Compare At Price": ""
        if compare_at is None
        else Money(compare_at, currency).amount,
        "Variant Requires Shipping": _yes(variant.requires_shipping),
        "Variant Taxable": _yes(variant.taxable),
        "Variant Barcode": variant.barcode,
        "Variant Image": _picture_for(variant, pictures),
        "Variant Weight Unit": "kg",
    }
    for number, value in enumerate(variant.options.values() or ["Default Title"], start=1):
        cells[f"Option{number} Value"] = value
    return cells


def picture_cells(picture: Picture) -> Cells:
    """The cells of a row that are about its picture."""
    return {
        "Image Src": picture.src,
        "Image Position": str(picture.position),
        "Image Alt Text": picture.alt,
    }


def _picture_for(variant: Variant, pictures: Sequence[Picture]) -> str:
    fitting = [p for p in pictures if p.options and p.options.items() <= variant.options.items()]
    return max(fitting, key=lambda p: len(p.options)).src if fitting else ""


def _yes(value: bool) -> str:
    return "true" if value else "false"


@dataclass(slots=True)
class Row:
    """A row of the table: its variant and its picture, each if it has one."""

    variant: Variant | None
    picture: Picture | None


def rows_of(
    imported: Mapping[str, Any], variants: Sequence[Variant], pictures: Sequence[Picture]
) -> list[Row]:
    """A product's rows: as they came if they came from a file, what is new behind them."""
    left_variants = {variant.pk: variant for variant in variants}
    left_pictures = {picture.src: picture for picture in pictures if picture.listed}
    rows: list[Row] = []
    for variant_id, src in imported.get("rows", []):
        row = Row(left_variants.pop(variant_id, None), left_pictures.pop(src, None))
        if row.variant or row.picture:
            rows.append(row)
    more = zip_longest(left_variants.values(), left_pictures.values())
    rows += [Row(variant, picture) for variant, picture in more]
    first = next((row for row in rows if row.variant), None)
    if first is not None and rows[0].variant is None:
        rows[0].variant, first.variant = first.variant, None
    return [row for row in rows if row.variant or row.picture] or [Row(None, None)]


def own_cells(
    rows: Sequence[Row], product: Cells, currency: str, pictures: Sequence[Picture]
) -> list[Cells]:
    """What the shop says in each row."""
    table = []
    for number, row in enumerate(rows):
        cells: Cells = {"Handle": product["Handle"]}
        if number == 0:
            cells |= product
        if row.variant:
            cells |= variant_cells(row.variant, currency, pictures)
        if row.picture:
            cells |= picture_cells(row.picture)
        table.append(cells)
    return table


def mark(cell: str) -> str:
    """A cell to compare with later: itself, or its hash if it is long."""
    if len(cell) <= _LONG:
        return cell
    return "sha256:" + hashlib.sha256(cell.encode()).hexdigest()[:32]


def with_kept(
    cells: Cells, kept: Mapping[str, Sequence[str]], *, without: frozenset[str] = frozenset()
) -> None:
    """Put the cells of the file back where the shop still says the same."""
    for column, (raw, said) in kept.items():
        if column not in without and mark(cells.get(column, "")) == said:
            cells[column] = raw


@dataclass(slots=True)
class Keepsake:
    """What an import keeps of a file: of the product, and of each variant."""

    product: dict[str, Any]
    variants: dict[int, dict[str, Any]]


def keep(
    sheet: Sheet,
    page: ProductPage,
    variants: Sequence[Variant],
    pictures: list[Picture],
    names: Sequence[str],
    variant_ids: Sequence[int],
) -> Keepsake:
    """Compare a file's rows with what the shop says now, and keep the differences."""
    by_id = {variant.pk: variant for variant in variants}
    by_src = {picture.src: picture for picture in pictures}
    rows = [
        Row(
            by_id.get(variant_ids[row.variant]) if row.variant is not None else None,
            by_src.get(row.image) if row.image else None,
        )
        for row in sheet.rows
    ]
    filled = [
        (row, line)
        for row, line in zip(rows, sheet.rows, strict=True)
        if row.variant or row.picture
    ]
    own = own_cells(
        [row for row, _ in filled], product_cells(page, names), sheet.currency, pictures
    )
    about_product: Kept = {}
    about_variants: dict[int, Kept] = {variant.pk: {} for variant in variants}
    about_pictures: dict[str, Kept] = {picture.src: {} for picture in pictures}
    columns = list(dict.fromkeys([*sheet.columns, *STANDARD]))
    for number, ((row, line), said) in enumerate(zip(filled, own, strict=True)):
        for column in columns:
            raw, now = line.cells.get(column, ""), said.get(column, "")
            if raw == now:
                continue
            if row.picture and (column in IMAGE_COLUMNS or not row.variant):
                target = about_pictures[row.picture.src]
            elif number == 0 and column in PRODUCT_COLUMNS or not row.variant:
                target = about_product
            else:
                target = about_variants[row.variant.pk]
            target[column] = [raw, mark(now)]
    kept: dict[str, Any] = {
        "handle": sheet.rows[0].cells["Handle"].strip(),
        "currency": sheet.currency,
        "columns": _short(sheet.columns),
        "cells": about_product,
        "images": [
            {"src": p.src, "image": p.image}
            | ({"cells": about_pictures[p.src]} if about_pictures[p.src] else {})
            | ({} if p.listed else {"listed": False})
            for p in pictures
        ],
    }
    layout = [
        [row.variant and row.variant.pk, row.picture and row.picture.src] for row, _ in filled
    ]
    usual = [
        [row.variant and row.variant.pk, row.picture and row.picture.src]
        for row in rows_of({}, variants, pictures if "Image Src" in sheet.columns else [])
    ]
    if layout != usual:
        kept["rows"] = layout
    return Keepsake(
        kept, {pk: {"cells": cells} if cells else {} for pk, cells in about_variants.items()}
    )


def _short(columns: list[str]) -> list[str] | dict[str, list[str]]:
    """A header that begins like everybody's is kept as what it has more."""
    if columns[: len(STANDARD)] == STANDARD:
        return {"standard_and": columns[len(STANDARD) :]}
    return columns


def columns_of(imported: Mapping[str, Any]) -> list[str]:
    """The header of the file that a product came from; empty if it came from none."""
    kept = imported.get("columns", [])
    return [*STANDARD, *kept["standard_and"]] if isinstance(kept, dict) else list(kept)
