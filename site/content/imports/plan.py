"""What a file says about one product, before anything is written.

In every field None means that the file does not say, so that what is there stays; an empty
string, list or mapping means that the file says there is none.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one place of a file. `line` counts from 1; `column` may be empty."""

    line: int
    column: str
    why: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "the file"
        return f"{place}, {self.column}: {self.why}" if self.column else f"{place}: {self.why}"


class FileRefused(Exception):
    """The file as a whole cannot be read; says the line, the column and why."""

    def __init__(self, why: str, *, line: int = 0, column: str = "") -> None:
        self.problem = Problem(line, column, why)
        super().__init__(str(self.problem))


class ProductRefused(Exception):
    """A product cannot be stored as the file wants it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(slots=True)
class PricePlan:
    """A price in minor units of a currency."""

    amount_minor: int
    compare_at_minor: int | None = None


@dataclass(slots=True)
class VariantPlan:
    """One variant. `backorder` is whether it is sold when nothing is on hand."""

    line: int
    options: dict[str, str]
    sku: str = ""
    prices: dict[str, PricePlan] = field(default_factory=dict)
    on_hand: int | None = None
    backorder: bool | None = None
    low_stock_threshold: int | None = None
    weight_grams: int | None = None
    barcode: str | None = None
    requires_shipping: bool | None = None
    taxable: bool | None = None


@dataclass(slots=True)
class ImagePlan:
    """One picture. `src` is where it comes from: a URL, or a path in the folder of pictures.

    `listed` is False for a picture that only a variant names. `focal_point` is in fractions.
    """

    line: int
    src: str
    alt: str | None = None
    options: dict[str, str] | None = None
    listed: bool = True
    focal_point: tuple[float, float] | None = None
    column: str = "Image Src"


@dataclass(slots=True)
class ProductPlan:
    """One product with everything that hangs on it; `images` stand in the order of the gallery."""

    handle: str
    line: int
    name: str
    brand: str | None = None
    category: str | None = None
    tags: list[str] | None = None
    published: bool | None = None
    featured: bool | None = None
    tax_class: str | None = None
    body_html: str | None = None
    summary: str | None = None
    highlights: list[str] | None = None
    specifications: list[dict[str, str]] | None = None
    attributes: list[dict[str, str]] | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    options: dict[str, list[str]] | None = None
    variants: list[VariantPlan] | None = None
    images: list[ImagePlan] | None = None
    warnings: list[Problem] = field(default_factory=list)
    # The rows of a table as they stand in the file, so that an export can give them back.
    sheet: "Sheet | None" = None


@dataclass(slots=True)
class SheetRow:
    """A row of a table: what it is about, and its cells by column."""

    line: int
    cells: dict[str, str]
    variant: int | None = None  # index in the plan's variants
    image: str | None = None  # the src


@dataclass(slots=True)
class Sheet:
    """The rows of one product and the header above them."""

    columns: list[str]
    currency: str
    rows: list[SheetRow]


Verdict = Literal["created", "updated", "unchanged", "failed"]


@dataclass(slots=True)
class Outcome:
    """What became of one product (or of rows that belong to none, then `handle` is empty)."""

    line: int
    handle: str
    verdict: Verdict
    changes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
