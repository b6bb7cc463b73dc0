"""The JSON of checkout."""

from typing import NotRequired, TypedDict

from commerce.orders.api.shapes import OrderShape
from commerce.payments.api.shapes import PaymentStartShape
from core.money import MoneyShape


class DeliveryShape(TypedDict):
    """When it arrives, in days from now."""

    min_days: int
    max_days: int


class ShippingMethodShape(TypedDict):
    """A way to send this cart there, with its price, and the cart's tax and total with it."""

    id: int
    name: str
    price: MoneyShape
    delivery: DeliveryShape
    tax: MoneyShape
    total: MoneyShape


class PaymentMethodShape(TypedDict):
    """A way to pay. `keeps_cards`: `save_method` and `saved_method` may be sent with it."""

    id: str
    name: str
    instructions: NotRequired[str]
    keeps_cards: NotRequired[bool]


class CheckoutOptionsShape(TypedDict):
    """What can be chosen for an address; totals are with the cheapest method."""

    shipping_methods: list[ShippingMethodShape]
    payment_methods: list[PaymentMethodShape]
    tax: MoneyShape
    total: MoneyShape


class CheckoutShape(TypedDict):
    """A placed order."""

    order: OrderShape
    payment: PaymentStartShape
