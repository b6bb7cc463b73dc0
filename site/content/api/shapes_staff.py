"""What staff get back when they write, as types."""

from typing import Literal, TypedDict

from content.api.shapes import OptionShape
from core.money import MoneyShape


class LowStockShape(TypedDict):
    """A variant at or under its threshold; `left` is what is on hand and not reserved."""

    variant_id: int
    product_id: int
    product_name: str
    sku: str
    options: dict[str, str]
    on_hand: int
    reserved: int
    left: int
    low_stock_threshold: int


class StockShape(TypedDict):
    """What a variant has: `available` is on hand and not reserved."""

    on_hand: int
    reserved: int
    available: int
    low_stock_threshold: int
    backorder_limit: int


class StaffPriceShape(TypedDict):
    """A price in one currency."""

    price: MoneyShape
    compare_at_price: MoneyShape | None


class StaffVariantShape(TypedDict):
    """A variant as staff see it, in every currency."""

    id: int
    sku: str
    options: dict[str, str]
    prices: list[StaffPriceShape]
    stock: StockShape
    barcode: str
    weight_grams: int
    requires_shipping: bool
    taxable: bool


class StaffPageShape(TypedDict):
    """A brand or a category with its page. `status` is listed or draft."""

    id: int
    page_id: int
    slug: str
    name: str
    url: str
    status: Literal["listed", "draft"]


class StaffProductShape(StaffPageShape):
    """A product as it was just written. Its card and its answer follow within moments."""

    brand_id: int | None
    category_id: int | None
    tags: list[str]
    featured: bool
    options: list[OptionShape]
    variants: list[StaffVariantShape]
