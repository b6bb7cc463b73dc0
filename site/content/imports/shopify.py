"""Shopify's product CSV: its columns, and its rows read by product.

A product is all rows with its handle. The first one has what is said of the whole product;
each row may have a variant and, independently, a picture.
Source: https://help.shopify.com/en/manual/products/import-export/using-csv
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from content.imports.plan import FileRefused, Problem

MAX_CELL = 5_000_000  # characters; a quote that is never closed would swallow the whole file

PRODUCT_START = [
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published",
]  # fmt: skip
OPTIONS = [f"Option{number} {part}" for number in (1, 2, 3) for part in ("Name", "Value")]
VARIANT = [
    "Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty",
    "Variant Inventory Policy", "Variant Fulfillment Service", "Variant Price",
    "Variant Compare At Price", "Variant Requires Shipping", "Variant Taxable",
    "Variant Barcode",
]  # fmt: skip
IMAGE = ["Image Src", "Image Position", "Image Alt Text"]
GOOGLE = [
    f"Google Shopping / {name}"
    for name in (
        "Google Product Category", "Gender", "Age Group", "MPN", "AdWords Grouping",
        "AdWords Labels", "Condition", "Custom Product", "Custom Label 0", "Custom Label 1",
        "Custom Label 2", "Custom Label 3", "Custom Label 4",
    )
]  # fmt: skip
STANDARD = [
    *PRODUCT_START, *OPTIONS, *VARIANT, *IMAGE, "Gift Card", "SEO Title", "SEO Description",
    *GOOGLE, "Variant Image", "Variant Weight Unit", "Variant Tax Code",
]  # fmt: skip
# Known, and read if they are there, but not in every file.
STATUS = "Status"
REQUIRED = ("Handle", "Title", "Variant Price")
OPTION_COLUMN = re.compile(r"Option([1-9]) (Name|Value)")

IMAGE_COLUMNS = frozenset(IMAGE)
# What is said of the whole product, in its first row; every other column is the variant's.
PRODUCT_COLUMNS = frozenset(
    [*PRODUCT_START, STATUS, "Gift Card", "SEO Title", "SEO Description", *GOOGLE]
) | {f"Option{number} Name" for number in range(1, 10)}
_SPELLED = {name.casefold(): name for name in [*STANDARD, STATUS]} | {
    f"option{number} {part}".casefold(): f"Option{number} {part}"
    for number in range(1, 10)
    for part in ("Name", "Value")
}


@dataclass(slots=True)
class Line:
    """A row of the file: where it begins, and its cells by column."""

    number: int
    cells: dict[str, str]
    problem: Problem | None = None


@dataclass(slots=True)
class Group:
    """All rows of one handle. Without a handle: one row, with what is wrong with it."""

    handle: str
    lines: list[Line]
    problem: Problem | None = None


class ShopifyFile:
    """A file that was looked through once: its columns, and how many rows each handle has."""

    def __init__(self, path: Path) -> None:
        """Look through the file. Raises FileRefused where it is no such table at all."""
        self.path = path
        self.columns: list[str] = []
        self._rows_of: Counter[str] = Counter()
        self.groups_total = 0
        for line in self._lines():
            handle = line.cells.get("Handle", "").strip()
            if not handle:
                self.groups_total += 1
            self._rows_of[handle] += 1
        del self._rows_of[""]
        self.groups_total += len(self._rows_of)

    def groups(self) -> Iterator[Group]:
        """The products in the order in which they end.

        Rows that stand apart are brought together; only unfinished products are in memory.
        """
        left = self._rows_of.copy()
        open_groups: dict[str, Group] = {}
        for line in self._lines():
            handle = line.cells["Handle"].strip()
            if not handle:
                problem = Problem(line.number, "Handle", "The handle is missing.")
                yield Group("", [line], problem)
                continue
            group = open_groups.setdefault(handle, Group(handle, []))
            group.lines.append(line)
            group.problem = group.problem or line.problem
            left[handle] -= 1
            if not left[handle]:
                del left[handle]
                yield open_groups.pop(handle)

    def _lines(self) -> Iterator[Line]:
        csv.field_size_limit(MAX_CELL)
        with self.path.open("rb") as raw:
            _refuse_other_formats(raw.read(4096))
        with self.path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            begins = 1
            try:
                self.columns = _header(next(reader, []))
                begins = reader.line_num + 1
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        yield self._line(begins, cells)
                    begins = reader.line_num + 1
            except UnicodeDecodeError as error:
                raise FileRefused(
                    "The file is not UTF-8. Save it as “CSV UTF-8”.", line=begins
                ) from error
            except csv.Error as error:
                raise FileRefused(f"This is not valid CSV: {error}.", line=begins) from error

    def _line(self, number: int, cells: list[str]) -> Line:
        named = dict.fromkeys(self.columns, "") | dict(zip(self.columns, cells, strict=False))
        problem = None
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            why = (
                f"The row has {len(cells)} cells and the header {len(self.columns)}."
                " A comma in a text has to stand between quotes."
            )
            problem = Problem(number, "", why)
        return Line(number, named, problem)


def _refuse_other_formats(start: bytes) -> None:
    if not start.strip():
        raise FileRefused("The file is empty.")
    if start.startswith(b"PK\x03\x04"):
        raise FileRefused("This is a spreadsheet or an archive. Export it as CSV (UTF-8).")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused("The file is UTF-16. Save it as “CSV UTF-8”.")
    if b"\x00" in start:
        raise FileRefused("This is not a text file.")


def _header(cells: list[str]) -> list[str]:
    """The names of the columns, known ones as they are usually spelled."""
    columns = [_SPELLED.get(cell.strip().casefold(), cell.strip()) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        apart = next((c for c in ";\t|" if len(columns) == 1 and c in columns[0]), "")
        hint = " The columns have to be separated by commas." if apart else ""
        if "Handle" in missing:
            hint = hint or " Is this Shopify's product CSV?"
        raise FileRefused(
            f"The header has no column {', '.join(f'“{name}”' for name in missing)}.{hint}",
            line=1,
            column=missing[0],
        )
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise FileRefused(f"The header has “{twice[0]}” twice.", line=1, column=twice[0])
    return columns
