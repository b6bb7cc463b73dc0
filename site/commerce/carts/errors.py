"""What may go wrong with a cart."""

from core.errors import DomainError, FieldError


class UnknownProduct(DomainError):
    """No such product or variant is for sale."""

    code = "unknown_product"
    title = "This product is not for sale"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no such product or variant, or it is no longer for sale.")


class ChooseVariant(DomainError):
    """A product with several variants was named without saying which."""

    code = "choose_variant"
    title = "Choose a variant"
    status = 400

    def __init__(self) -> None:
        detail = "This product has several variants: send `variant_id`."
        super().__init__(detail)
        self.errors = [FieldError(field="variant_id", code="required", detail=detail)]


class TooMuch(DomainError):
    """The cart would hold more lines or units than the shop allows."""

    code = "cart_limit"
    title = "The cart is full"
    status = 400


class LineNotFound(DomainError):
    """The cart has no such line."""

    code = "not_found"
    title = "Not found"
    status = 404


class CartOrdered(DomainError):
    """The cart has become an order meanwhile."""

    code = "cart_ordered"
    title = "This cart was ordered already"
    status = 409


class NothingToSave(DomainError):
    """There is nothing in the cart that could be kept."""

    code = "cart_empty"
    title = "The cart is empty"
    status = 409


class SavedCartLimit(DomainError):
    """The customer keeps as many carts as the shop allows."""

    code = "saved_cart_limit"
    title = "Too many saved carts"
    status = 409
