"""Checks lines that a storefront kept by itself; no cart is needed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from commerce.carts.api.shapes import RefusedItemShape, VerifiedItemShape, VerifiedShape
from commerce.pricing import selectors as pricing
from commerce.pricing.quotes import Problem, Sold
from core.money import Money

UNKNOWN = Problem("unavailable", "There is no such product or variant for sale.")
SEVERAL = "This product has several variants: send `variant_id`."


def verify(items: Sequence[Mapping[str, int]], *, currency: str) -> VerifiedShape:
    """Sort lines into those that could be ordered now and those that could not; two queries.

    A variant named twice has to be in stock for both lines together.
    """
    by_id = pricing.sold(
        currency=currency, variant_ids=[i["variant_id"] for i in items if "variant_id" in i]
    )
    by_product: dict[int, list[Sold]] = {}
    only_products = [i["product_id"] for i in items if "variant_id" not in i]
    if only_products:
        for sold in pricing.sold(currency=currency, product_ids=only_products).values():
            by_product.setdefault(sold.product_id, []).append(sold)

    valid: list[VerifiedItemShape] = []
    invalid: list[RefusedItemShape] = []
    taken: Counter[int] = Counter()
    subtotal = Money(0, currency)
    for index, item in enumerate(items):
        quantity = item["quantity"]
        if "variant_id" in item:
            candidates = [by_id[item["variant_id"]]] if item["variant_id"] in by_id else []
        else:
            candidates = by_product.get(item["product_id"], [])
        if len(candidates) > 1:
            code, detail, available = "choose_variant", SEVERAL, 0
        else:
            problem = UNKNOWN
            if candidates:
                sold = candidates[0]
                taken[sold.variant_id] += quantity
                found = sold.problem(taken[sold.variant_id])
                if found is None:
                    unit = Money(sold.unit_minor or 0, currency)
                    subtotal += unit * quantity
                    valid.append(_valid(sold, quantity, unit))
                    continue
                problem = found
            code, detail, available = problem.code, problem.detail, problem.available
        invalid.append(
            {
                "index": index,
                "variant_id": item.get("variant_id"),
                "product_id": item.get("product_id"),
                "quantity": quantity,
                "code": code,
                "detail": detail,
                "available": available,
            }
        )
    return {
        "items": valid,
        "invalid": invalid,
        "subtotal": subtotal.json(),
    }


def _valid(sold: Sold, quantity: int, unit: Money) -> VerifiedItemShape:
    return {
        "product_id": sold.product_id,
        "variant_id": sold.variant_id,
        "sku": sold.sku,
        "name": sold.name,
        "options": dict(sold.options),
        "quantity": quantity,
        "unit_price": unit.json(),
        "line_total": (unit * quantity).json(),
        "availability": sold.state,
    }
