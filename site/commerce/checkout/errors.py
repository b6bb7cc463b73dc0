"""What may go wrong between a cart and an order."""

from core.errors import DomainError, FieldError


class CartEmpty(DomainError):
    """There is nothing to order."""

    code = "cart_empty"
    title = "The cart is empty"
    status = 409


class CartChanged(DomainError):
    """The cart is not what the shopper last saw; the answer carries it as it is now."""

    code = "cart_changed"
    title = "The cart has changed"
    status = 409


class EmailNeeded(DomainError):
    """A guest has to say where the confirmation goes."""

    code = "validation_error"
    title = "The request is not valid"
    status = 400

    def __init__(self) -> None:
        detail = "A guest's order needs a mail address."
        super().__init__(detail, errors=[FieldError(field="email", code="required", detail=detail)])


class ShippingNeeded(DomainError):
    """Something has to be sent, and nobody said how."""

    code = "validation_error"
    title = "The request is not valid"
    status = 400

    def __init__(self) -> None:
        detail = "Choose a shipping method."
        super().__init__(
            detail, errors=[FieldError(field="shipping_method", code="required", detail=detail)]
        )
