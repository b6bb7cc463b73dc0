"""What may go wrong with a payment."""

from core.errors import DomainError, FieldError


class MethodNotOffered(DomainError):
    """The shop does not take this payment method."""

    code = "payment_method_not_offered"
    title = "This payment method is not offered"
    status = 400

    def __init__(self) -> None:
        detail = "Choose one of the methods that the checkout options name."
        super().__init__(detail)
        self.errors = [FieldError(field="payment_method", code=self.code, detail=detail)]
