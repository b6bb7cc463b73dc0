"""From prepared rows and live figures to the answers of the API."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from commerce.inventory.models import StockLevel
from commerce.pricing.quotes import Sold
from content.api.shapes import AvailabilityShape, RatingShape, VariantShape
from content.api.shapes_staff import LowStockShape
from core.money import Money, MoneyShape
from core.rendering import dumps


def prepared(bodies: Iterable[str]) -> list[Any]:
    """Stored JSON, to be put into an answer as it is."""
    return [orjson.Fragment(body) for body in bodies]


def spliced(stored: str, **more: Any) -> orjson.Fragment:
    """A stored JSON object with more members behind its own."""
    begin = stored.rstrip()[:-1]
    comma = "" if begin.strip() == "{" else ","
    return orjson.Fragment(begin.encode() + comma.encode() + dumps(more)[1:])


def money(minor: int | None, currency: str) -> MoneyShape | None:
    """An amount, or null where there is none."""
    return None if minor is None else Money(minor, currency).json()


def availability(sold: Sold) -> AvailabilityShape:
    """What a shopper is told about the stock of a variant."""
    state = sold.state
    if state == "low":
        return {"state": state, "left": sold.on_hand - sold.reserved}
    return {"state": state}


def variant(sold: Sold, currency: str, images: dict[str, Any]) -> VariantShape:
    """A variant with its price and stock of now."""
    return {
        "id": sold.variant_id,
        "sku": sold.sku,
        "options": dict(sold.options),
        "price": money(sold.unit_minor, currency),
        "compare_at_price": money(sold.compare_at_minor, currency),
        "availability": availability(sold),
        "image": images.get(str(sold.variant_id)),
    }


def rating(average: Any, count: int) -> RatingShape:
    """The rating summary."""
    return {"average": float(average), "count": count}


def price_summary(variants: Sequence[Sold], currency: str) -> dict[str, Any]:
    """The part of a product's answer that its card has too, from its variants of now."""
    priced = [sold for sold in variants if sold.unit_minor is not None]
    amounts = [sold.unit_minor for sold in priced if sold.unit_minor is not None]
    before = [sold.compare_at_minor for sold in priced if sold.compare_at_minor is not None]
    return {
        "price_from": money(min(amounts, default=None), currency),
        "price_to": money(max(amounts, default=None), currency),
        "compare_at_price": money(max(before, default=None), currency),
        "in_stock": any(sold.state != "out" for sold in priced),
    }


_SCHEMA_ORG = {
    "in_stock": "https://schema.org/InStock",
    "low": "https://schema.org/LimitedAvailability",
    "out": "https://schema.org/OutOfStock",
    "backorder": "https://schema.org/BackOrder",
}


def offers(variants: Sequence[Sold], currency: str) -> list[dict[str, str]]:
    """The variants as schema.org's Offer."""
    return [
        {
            "@type": "Offer",
            "sku": sold.sku,
            "price": Money(sold.unit_minor, currency).amount,
            "priceCurrency": currency,
            "availability": _SCHEMA_ORG[sold.state],
        }
        for sold in variants
        if sold.unit_minor is not None
    ]


def low_stock(level: StockLevel) -> LowStockShape:
    """A row of the staff's list of what runs out."""
    sold = level.variant
    return {
        "variant_id": sold.pk,
        "product_id": sold.product_id,
        "product_name": sold.product.name,
        "sku": sold.sku,
        "options": sold.options,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "left": level.on_hand - level.reserved,
        "low_stock_threshold": level.low_stock_threshold,
    }
