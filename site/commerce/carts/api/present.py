"""Carts as JSON."""

from commerce.carts.api.shapes import (
    CartItemShape,
    CartShape,
    DiscountShape,
    LineProblemShape,
    ThumbnailShape,
)
from commerce.carts.models import Cart, CartLine
from commerce.pricing.quotes import Discount, Problem, Quote, QuoteLine
from core.money import Money


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
