"""The JSON of customers as staff see them."""

from typing import TypedDict

from commerce.customers.api.shapes import KeptAddressShape
from core.money import MoneyShape


class CustomerShape(TypedDict):
    """A customer in the list. `spend` has one amount per currency, refunds taken off."""

    id: str
    email: str
    name: str
    joined: str
    last_order_at: str | None
    orders_count: int
    spend: list[MoneyShape]
    groups: list[str]
    is_staff: bool
    is_active: bool
    marketing: bool


class CustomerOrderShape(TypedDict):
    """One of a customer's orders."""

    id: str
    number: str
    status: str
    payment_status: str
    fulfilment_status: str
    total: MoneyShape
    refunded: MoneyShape
    placed_at: str


class CustomerNoteShape(TypedDict):
    """What staff wrote down; `author` is empty if they have left."""

    id: int
    text: str
    author: str
    at: str


class ConsentShape(TypedDict):
    """What was said about marketing mail."""

    email: str
    is_given: bool
    wording: str
    source: str
    at: str


class InCartShape(TypedDict):
    """A line of the open cart, with the price that the customer last saw."""

    variant_id: int
    sku: str
    name: str
    quantity: int
    unit_price: MoneyShape


class CustomerWishShape(TypedDict):
    """A product on the wishlist."""

    product_id: int
    name: str
    added_at: str


class CustomerDetailShape(CustomerShape):
    """A customer with all that staff see. `orders` are the newest 100."""

    first_name: str
    last_name: str
    phone_number: str
    date_of_birth: str | None
    locale: str
    last_login: str | None
    addresses: list[KeptAddressShape]
    orders: list[CustomerOrderShape]
    notes: list[CustomerNoteShape]
    consents: list[ConsentShape]
    cart: list[InCartShape]
    wishes: list[CustomerWishShape]
