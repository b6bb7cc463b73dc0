"""Carts as JSON."""

from collections.abc import Mapping
from typing import Any

from commerce.carts.api.shapes import (
    CartItemShape,
    CartShape,
    DiscountShape,
    LineProblemShape,
    SavedCartShape,
    SavedItemShape,
    SkippedItemShape,
    ThumbnailShape,
)
from commerce.carts.models import Cart, CartLine, SavedCart
from commerce.carts.saved import GONE, Skipped
from commerce.pricing.quotes import Discount, Problem, Quote, QuoteLine, Sold
from core.money import Money
from core.rendering import utc_text


def present_cart(cart: Cart, lines: list[CartLine], quoted: Quote) -> CartShape:
    """The cart with its quote; only a guest is told the token."""
    by_variant = {line.sold.variant_id: line for line in quoted.lines}
    currency = quoted.currency
    return {
        "token": cart.token if cart.customer_id is None and cart.version else None,
        "version": cart.version,
        "currency": currency,
        "items": [
            present_line(line, by_variant[line.variant_id], currency)
            for line in lines
            if line.variant_id in by_variant
        ],
        "codes": cart.codes,
        "discounts": [present_discount(d, currency) for d in quoted.discounts],
        "subtotal": Money(quoted.subtotal_minor, currency).json(),
        "shipping": {
            "method": quoted.shipping.name,
            "price": Money(quoted.shipping_minor, currency).json(),
            "discounts": [present_discount(d, currency) for d in quoted.shipping_discounts],
            "is_estimate": True,
        }
        if quoted.shipping
        else None,
        "tax": Money(quoted.tax_minor, currency).json(),
        "tax_included": quoted.tax_included,
        "total": Money(quoted.total_minor, currency).json(),
        "problems": [{"code": code, "detail": why} for code, why in quoted.refused_codes.items()],
    }


def present_line(line: CartLine, quoted: QuoteLine, currency: str) -> CartItemShape:
    """One line."""
    sold = quoted.sold
    compare_at = sold.compare_at_minor
    return {
        "id": str(line.pk),
        "product_id": sold.product_id,
        "variant_id": sold.variant_id,
        "sku": sold.sku,
        "name": sold.name,
        "slug": sold.slug,
        "url": sold.url,
        "options": dict(sold.options),
        "image": present_thumbnail(sold.image),
        "quantity": line.quantity,
        "unit_price": Money(quoted.unit_minor, currency).json(),
        "compare_at_price": Money(compare_at, currency).json() if compare_at else None,
        "discounts": [present_discount(d, currency) for d in quoted.discounts],
        "line_total": Money(quoted.total_minor, currency).json(),
        "problems": [present_problem(quoted.problem)] if quoted.problem else [],
    }


def present_problem(problem: Problem) -> LineProblemShape:
    """What is wrong with a line."""
    return {"code": problem.code, "detail": problem.detail, "available": problem.available}


def present_discount(discount: Discount, currency: str) -> DiscountShape:
    """What a promotion takes off."""
    return {
        "name": discount.name,
        "code": discount.code or None,
        "amount": Money(discount.amount_minor, currency).json(),
    }


def present_thumbnail(image: dict[str, object] | None) -> ThumbnailShape | None:
    """The prepared picture of a product, if it has one."""
    if not image:
        return None
    return {
        "url": str(image["url"]),
        "width": int(str(image["width"])),
        "height": int(str(image["height"])),
        "alt": str(image["alt"]),
    }


def present_saved(saved: SavedCart, found: Mapping[int, Sold]) -> SavedCartShape:
    """A saved cart with its variants as they are sold now."""
    return {
        "id": str(saved.pk),
        "name": saved.name,
        "currency": saved.currency,
        "items": [
            _saved_item(line, found.get(line["variant_id"]), saved.currency) for line in saved.lines
        ],
        "created_at": utc_text(saved.created_at),
    }


def _saved_item(line: dict[str, Any], sold: Sold | None, currency: str) -> SavedItemShape:
    problem = sold.problem(line["quantity"]) if sold else GONE
    unit_minor = sold.unit_minor if sold and sold.is_listed else None
    return {
        "variant_id": line["variant_id"],
        "product_id": sold.product_id if sold else None,
        "sku": sold.sku if sold else line["sku"],
        "name": sold.name if sold else line["name"],
        "url": sold.url if sold else "",
        "options": dict(sold.options) if sold else {},
        "image": present_thumbnail(sold.image) if sold else None,
        "quantity": line["quantity"],
        "unit_price": None if unit_minor is None else Money(unit_minor, currency).json(),
        "problems": [present_problem(problem)] if problem else [],
    }


def present_skipped(skipped: Skipped) -> SkippedItemShape:
    """A line that is not in the cart as it was saved."""
    return {
        "variant_id": skipped.variant_id,
        "sku": skipped.sku,
        "name": skipped.name,
        "quantity": skipped.quantity,
        "code": skipped.problem.code,
        "detail": skipped.problem.detail,
        "available": skipped.problem.available,
    }
