"""What cart answers look like, and what is stored behind them."""

from typing import Any

from commerce.carts.models import Cart, CartLine


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


EMPTY: dict[str, Any] = {
    "token": None,
    "version": 0,
    "currency": "USD",
    "items": [],
    "codes": [],
    "discounts": [],
    "subtotal": money("0.00"),
    "shipping": None,
    "tax": money("0.00"),
    "tax_included": False,
    "total": money("0.00"),
    "problems": [],
}


def carts_and_lines() -> tuple[list[Any], list[Any]]:
    """Everything that is stored of carts."""
    return (
        list(Cart.objects.order_by("id").values_list("id", "version", "codes", "currency")),
        list(CartLine.objects.order_by("id").values_list("cart_id", "variant_id", "quantity")),
    )
