"""Products as JSON, the format that docs/importing.md describes, read into plans."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from content.imports import reading, texts
from content.imports.plan import (
    FileRefused,
    ImagePlan,
    PricePlan,
    Problem,
    ProductPlan,
    ProductRefused,
    VariantPlan,
)

MAX_BYTES = 512 * 1024 * 1024
FIELDS = frozenset(
    ["slug", "name", "published", "brand", "category", "tags", "featured", "tax_class", "summary"]
    + ["highlights", "body_html", "specifications", "attributes", "options", "variants"]
    + ["images", "seo", "related"]
)


def read(path: Path) -> list[tuple[int, Any]]:
    """The products of a file with their lines, unchecked. Raises FileRefused."""
    if path.stat().st_size > MAX_BYTES:
        raise FileRefused(f"A JSON file has at most {MAX_BYTES // 2**20} MB; CSV may be larger.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("The file is not UTF-8.") from error
    decoder = json.JSONDecoder()
    try:
        return list(_products(text, decoder))
    except json.JSONDecodeError as error:
        raise FileRefused(f"This is not valid JSON: {error.msg}.", line=error.lineno) from error
    except RecursionError as error:
        raise FileRefused("This JSON is nested too deeply.") from error


def _products(text: str, decoder: json.JSONDecoder) -> Iterator[tuple[int, Any]]:
    """Decode the elements of the outermost list one by one, to know the line of each."""
    at = _skip(text, 0)
    if text[at : at + 1] == "{":
        whole, _ = decoder.raw_decode(text, at)
        products = whole.get("products")
        if not isinstance(products, list):
            raise FileRefused("The file is neither a list of products nor has it “products”.")
        yield from ((0, product) for product in products)
        return
    if text[at : at + 1] != "[":
        raise FileRefused("The file is not a JSON list of products.", line=1)
    at = _skip(text, at + 1)
    line, counted = 1, 0
    while text[at : at + 1] != "]":
        line += text.count("\n", counted, at)
        counted = at
        product, at = decoder.raw_decode(text, at)
        yield line, product
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise json.JSONDecodeError("Expecting ',' or ']'", text, at)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def plan_of(line: int, product: Any) -> ProductPlan:
    """Check one product. Raises ProductRefused with everything that is wrong."""
    if not isinstance(product, dict):
        raise ProductRefused([Problem(line, "", "A product has to be an object.")])
    reader = _Reader(line, product)
    plan = reader.read()
    if reader.problems:
        raise ProductRefused(reader.problems)
    return plan


class _Reader:
    def __init__(self, line: int, product: dict[str, Any]) -> None:
        self.line = line
        self.product = product
        self.problems: list[Problem] = []

    def read(self) -> ProductPlan:
        plan = ProductPlan(handle=self._text("slug", 255) or "", line=self.line, name="")
        plan.name = self._text("name", 255) or ""
        for name in ("slug", "name"):
            if not self.product.get(name):
                self._refuse(name, "It is missing.")
        unknown = sorted(set(self.product) - FIELDS)
        if unknown:
            why = f"Not a field of a product: {', '.join(unknown)}."
            plan.warnings.append(Problem(self.line, "", why))
        plan.brand = self._text("brand", 255)
        plan.category = self._text("category", 255)
        plan.summary = self._text("summary", 5000)
        body = self._text("body_html", 1_000_000)
        plan.body_html = None if body is None else texts.clean(body)
        plan.published = self._bool(self.product, "published")
        plan.featured = self._bool(self.product, "featured")
        plan.tags = self._texts("tags", 100)
        plan.highlights = self._texts("highlights", 255)
        plan.tax_class = self._choice("tax_class", "standard", "reduced", "zero")
        plan.specifications = self._pairs("specifications", ("group", "name", "value"))
        plan.attributes = self._pairs("attributes", ("name", "value"))
        seo = self.product.get("seo")
        if seo is not None and self._is("seo", seo, dict):
            plan.seo_title = self._string("seo.title", seo.get("title"), 255)
            plan.seo_description = self._string("seo.description", seo.get("description"), 5000)
        plan.options = self._options()
        plan.variants = self._variants(plan.options or {})
        plan.images = self._images()
        return plan

    # ── values ──────────────────────────────────────────────────────────────────────────
    def _refuse(self, field: str, why: str) -> None:
        self.problems.append(Problem(self.line, field, why))

    def _is(self, field: str, value: Any, kind: type) -> bool:
        names: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
        if isinstance(value, kind):
            return True
        self._refuse(field, f"It has to be {names[kind]}.")
        return False

    def _string(self, field: str, value: Any, limit: int) -> str | None:
        if value is None or not self._is(field, value, str):
            return None
        try:
            return reading.text(value, limit)
        except ValueError as error:
            self._refuse(field, str(error))
            return None

    def _text(self, field: str, limit: int) -> str | None:
        return self._string(field, self.product.get(field), limit)

    def _texts(self, field: str, limit: int) -> list[str] | None:
        values = self.product.get(field)
        if values is None or not self._is(field, values, list):
            return None
        read = [self._string(f"{field}[{i}]", v, limit) for i, v in enumerate(values)]
        return list(dict.fromkeys(text for text in read if text))

    def _bool(self, row: dict[str, Any], field: str, path: str = "") -> bool | None:
        value = row.get(field)
        if value is not None and not isinstance(value, bool):
            self._refuse(path or field, "It has to be true or false.")
            return None
        return value

    def _choice(self, field: str, *choices: str) -> str | None:
        value = self._text(field, 100)
        if value is not None and value not in choices:
            self._refuse(field, f"It has to be one of: {', '.join(choices)}.")
        return value

    def _whole(self, row: dict[str, Any], name: str, path: str) -> int | None:
        value = row.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self._refuse(path, "It has to be a whole number.")
            return None
        if not 0 <= value <= reading.MAX_INTEGER:
            self._refuse(path, f"It is not between 0 and {reading.MAX_INTEGER}.")
            return None
        return value

    def _pairs(self, field: str, names: tuple[str, ...]) -> list[dict[str, str]] | None:
        """Rows of named texts; `{name: value}` is a short way to write them."""
        rows = self.product.get(field)
        if isinstance(rows, dict):
            rows = [{"name": _label(name), "value": value} for name, value in rows.items()]
        if rows is None or not self._is(field, rows, list):
            return None
        read = []
        for index, row in enumerate(rows):
            path = f"{field}[{index}]"
            if self._is(path, row, dict):
                limits = {"value": 255}
                read.append(
                    {
                        name: self._string(f"{path}.{name}", row.get(name), limits.get(name, 100))
                        or ""
                        for name in names
                    }
                )
                if not (read[-1]["name"] and read[-1]["value"]):
                    self._refuse(path, "It needs a name and a value.")
        return read

    # ── options, variants, pictures ─────────────────────────────────────────────────────
    def _options(self) -> dict[str, list[str]] | None:
        rows = self.product.get("options")
        if rows is None or not self._is("options", rows, list):
            return None
        options: dict[str, list[str]] = {}
        for index, row in enumerate(rows):
            path = f"options[{index}]"
            if not self._is(path, row, dict):
                continue
            name = self._string(f"{path}.name", row.get("name"), 100) or ""
            values = row.get("values")
            if not name or name in options:
                self._refuse(f"{path}.name", "Every option needs a name of its own.")
            if self._is(f"{path}.values", values, list):
                texts_ = [
                    self._string(f"{path}.values[{i}]", value, 100) or ""
                    for i, value in enumerate(values)
                ]
                options[name] = list(dict.fromkeys(texts_))
        return options

    def _variants(self, options: dict[str, list[str]]) -> list[VariantPlan] | None:
        rows = self.product.get("variants")
        if rows is None or not self._is("variants", rows, list):
            return None
        variants: list[VariantPlan] = []
        for index, row in enumerate(rows):
            if self._is(f"variants[{index}]", row, dict):
                variants.append(self._variant(f"variants[{index}]", row, options))
        seen: set[tuple[str, ...]] = set()
        for index, variant in enumerate(variants):
            key = tuple(variant.options.values())
            if key in seen:
                self._refuse(f"variants[{index}].options", "Another variant has the same.")
            seen.add(key)
        return variants

    def _variant(
        self, path: str, row: dict[str, Any], options: dict[str, list[str]]
    ) -> VariantPlan:
        chosen = row.get("options") or {}
        if not isinstance(chosen, dict) or set(chosen) != set(options):
            self._refuse(f"{path}.options", f"It needs: {', '.join(options) or 'nothing'}.")
            chosen = {}
        for name, value in chosen.items():
            if value not in options[name]:
                self._refuse(f"{path}.options.{name}", "It is not among the option's values.")
        variant = VariantPlan(self.line, {name: chosen[name] for name in options if name in chosen})
        variant.sku = self._string(f"{path}.sku", row.get("sku"), 100) or ""
        variant.barcode = self._string(f"{path}.barcode", row.get("barcode"), 64)
        variant.on_hand = self._whole(row, "stock", f"{path}.stock")
        variant.weight_grams = self._whole(row, "weight_grams", f"{path}.weight_grams")
        threshold = "low_stock_threshold"
        variant.low_stock_threshold = self._whole(row, threshold, f"{path}.{threshold}")
        variant.backorder = self._bool(row, "backorder", f"{path}.backorder")
        variant.taxable = self._bool(row, "taxable", f"{path}.taxable")
        shipping = "requires_shipping"
        variant.requires_shipping = self._bool(row, shipping, f"{path}.{shipping}")
        prices = self._amounts(f"{path}.prices", row.get("prices"))
        compare_at = self._amounts(f"{path}.compare_at", row.get("compare_at"))
        variant.prices = {c: PricePlan(minor, compare_at.get(c)) for c, minor in prices.items()}
        return variant

    def _amounts(self, path: str, amounts: Any) -> dict[str, int]:
        if amounts is None or not self._is(path, amounts, dict):
            return {}
        read: dict[str, int] = {}
        for currency, amount in amounts.items():
            try:
                if not isinstance(amount, str):
                    raise ValueError("A price has to be a text such as “12.50”.")
                read[currency] = reading.money(amount, currency)
            except ValueError as error:
                self._refuse(f"{path}.{currency}", getattr(error, "detail", "") or str(error))
        return read

    def _images(self) -> list[ImagePlan] | None:
        rows = self.product.get("images")
        if rows is None or not self._is("images", rows, list):
            return None
        images: list[ImagePlan] = []
        for index, row in enumerate(rows):
            path = f"images[{index}]"
            if not self._is(path, row, dict):
                continue
            src = self._string(f"{path}.src", row.get("src"), 2000)
            if not src:
                self._refuse(f"{path}.src", "A picture needs its URL or file name.")
                continue
            image = ImagePlan(self.line, src, column=path)
            image.alt = self._string(f"{path}.alt", row.get("alt"), 255)
            options = row.get("options")
            if options is not None and self._is(f"{path}.options", options, dict):
                image.options = {str(name): str(value) for name, value in options.items()}
            focal = row.get("focal_point")
            if focal is not None:
                image.focal_point = self._focal_point(f"{path}.focal_point", focal)
            images.append(image)
        return images

    def _focal_point(self, path: str, value: Any) -> tuple[float, float] | None:
        pair = value if isinstance(value, list) and len(value) == 2 else []
        if pair and all(isinstance(n, int | float) and 0 <= n <= 1 for n in pair):
            return float(pair[0]), float(pair[1])
        self._refuse(path, "It has to be two numbers from 0 to 1.")
        return None


def _label(name: str) -> str:
    """`roller_type` as shoppers read it: “Roller type”."""
    words = str(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]
