"""The JSON of wishlists."""

from typing import NotRequired, TypedDict

from content.api.shapes import ProductCardShape


class WishShape(TypedDict):
    """A product on the wishlist; `product` is null while it is not for sale.

    `tell_in_stock` and `tell_price_drop` say which news are wanted by mail. `message` comes
    with a product that was there already.
    """

    id: str
    product_id: int
    name: str
    product: ProductCardShape | None
    tell_in_stock: bool
    tell_price_drop: bool
    added_at: str
    message: NotRequired[str]


class WishlistLinkShape(TypedDict):
    """The link that shows a wishlist to whoever has it."""

    url: str
    token: str


class SharedWishlistShape(TypedDict):
    """Somebody's wishlist: what of it is for sale, newest wish first."""

    first_name: str
    count: NotRequired[int]
    next: str | None
    previous: str | None
    results: list[ProductCardShape]
