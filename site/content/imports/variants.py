"""The variants of an imported product, changed only where they differ from the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from commerce.catalogue import services as catalogue
from commerce.catalogue.errors import SkuTaken
from commerce.catalogue.models import Product, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from content.imports.plan import Problem, ProductPlan, ProductRefused, VariantPlan
from core.errors import DomainError

BACKORDER_LIMIT = 1_000_000  # what “continue selling” means in figures


def store(product: Product, plan: ProductPlan, reason: str, changes: list[str]) -> list[int]:
    """Make the product's variants those of the plan; their ids in the plan's order.

    What the file does not have any more is archived. Notes in `changes` what was done.
    """
    if plan.variants is None:
        return []
    if plan.options is not None and _options(product) != list(plan.options.items()):
        catalogue.define_options(product, plan.options)
        changes.append("options")
    known = {
        tuple(sorted(v.options.items())): v
        for v in product.variants.select_related("stock").prefetch_related("prices")
    }
    _free_skus(list(known.values()), plan.variants)
    ids = []
    for position, wanted in enumerate(plan.variants):
        before = known.pop(tuple(sorted(wanted.options.items())), None)
        variant = _fields(product, wanted, before, position, changes)
        _prices(variant, wanted, before, changes)
        _stock(variant, wanted, before, reason, changes)
        ids.append(variant.pk)
    for variant in known.values():
        if variant.archived_at is None:
            catalogue.archive_variant(variant)
            changes.append(f"archived {variant.sku}")
    return ids


def _options(product: Product) -> list[tuple[str, list[str]]]:
    options = product.options.prefetch_related("values")
    return [(option.name, [v.value for v in option.values.all()]) for option in options]


def _free_skus(known: list[Variant], wanted: list[VariantPlan]) -> None:
    """Let variants of one product exchange their SKUs, and take those of archived ones."""
    planned = {v.sku: tuple(sorted(v.options.items())) for v in wanted if v.sku}
    for variant in known:
        owner = planned.get(variant.sku)
        if owner is not None and owner != tuple(sorted(variant.options.items())):
            variant.sku = f"{variant.sku[:80]}~{variant.pk}"
            variant.save(update_fields=["sku"])


def _fields(
    product: Product,
    wanted: VariantPlan,
    before: Variant | None,
    position: int,
    changes: list[str],
) -> Variant:
    said = {
        "sku": wanted.sku or None,
        "barcode": wanted.barcode,
        "weight_grams": wanted.weight_grams,
        "requires_shipping": wanted.requires_shipping,
        "taxable": wanted.taxable,
        "position": position,
    }
    fields: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    fields["archived_at"] = None
    if before is not None and all(getattr(before, name) == v for name, v in fields.items()):
        return before
    with _at(wanted.line, "Option1 Value"):
        variant = catalogue.save_variant(product, options=wanted.options, **fields)
    if before is None:
        inventory.ensure_level(variant.pk)
    changes.append(f"{'new' if before is None else 'changed'} {variant.sku}")
    return variant


def _prices(
    variant: Variant, wanted: VariantPlan, before: Variant | None, changes: list[str]
) -> None:
    known = {p.currency: p for p in before.prices.all()} if before is not None else {}
    for currency, price in wanted.prices.items():
        compare_at = price.compare_at_minor
        if compare_at is not None and compare_at <= price.amount_minor:
            compare_at = None
        now = known.get(currency)
        if now and (now.amount_minor, now.compare_at_minor) == (price.amount_minor, compare_at):
            continue
        with _at(wanted.line, "Variant Price"):
            catalogue.set_price(
                variant,
                currency=currency,
                amount_minor=price.amount_minor,
                compare_at_minor=compare_at,
            )
        changes.append(f"price of {variant.sku}")


def _stock(
    variant: Variant, wanted: VariantPlan, before: Variant | None, reason: str, changes: list[str]
) -> None:
    level = getattr(before, "stock", None) if before is not None else None
    on_hand, limit, threshold = (
        (level.on_hand, level.backorder_limit, level.low_stock_threshold) if level else (0, 0, 3)
    )
    settings: dict[str, int] = {}
    if wanted.backorder is not None and wanted.backorder != bool(limit):
        settings["backorder_limit"] = BACKORDER_LIMIT if wanted.backorder else 0
    if wanted.low_stock_threshold is not None and wanted.low_stock_threshold != threshold:
        settings["low_stock_threshold"] = wanted.low_stock_threshold
    if settings:
        with _at(wanted.line, "Variant Inventory Policy"):
            inventory.configure(variant.pk, **settings)
        changes.append(f"stock rules of {variant.sku}")
    if wanted.on_hand is not None and wanted.on_hand != on_hand:
        with _at(wanted.line, "Variant Inventory Qty"):
            inventory.set_on_hand(
                variant_id=variant.pk,
                on_hand=wanted.on_hand,
                kind=MovementKind.IMPORTED,
                reason=reason,
            )
        changes.append(f"stock of {variant.sku}")


@contextmanager
def _at(line: int, column: str) -> Iterator[None]:
    """Say where in the file a refusal belongs."""
    try:
        yield
    except DomainError as error:
        place = "Variant SKU" if isinstance(error, SkuTaken) else column
        raise ProductRefused([Problem(line, place, error.detail or error.title)]) from error
