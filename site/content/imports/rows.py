"""From the rows of one handle to a plan, with every problem named by its line and column."""

from collections.abc import Callable
from typing import TypeVar

from content.imports import reading, texts
from content.imports.plan import (
    ImagePlan,
    PricePlan,
    Problem,
    ProductPlan,
    ProductRefused,
    Sheet,
    SheetRow,
    VariantPlan,
)
from content.imports.shopify import OPTION_COLUMN, STATUS, Group, Line

T = TypeVar("T")
NO_OPTION = ("Title", "Default Title")
_VARIANT_SIGNS = ("Variant SKU", "Variant Price", "Variant Inventory Qty", "Variant Barcode")


def plan_of(group: Group, *, columns: list[str], currency: str) -> ProductPlan:
    """Read a product. Raises ProductRefused with all that is wrong with it, not only the first."""
    if group.problem:
        raise ProductRefused([group.problem])
    return _Reader(group, columns, currency).read()


class _Reader:
    def __init__(self, group: Group, columns: list[str], currency: str) -> None:
        self.group = group
        self.columns = columns
        self.currency = currency
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.option_numbers = sorted(
            int(match[1])
            for column in columns
            if (match := OPTION_COLUMN.fullmatch(column)) and match[2] == "Name"
        )

    def read(self) -> ProductPlan:
        first = self.group.lines[0]
        plan = ProductPlan(handle=self.group.handle, line=first.number, name="")
        self._product(plan, first)
        names = self._option_names(first)
        plan.sheet = Sheet(self.columns, self.currency, [])
        variants: list[VariantPlan] = []
        images: list[tuple[int, ImagePlan]] = []
        for line in self.group.lines:
            row = SheetRow(line.number, line.cells)
            if line is not first:
                self._continuation(line, first)
            if line is first or self._is_variant(line):
                row.variant = len(variants)
                variants.append(self._variant(line, names))
            image = self._image(line, len(images))
            if image is not None and any(image[1].src == other.src for _, other in images):
                self._warn(line, "Image Src", "The product has this picture twice.")
            elif image is not None:
                images.append(image)
            row.image = image[1].src if image else None
            if row.variant is None and row.image is None:
                self._warn(line, "", "The row has neither a variant nor a picture.")
            plan.sheet.rows.append(row)
        self._options(plan, names, variants)
        plan.variants = variants
        if "Image Src" in self.columns:
            plan.images = [image for _, image in sorted(images, key=lambda pair: pair[0])]
        self._variant_images(plan)
        plan.warnings = self.warnings
        if self.problems:
            raise ProductRefused(self.problems)
        return plan

    # ── single cells ────────────────────────────────────────────────────────────────────
    def _cell(self, line: Line, column: str, read: Callable[[str], T]) -> T | None:
        """What a cell means, or None after its problem was noted."""
        try:
            return read(line.cells[column])
        except ValueError as error:
            self.problems.append(Problem(line.number, column, str(error)))
            return None

    def _maybe(self, line: Line, column: str, read: Callable[[str], T], empty: T) -> T | None:
        """None where the file lacks the column, `empty` where its cell is empty."""
        if column not in line.cells:
            return None
        return self._cell(line, column, lambda cell: read(cell) if cell.strip() else empty)

    def _refuse(self, line: Line, column: str, why: str) -> None:
        self.problems.append(Problem(line.number, column, why))

    def _warn(self, line: Line, column: str, why: str) -> None:
        self.warnings.append(Problem(line.number, column, why))

    # ── the product ─────────────────────────────────────────────────────────────────────
    def _product(self, plan: ProductPlan, line: Line) -> None:
        plan.name = self._cell(line, "Title", lambda cell: reading.text(cell, 255)) or ""
        if not line.cells["Title"].strip():
            why = "The first row of a product needs its title."
            self._refuse(line, "Title", why)
        if len(plan.handle) > 255:
            self._refuse(line, "Handle", "A handle has at most 255 characters.")
        plan.body_html = self._maybe(line, "Body (HTML)", texts.clean, "")
        lost = texts.left_out(line.cells.get("Body (HTML)", ""))
        if lost:
            self._warn(line, "Body (HTML)", f"Left out of the shop's text: {', '.join(lost)}.")
        plan.brand = self._maybe(line, "Vendor", lambda cell: reading.text(cell, 255), "")
        plan.category = self._maybe(line, "Type", lambda cell: reading.text(cell, 255), "")
        no_tags: list[str] = []
        plan.tags = self._maybe(line, "Tags", lambda cell: reading.words(cell, 100), no_tags)
        plan.seo_title = self._maybe(line, "SEO Title", lambda cell: reading.text(cell, 255), "")
        plan.seo_description = self._maybe(
            line, "SEO Description", lambda cell: reading.text(cell, 5000), ""
        )
        plan.published = self._maybe(line, "Published", reading.yes, True)
        status = self._maybe(
            line, STATUS, lambda cell: reading.one_of(cell, "active", "draft", "archived"), "active"
        )
        if status is not None and status != "active":
            plan.published = False
        if self._maybe(line, "Gift Card", reading.yes, False):
            self._warn(line, "Gift Card", "It is sold as an ordinary product.")

    def _continuation(self, line: Line, first: Line) -> None:
        title = line.cells["Title"].strip()
        if title and title != first.cells["Title"].strip():
            why = f"The title is another than in line {first.number}, with the same handle."
            self._refuse(line, "Title", why)

    # ── options and variants ────────────────────────────────────────────────────────────
    def _option_names(self, line: Line) -> dict[int, str]:
        names: dict[int, str] = {}
        for number in self.option_numbers:
            column = f"Option{number} Name"
            name = self._cell(line, column, lambda cell: reading.text(cell, 100))
            value = line.cells.get(f"Option{number} Value", "").strip()
            if name and (name, value) != NO_OPTION:
                if name in names.values():
                    self._refuse(line, column, f"The option “{name}” is there twice.")
                names[number] = name
        return names

    def _is_variant(self, line: Line) -> bool:
        values = (line.cells.get(f"Option{n} Value", "") for n in self.option_numbers)
        signs = (line.cells.get(column, "") for column in _VARIANT_SIGNS)
        return any(cell.strip() for cell in (*values, *signs))

    def _variant(self, line: Line, names: dict[int, str]) -> VariantPlan:
        variant = VariantPlan(line.number, {})
        for number in self.option_numbers:
            column = f"Option{number} Value"
            if column not in line.cells:
                continue
            value = self._cell(line, column, lambda cell: reading.text(cell, 100)) or ""
            if number in names:
                if not value:
                    self._refuse(line, column, f"The value of “{names[number]}” is missing.")
                variant.options[names[number]] = value
            elif value and value != NO_OPTION[1]:
                self._refuse(line, column, f"“{value}” belongs to no option of the product.")
        variant.sku = self._maybe(line, "Variant SKU", lambda c: reading.code(c, 100), "") or ""
        variant.barcode = self._maybe(line, "Variant Barcode", lambda c: reading.code(c, 64), "")
        variant.weight_grams = self._maybe(line, "Variant Grams", reading.grams, 0)
        variant.requires_shipping = self._maybe(
            line, "Variant Requires Shipping", reading.yes, True
        )
        variant.taxable = self._maybe(line, "Variant Taxable", reading.yes, True)
        if line.cells.get("Variant Inventory Qty", "").strip():
            variant.on_hand = self._cell(line, "Variant Inventory Qty", self._quantity)
        policy = self._maybe(
            line,
            "Variant Inventory Policy",
            lambda cell: reading.one_of(cell, "deny", "continue"),
            "deny",
        )
        variant.backorder = None if policy is None else policy == "continue"
        self._price(line, variant)
        return variant

    def _quantity(self, cell: str) -> int:
        number = reading.whole(cell, low=-reading.MAX_INTEGER)
        if number < 0:
            raise ValueError(f"{number} is negative. Stock starts at 0.")
        return number

    def _price(self, line: Line, variant: VariantPlan) -> None:
        if not line.cells["Variant Price"].strip():
            self._refuse(line, "Variant Price", "The price is missing.")
            return
        amount = self._cell(line, "Variant Price", lambda c: reading.money(c, self.currency))
        compare_at = None
        if line.cells.get("Variant Compare At Price", "").strip():
            compare_at = self._cell(
                line, "Variant Compare At Price", lambda c: reading.money(c, self.currency)
            )
        if amount is not None:
            variant.prices[self.currency] = PricePlan(amount, compare_at)

    def _options(
        self, plan: ProductPlan, names: dict[int, str], variants: list[VariantPlan]
    ) -> None:
        seen: dict[tuple[str, ...], int] = {}
        for variant in variants:
            key = tuple(variant.options.values())
            if key in seen:
                what = " / ".join(key) or "The only variant"
                why = f"{what} is there already, in line {seen[key]}."
                self.problems.append(Problem(variant.line, "Option1 Value", why))
            seen.setdefault(key, variant.line)
        plan.options = {
            name: list(dict.fromkeys(v.options[name] for v in variants if name in v.options))
            for name in names.values()
        }

    # ── pictures ────────────────────────────────────────────────────────────────────────
    def _image(self, line: Line, number: int) -> tuple[int, ImagePlan] | None:
        src = line.cells.get("Image Src", "").strip()
        if not src:
            return None
        position = number + 1
        if line.cells.get("Image Position", "").strip():
            position = self._cell(line, "Image Position", reading.whole) or position
        alt = line.cells["Image Alt Text"].strip() if "Image Alt Text" in line.cells else None
        if alt and len(alt) > 255:
            self._warn(line, "Image Alt Text", "Only its first 255 characters are shown.")
            alt = alt[:255].rstrip()
        return position, ImagePlan(line.number, src, alt)

    def _variant_images(self, plan: ProductPlan) -> None:
        """Say of each picture which choices it shows, from the variants that name it."""
        if "Variant Image" not in self.columns:
            return
        plan.images = plan.images if plan.images is not None else []
        named: dict[str, list[dict[str, str]]] = {}
        for row in plan.sheet.rows if plan.sheet else []:
            src = row.cells["Variant Image"].strip()
            if src and row.variant is not None and plan.variants:
                named.setdefault(src, []).append(plan.variants[row.variant].options)
                if all(image.src != src for image in plan.images):
                    plan.images.append(
                        ImagePlan(row.line, src, listed=False, column="Variant Image")
                    )
        for image in plan.images:
            choices = named.get(image.src, [])
            first = choices[0] if choices else {}
            image.options = {
                name: value
                for name, value in first.items()
                if all(other.get(name) == value for other in choices)
            }
