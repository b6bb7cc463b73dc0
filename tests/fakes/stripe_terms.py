"""What Stripe refuses: prices, amounts, currencies and texts that it does not take."""

import re
from typing import Any

STEPS = {"bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10, "ugx": 100, "isk": 100}
LARGEST = 99_999_999
Json = dict[str, Any]


class Refused(Exception):
    """An error object of Stripe's."""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, **more}


def priced(params: Json) -> tuple[list[Json], str]:
    """Every line item with its amount, and the currency they share."""
    items = params.get("line_items", [])
    if not 0 < len(items) <= 100:
        raise Refused("A session has 1 to 100 line items.", param="line_items")
    priced, currencies = [], set()
    for item in items:
        price = item.get("price_data")
        if price is None or "unit_amount" not in price or "product_data" not in price:
            raise Refused("Here a line item has price_data with unit_amount and product_data.")
        if price["currency"] != price["currency"].lower():
            raise Refused("Invalid currency", param="line_items")
        if price["unit_amount"] < 0 or price["unit_amount"] % STEPS.get(price["currency"], 1):
            raise Refused(
                "Invalid unit_amount", param="line_items", code="parameter_invalid_integer"
            )
        if not price["product_data"]["name"] or len(price["product_data"]["name"]) > 5000:
            raise Refused("Invalid product name", param="line_items")
        if not 0 < item.get("quantity", 0) <= 999_999:
            raise Refused("Invalid quantity", param="line_items")
        currencies.add(price["currency"])
        amount = price["unit_amount"] * item["quantity"]
        priced.append({"object": "item", "amount_subtotal": amount, **item})
    if len(currencies) > 1:
        raise Refused("All prices have to be in one currency.", param="line_items")
    return priced, currencies.pop()


def shipping_of(params: Json, currency: str) -> int:
    options = params.get("shipping_options", [])
    if not options:
        return 0
    fixed = options[0]["shipping_rate_data"]["fixed_amount"]
    if fixed["currency"] != currency:
        raise Refused("Shipping is in another currency.", param="shipping_options")
    return int(fixed["amount"])


def payable(amount: int, currency: str) -> int:
    if not re.fullmatch("[a-z]{3}", currency):
        raise Refused("Invalid currency", param="currency")
    if not 0 <= amount <= LARGEST:
        raise Refused("Amount must be no more than 999,999.99", code="amount_too_large")
    if amount % STEPS.get(currency, 1):
        raise Refused("Invalid amount for this currency.", code="parameter_invalid_integer")
    return amount


def check_metadata(params: Json) -> None:
    for metadata in (params.get("metadata"), params.get("payment_intent_data", {}).get("metadata")):
        for name, value in (metadata or {}).items():
            if len(name) > 40 or len(value) > 500:
                raise Refused("Metadata is too long.", param=f"metadata[{name}]")


def listed(found: list[Json]) -> Json:
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/things"}


def unexpected(intent: Json, verb: str) -> Refused:
    message = f"This PaymentIntent could not be {verb} because it is {intent['status']}."
    return Refused(message, code="payment_intent_unexpected_state")
