"""What staff get back when they write: the record as it is stored, not the prepared answer."""

from typing import Any

from commerce.catalogue import selectors as catalogue
from commerce.catalogue.models import Variant
from content.api.shapes_staff import StaffPageShape, StaffProductShape, StaffVariantShape
from content.models import ProductPage
from content.pages.base import RecordPage
from core.money import Money


def page(written: RecordPage) -> StaffPageShape:
    """A page and its record."""
    stored = type(written).objects.get(pk=written.pk)
    return {
        "id": stored.record_id or 0,
        "page_id": stored.pk,
        "slug": written.slug,
        "name": written.title,
        "url": written.storefront_path,
        "status": "listed" if stored.live else "draft",
    }


def product(written: ProductPage) -> StaffProductShape:
    """A product with its variants, prices and stock."""
    variants = catalogue.variants_of([written.product_id])
    record: Any = written.product
    options = record.options.prefetch_related("values")
    return {
        **page(written),
        "brand_id": written.brand_page.brand_id if written.brand_page else None,
        "category_id": written.category_page.category_id if written.category_page else None,
        "tags": sorted(tag.name for tag in written.tags.all()),
        "featured": written.featured,
        "options": [
            {"name": option.name, "values": [value.value for value in option.values.all()]}
            for option in options
        ],
        "variants": [_variant(each) for each in variants],
    }


def _variant(variant: Variant) -> StaffVariantShape:
    level: Any = variant.stock
    prices = sorted(variant.prices.all(), key=lambda price: price.currency)
    return {
        "id": variant.pk,
        "sku": variant.sku,
        "options": variant.options,
        "prices": [
            {
                "price": Money(price.amount_minor, price.currency).json(),
                "compare_at_price": Money(price.compare_at_minor, price.currency).json()
                if price.compare_at_minor is not None
                else None,
            }
            for price in prices
        ],
        "stock": {
            "on_hand": level.on_hand,
            "reserved": level.reserved,
            "available": level.available,
            "low_stock_threshold": level.low_stock_threshold,
            "backorder_limit": level.backorder_limit,
        },
        "barcode": variant.barcode,
        "weight_grams": variant.weight_grams,
        "requires_shipping": variant.requires_shipping,
        "taxable": variant.taxable,
    }
