"""Writes of a product's variants, prices and stock, as staff send them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Product, Variant
from commerce.inventory import services as inventory
from core.errors import FieldError, ValidationFailed

REASON = "Set over the API"
_COLUMNS = ("barcode", "weight_grams", "requires_shipping", "taxable")
_SETTINGS = ("low_stock_threshold", "backorder_limit")


def write_variants(
    product_id: int,
    *,
    rows: Sequence[Mapping[str, Any]],
    options: Sequence[Mapping[str, Any]] | None,
    replace: bool,
    actor_id: UUID,
) -> None:
    """Make or change the variants that `rows` name; with `replace` archive all others.

    Options that are not spelled out grow to hold what the rows choose. Raises ValidationFailed,
    WrongOptions, SkuTaken, PriceOutOfRange, StockBelowReserved.
    """
    product = Product.objects.select_for_update().get(pk=product_id)
    known = list(product.variants.all())
    found = [_find(known, row, number) for number, row in enumerate(rows)]
    choices = [
        _choice(variant, row, number)
        for number, (variant, row) in enumerate(zip(found, rows, strict=True))
    ]
    catalogue.define_options(product, _options(product, options, choices, replace=replace))
    kept: set[int] = set()
    for position, (variant, row, chosen) in enumerate(zip(found, rows, choices, strict=True)):
        columns = {name: row[name] for name in _COLUMNS if name in row}
        if replace or variant is None:
            columns["position"] = position if replace else len(known) + position
        saved = catalogue.save_variant(
            product, options=chosen, sku=row.get("sku", ""), archived_at=None, **columns
        )
        kept.add(saved.pk)
        _write_prices(saved, row, actor_id)
        _write_stock(saved, row, actor_id)
    if replace:
        for variant in known:
            if variant.pk not in kept and variant.archived_at is None:
                catalogue.archive_variant(variant)


def _find(known: list[Variant], row: Mapping[str, Any], number: int) -> Variant | None:
    """The variant that a row is about, or None for a new one."""
    if "id" in row:
        found = next((variant for variant in known if variant.pk == row["id"]), None)
        if found is None:
            raise _refused(number, "id", "This product has no such variant.")
        return found
    if "options" in row:
        return next((variant for variant in known if variant.options == row["options"]), None)
    if sku := row.get("sku"):
        found = next((variant for variant in known if variant.sku == sku), None)
        if found is not None:
            return found
    return next((variant for variant in known if not variant.options), None)


def _choice(variant: Variant | None, row: Mapping[str, Any], number: int) -> dict[str, str]:
    if variant is None:
        return dict(row.get("options", {}))
    if "options" in row and row["options"] != variant.options:
        why = "An existing variant keeps its options. Make another, and leave this one out."
        raise _refused(number, "options", why)
    return dict(variant.options)


def _options(
    product: Product,
    given: Sequence[Mapping[str, Any]] | None,
    choices: Sequence[Mapping[str, str]],
    *,
    replace: bool,
) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    if given is not None:
        wanted = {row["name"]: list(dict.fromkeys(row["values"])) for row in given}
    if given is None and not replace:
        for option in product.options.prefetch_related("values"):
            wanted[option.name] = [value.value for value in option.values.all()]
    for chosen in choices:
        for name, value in chosen.items():
            values = wanted.setdefault(name, [])
            if value not in values:
                values.append(value)
    return wanted


def _write_prices(variant: Variant, row: Mapping[str, Any], actor_id: UUID) -> None:
    prices = [*row.get("prices", [])]
    if "price" in row:
        prices.insert(0, row)
    for number, entry in enumerate(prices):
        price, before = entry["price"], entry.get("compare_at_price")
        if before is not None and before.currency != price.currency:
            raise _refused(number, "compare_at_price", "Its currency is not the price's.")
        catalogue.set_price(
            variant,
            currency=price.currency,
            amount_minor=price.minor,
            compare_at_minor=before.minor if before else None,
            actor_id=actor_id,
        )


def _write_stock(variant: Variant, row: Mapping[str, Any], actor_id: UUID) -> None:
    inventory.ensure_level(variant.pk)
    settings = {name: row[name] for name in _SETTINGS if name in row}
    if settings:
        inventory.configure(variant.pk, **settings)
    if "stock" in row:
        inventory.set_on_hand(
            variant_id=variant.pk,
            on_hand=row["stock"],
            reason=row.get("stock_reason") or REASON,
            actor_id=actor_id,
        )


def _refused(number: int, field: str, detail: str) -> ValidationFailed:
    error = FieldError(field=f"variants[{number}].{field}", code="invalid", detail=detail)
    return ValidationFailed("Some values are not valid.", errors=[error])
