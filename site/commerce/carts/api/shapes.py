"""The JSON of carts."""

from typing import Literal, TypedDict

from core.money import MoneyShape


class ThumbnailShape(TypedDict):
    """A small picture."""

    url: str
    width: int
    height: int
    alt: str


class LineProblemShape(TypedDict):
    """What keeps a line from being ordered; `available` is how many could be."""

    code: Literal["unavailable", "no_price", "out_of_stock", "not_enough_stock"]
    detail: str
    available: int


class DiscountShape(TypedDict):
    """What a promotion takes off (a positive amount), and the code that it came with."""

    name: str
    code: str | None
    amount: MoneyShape


class CartItemShape(TypedDict):
    """So many of one variant."""

    id: str
    product_id: int
    variant_id: int
    sku: str
    name: str
    slug: str
    url: str
    options: dict[str, str]
    image: ThumbnailShape | None
    quantity: int
    unit_price: MoneyShape
    compare_at_price: MoneyShape | None
    discounts: list[DiscountShape]
    line_total: MoneyShape
    problems: list[LineProblemShape]


class CodeProblemShape(TypedDict):
    """Why a typed code takes nothing off at the moment."""

    code: str
    detail: str


class ShippingEstimateShape(TypedDict):
    """The cheapest way to send it to the shop's own country.

    `price` is what is left to pay for it after `discounts`, which the cart's own do not repeat.
    """

    method: str
    price: MoneyShape
    discounts: list[DiscountShape]
    is_estimate: bool


class CartShape(TypedDict):
    """The whole cart as of now. `tax_included` says whether prices contain the tax."""

    token: str | None
    version: int
    currency: str
    items: list[CartItemShape]
    codes: list[str]
    discounts: list[DiscountShape]
    subtotal: MoneyShape
    shipping: ShippingEstimateShape | None
    tax: MoneyShape
    tax_included: bool
    total: MoneyShape
    problems: list[CodeProblemShape]


class VerifiedItemShape(TypedDict):
    """A line that could be ordered, at today's price."""

    product_id: int
    variant_id: int
    sku: str
    name: str
    options: dict[str, str]
    quantity: int
    unit_price: MoneyShape
    line_total: MoneyShape
    availability: Literal["in_stock", "low", "out", "backorder"]


class RefusedItemShape(TypedDict):
    """A line that could not be ordered, and why. `index` is its place in the request."""

    index: int
    variant_id: int | None
    product_id: int | None
    quantity: int
    code: str
    detail: str
    available: int


class VerifiedShape(TypedDict):
    """What of a list of products could be ordered now."""

    items: list[VerifiedItemShape]
    invalid: list[RefusedItemShape]
    subtotal: MoneyShape


class SavedItemShape(TypedDict):
    """So many of a variant, as it is sold today: without price and product if it is not."""

    variant_id: int
    product_id: int | None
    sku: str
    name: str
    url: str
    options: dict[str, str]
    image: ThumbnailShape | None
    quantity: int
    unit_price: MoneyShape | None
    problems: list[LineProblemShape]


class SavedCartShape(TypedDict):
    """A copy of a cart that the customer kept."""

    id: str
    name: str
    currency: str
    items: list[SavedItemShape]
    created_at: str


class SkippedItemShape(TypedDict):
    """A line of a saved cart that is not in the cart as it was saved; `available` of it are."""

    variant_id: int
    sku: str
    name: str
    quantity: int
    code: str
    detail: str
    available: int


class RestoredCartShape(CartShape):
    """The whole cart after a saved one was put into it."""

    skipped: list[SkippedItemShape]
