"""Products, their variants, prices and stock."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Brand, Category, Product, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind, StockLevel, StockMovement
from core.models import PeriodicRun


def make_variant(
    name: str = "Mug",
    *,
    price: Mapping[str, int] | None = None,
    stock: int = 5,
    options: Mapping[str, str] | None = None,
    product: Product | None = None,
    listed: bool = True,
    sku: str = "",
    backorder_limit: int = 0,
    brand: Brand | None = None,
    category: Category | None = None,
    tax_class: str = "standard",
    **fields: object,
) -> Variant:
    """A variant on sale: `price` is in minor units by currency, {"USD": 1299} by default.

    With `options` the product's options grow to hold them; without `product` one is made.
    """
    product = product or catalogue.create_product(
        name=name, brand=brand, category=category, tax_class=tax_class
    )
    if options:
        wanted = {
            option.name: [value.value for value in option.values.all()]
            for option in product.options.all()
        }
        for key, value in options.items():
            if value not in wanted.setdefault(key, []):
                wanted[key].append(value)
        catalogue.define_options(product, wanted)
    variant = catalogue.save_variant(product, options=options or {}, sku=sku, **fields)
    for currency, amount_minor in ({"USD": 1299} if price is None else price).items():
        catalogue.set_price(variant, currency=currency, amount_minor=amount_minor)
    inventory.ensure_level(variant.pk)
    if backorder_limit:
        inventory.configure(variant.pk, backorder_limit=backorder_limit)
    if stock:
        inventory.adjust(variant_id=variant.pk, delta=stock, kind=MovementKind.RECEIVED)
    if listed:
        catalogue.list_product(product.pk)
    return Variant.objects.select_related("product").get(pk=variant.pk)


def sell_without_pages() -> None:
    """Put off the job that takes products without a live page off sale.

    For running shops with records only.
    """
    far = timezone.now() + timedelta(days=1)
    PeriodicRun.objects.update_or_create(name="content.reconcile", defaults={"next_due": far})


def reprice(variant: Variant, amount_minor: int, *, currency: str = "USD") -> None:
    """Change what a variant costs."""
    catalogue.set_price(variant, currency=currency, amount_minor=amount_minor)


def make_brand(name: str = "Aurora") -> Brand:
    """A brand."""
    return catalogue.create_brand(name=name)


def make_category(name: str = "Chairs", *, parent: Category | None = None) -> Category:
    """A category, below `parent` or at the top."""
    return catalogue.create_category(name=name, parent_id=parent.pk if parent else None)


def stock_of(variant: Variant) -> tuple[int, int]:
    """What is on hand and what of it is reserved."""
    level = StockLevel.objects.get(variant=variant)
    return level.on_hand, level.reserved


def count_up(variant: Variant) -> tuple[int, int]:
    """What the ledger adds up to: on hand, reserved."""
    sums = StockMovement.objects.filter(variant=variant).aggregate(
        on_hand=Sum("on_hand_delta", default=0), reserved=Sum("reserved_delta", default=0)
    )
    return sums["on_hand"], sums["reserved"]


def ledger_of(variant: Variant) -> list[tuple[str, int, int]]:
    """The ledger of a variant, oldest first: kind, change on hand, change of reserved."""
    rows = StockMovement.objects.filter(variant=variant).order_by("id")
    return list(rows.values_list("kind", "on_hand_delta", "reserved_delta"))
