"""Writes to the catalogue: products, variants, prices, brands and categories."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.text import slugify

from commerce.catalogue.errors import (
    CategoryLoop,
    PriceOutOfRange,
    SkuTaken,
    StillInUse,
    WrongOptions,
)
from commerce.catalogue.events import (
    BRAND_CHANGED,
    CATEGORY_CHANGED,
    PRODUCT_CHANGED,
    product_key,
)
from commerce.catalogue.models import (
    Brand,
    Category,
    Option,
    OptionValue,
    Price,
    PriceChange,
    Product,
    ProductStatus,
    Variant,
)
from core import events

MAX_AMOUNT_MINOR = 10**13


def announce(product_id: int) -> None:
    """Record that what a product shows has changed, in the caller's transaction."""
    events.record(PRODUCT_CHANGED, key=product_key(product_id), payload={"product_id": product_id})


def free_slug(model: type[Model], wanted: str, *, ignore: int | None = None) -> str:
    """`wanted`, or with a number behind it where another row of the table has it."""
    base = slugify(wanted, allow_unicode=True)[:240] or "unnamed"
    rows = model._default_manager.filter(slug__startswith=base)
    taken = set(rows.exclude(pk=ignore).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def create_product(*, name: str, slug: str = "", **fields: Any) -> Product:
    """Store a draft; the slug is made unique. `fields` are columns of Product."""
    slug = free_slug(Product, slug or name)
    return Product.objects.create(name=name, slug=slug, **fields)


@transaction.atomic
def update_product(product_id: int, **fields: Any) -> Product:
    """Change columns of a product and announce it, if anything is different."""
    product = Product.objects.select_for_update().get(pk=product_id)
    if "slug" in fields:
        fields["slug"] = free_slug(Product, fields["slug"], ignore=product.pk)
    changed = [name for name, value in fields.items() if getattr(product, name) != value]
    if changed:
        for name in changed:
            setattr(product, name, fields[name])
        product.save(update_fields=[*changed, "updated_at"])
        announce(product.pk)
    return product


@transaction.atomic
def list_product(product_id: int) -> None:
    """Put a product on sale; an archived one comes back."""
    now = timezone.now()
    Product.objects.filter(pk=product_id, listed_at=None).update(listed_at=now)
    Product.objects.filter(pk=product_id).update(status=ProductStatus.LISTED, updated_at=now)
    announce(product_id)


@transaction.atomic
def delist_product(product_id: int) -> None:
    """Take a listed product off sale; carts that hold it will say so."""
    changed = Product.objects.filter(pk=product_id, status=ProductStatus.LISTED).update(
        status=ProductStatus.DRAFT, updated_at=timezone.now()
    )
    if changed:
        announce(product_id)


@transaction.atomic
def archive_product(product_id: int) -> None:
    """Take a product off sale for good; its orders keep their lines."""
    Product.objects.filter(pk=product_id).update(
        status=ProductStatus.ARCHIVED, updated_at=timezone.now()
    )
    announce(product_id)


@transaction.atomic
def set_rating(product_id: int, counted: Callable[[], tuple[Decimal, int]]) -> None:
    """Write the average and the number of reviews that `counted` finds, and announce a change.

    It counts while the product is locked: of two at once the later one sees what the former
    has committed.
    """
    product = Product.objects.select_for_update(no_key=True).get(pk=product_id)
    average, count = counted()
    if (product.rating_average, product.rating_count) != (average, count):
        product.rating_average, product.rating_count = average, count
        product.save(update_fields=["rating_average", "rating_count"])
        announce(product_id)


@transaction.atomic
def set_sold_count(product_id: int, counted: Callable[[], int]) -> None:
    """Write how many units `counted` finds sold, and announce a change; as `set_rating` does."""
    product = Product.objects.select_for_update(no_key=True).get(pk=product_id)
    count = counted()
    if product.sold_count != count:
        product.sold_count = count
        product.save(update_fields=["sold_count"])
        announce(product_id)


@transaction.atomic
def define_options(product: Product, wanted: Mapping[str, Sequence[str]]) -> None:
    """Make a product's options exactly `wanted`: names in order, each with its values in order."""
    product.options.exclude(name__in=wanted).delete()
    for position, (name, values) in enumerate(wanted.items()):
        option, _ = Option.objects.update_or_create(
            product=product, name=name, defaults={"position": position}
        )
        option.values.exclude(value__in=values).delete()
        for place, value in enumerate(values):
            OptionValue.objects.update_or_create(
                option=option, value=value, defaults={"position": place}
            )


def made_up_sku(product_slug: str, options: Mapping[str, str]) -> str:
    """The SKU of a variant that nobody gave one: its product's slug and its choices."""
    parts = [product_slug, *options.values()]
    return slugify(" ".join(parts)).upper()[:100] or "SKU"


@transaction.atomic
def save_variant(
    product: Product, *, options: Mapping[str, str], sku: str = "", **fields: Any
) -> Variant:
    """Make or change the variant of `product` that has exactly these options.

    Without `sku` it keeps the one it has, or gets one made from slug and options.
    Raises SkuTaken, WrongOptions.
    """
    options = dict(options)
    known = {o.name: o for o in product.options.prefetch_related("values")}
    if set(options) != set(known):
        raise WrongOptions(f"The options of this product are: {', '.join(known) or 'none'}.")
    options = {name: options[name] for name in known}
    chosen = [v for n, o in known.items() for v in o.values.all() if v.value == options[n]]
    if len(chosen) != len(known):
        raise WrongOptions("A value is not among those of its option.")
    variant = next((v for v in product.variants.all() if v.options == options), None)
    if variant is None:
        variant = Variant(product=product, options=options, sku=sku or "")
        fields.setdefault("position", product.variants.count())
    if sku:
        variant.sku = sku
    if not variant.sku:
        variant.sku = _free_sku(made_up_sku(product.slug, options))
    if Variant.objects.filter(sku=variant.sku).exclude(pk=variant.pk).exists():
        raise SkuTaken(variant.sku)
    for name, value in fields.items():
        setattr(variant, name, value)
    variant.save()
    variant.values.set(chosen)
    announce(product.pk)
    return variant


def _free_sku(wanted: str) -> str:
    sku, number = wanted, 2
    while Variant.objects.filter(sku=sku).exists():
        sku, number = f"{wanted[:95]}-{number}", number + 1
    return sku


@transaction.atomic
def archive_variant(variant: Variant) -> None:
    """Sell a variant no more; it stays for its orders and its ledger."""
    Variant.objects.filter(pk=variant.pk, archived_at=None).update(archived_at=timezone.now())
    announce(variant.product_id)


@transaction.atomic
def set_price(
    variant: Variant,
    *,
    currency: str,
    amount_minor: int,
    compare_at_minor: int | None = None,
    actor_id: UUID | None = None,
) -> None:
    """Set what a variant costs in one currency, and keep what it cost before.

    A compare-at price that is not above the price is no reduction and is dropped.
    Raises PriceOutOfRange.
    """
    if not 0 <= amount_minor <= MAX_AMOUNT_MINOR:
        raise PriceOutOfRange("A price is between 0 and 10^13 minor units.")
    if compare_at_minor is not None and compare_at_minor <= amount_minor:
        compare_at_minor = None
    price = Price.objects.select_for_update().filter(variant=variant, currency=currency).first()
    before = price.amount_minor if price else None
    if price and (before, price.compare_at_minor) == (amount_minor, compare_at_minor):
        return
    Price.objects.update_or_create(
        variant=variant,
        currency=currency,
        defaults={"amount_minor": amount_minor, "compare_at_minor": compare_at_minor},
    )
    if before != amount_minor:
        PriceChange.objects.create(
            variant=variant,
            currency=currency,
            before_minor=before,
            after_minor=amount_minor,
            actor_id=actor_id,
        )
    announce(variant.product_id)


@transaction.atomic
def remove_price(variant: Variant, *, currency: str, actor_id: UUID | None = None) -> None:
    """Sell a variant no more in one currency."""
    price = Price.objects.filter(variant=variant, currency=currency).first()
    if price is None:
        return
    PriceChange.objects.create(
        variant=variant,
        currency=currency,
        before_minor=price.amount_minor,
        after_minor=None,
        actor_id=actor_id,
    )
    price.delete()
    announce(variant.product_id)


@transaction.atomic
def create_brand(*, name: str, slug: str = "") -> Brand:
    """Store a brand; the slug is made unique."""
    return Brand.objects.create(name=name, slug=free_slug(Brand, slug or name))


@transaction.atomic
def update_brand(brand_id: int, **fields: Any) -> None:
    """Change a brand's columns and announce it."""
    if "slug" in fields:
        fields["slug"] = free_slug(Brand, fields["slug"], ignore=brand_id)
    if not Brand.objects.filter(pk=brand_id, **fields).exists():
        Brand.objects.filter(pk=brand_id).update(**fields)
        events.record(BRAND_CHANGED, key=f"brand:{brand_id}", payload={"brand_id": brand_id})


@transaction.atomic
def archive_brand(brand_id: int) -> None:
    """Put a brand away. Raises StillInUse while listed products have it."""
    if Product.objects.filter(brand_id=brand_id, status=ProductStatus.LISTED).exists():
        raise StillInUse("Products of this brand are listed. Delist them or change their brand.")
    update_brand(brand_id, archived_at=timezone.now())


@transaction.atomic
def create_category(*, name: str, slug: str = "", parent_id: int | None = None) -> Category:
    """Store a category below `parent_id` (or at the top); the slug is made unique."""
    category = Category.objects.create(
        name=name, slug=free_slug(Category, slug or name), parent_id=parent_id
    )
    _place(category)
    return category


@transaction.atomic
def update_category(category_id: int, **fields: Any) -> None:
    """Change a category's columns, its place in the tree included. Raises CategoryLoop."""
    category = Category.objects.select_for_update().get(pk=category_id)
    if "slug" in fields:
        fields["slug"] = free_slug(Category, fields["slug"], ignore=category_id)
    changed = [name for name, value in fields.items() if getattr(category, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(category, name, fields[name])
    parent = category.parent
    if parent is not None and f"/{category.pk}/" in parent.path:
        raise CategoryLoop(f"“{parent.name}” stands below “{category.name}”.")
    category.save(update_fields=changed)
    if "parent_id" in changed:
        _place(category)
    events.record(
        CATEGORY_CHANGED, key=f"category:{category_id}", payload={"category_id": category_id}
    )


@transaction.atomic
def archive_category(category_id: int) -> None:
    """Put a category away. Raises StillInUse while listed products or categories are in it."""
    if Product.objects.filter(category_id=category_id, status=ProductStatus.LISTED).exists():
        raise StillInUse("Listed products are in this category. Move them first.")
    if Category.objects.filter(parent_id=category_id, archived_at=None).exists():
        raise StillInUse("Other categories stand below this one. Move them first.")
    update_category(category_id, archived_at=timezone.now())


def _place(category: Category) -> None:
    """Write the path of a category and of all below it."""
    above = category.parent.path if category.parent else "/"
    category.path = f"{above}{category.pk}/"
    category.save(update_fields=["path"])
    for child in category.children.all():
        _place(child)
