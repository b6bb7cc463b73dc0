"""The JSON of orders."""

from typing import NotRequired, TypedDict

from commerce.carts.api.shapes import DiscountShape, ThumbnailShape
from commerce.customers.api.addresses import AddressShape
from core.money import MoneyShape


class OrderItemShape(TypedDict):
    """A copy of what was bought."""

    id: str
    product_id: int | None
    variant_id: int | None
    sku: str
    name: str
    options: dict[str, str]
    image: ThumbnailShape | None
    quantity: int
    shipped_quantity: int
    unit_price: MoneyShape
    discount: MoneyShape
    tax: MoneyShape
    line_total: MoneyShape


class ShipmentItemShape(TypedDict):
    """How many of an order's item are in the parcel."""

    item_id: str
    quantity: int


class ShipmentShape(TypedDict):
    """A parcel."""

    id: str
    carrier: str
    tracking_number: str
    shipped_at: str
    items: list[ShipmentItemShape]


class HistoryShape(TypedDict):
    """Something that happened to the order."""

    kind: str
    from_status: str
    to_status: str
    message: str
    at: str


class OrderShippingShape(TypedDict):
    """The chosen service."""

    id: int
    name: str
    min_days: int
    max_days: int


class OrderShape(TypedDict):
    """An order. `token` is told once, to its guest, when it is placed."""

    id: str
    number: str
    status: str
    payment_status: str
    fulfilment_status: str
    payment_method: str
    token: NotRequired[str]
    email: str
    currency: str
    items: list[OrderItemShape]
    shipping_address: AddressShape
    billing_address: AddressShape
    shipping_method: OrderShippingShape | None
    discounts: list[DiscountShape]
    subtotal: MoneyShape
    shipping: MoneyShape
    tax: MoneyShape
    tax_included: bool
    total: MoneyShape
    refunded: MoneyShape
    shipments: list[ShipmentShape]
    history: list[HistoryShape]
    note: str
    placed_at: str


class SellerShape(TypedDict):
    """Who sold it."""

    name: str
    url: str


class DeliveredToShape(TypedDict):
    """Where it went, as far as the tax depends on it."""

    country: str
    region: str


class InvoiceItemShape(TypedDict):
    """A line of an invoice."""

    sku: str
    name: str
    options: dict[str, str]
    quantity: int
    unit_price: MoneyShape
    discount: MoneyShape
    tax: MoneyShape
    line_total: MoneyShape


class InvoiceDiscountShape(TypedDict):
    """What was taken off."""

    name: str
    amount: MoneyShape


class InvoiceShape(TypedDict):
    """An invoice. It stays as it was written when the order was accepted."""

    number: str
    order_number: str
    ordered_at: str
    issued_at: str
    seller: SellerShape
    billing_address: AddressShape
    delivered_to: DeliveredToShape
    currency: str
    payment_method: str
    items: list[InvoiceItemShape]
    discounts: list[InvoiceDiscountShape]
    subtotal: MoneyShape
    shipping: MoneyShape
    tax: MoneyShape
    tax_included: bool
    total: MoneyShape
