"""What may go wrong with shipping."""

from core.errors import DomainError, FieldError


class MethodNotAvailable(DomainError):
    """The chosen shipping method does not go there, or not in this currency."""

    code = "shipping_method_not_available"
    title = "This shipping method is not available"
    status = 400

    def __init__(self) -> None:
        detail = "Choose one of the methods that the checkout options name for this address."
        super().__init__(detail)
        self.errors = [FieldError(field="shipping_method", code=self.code, detail=detail)]
