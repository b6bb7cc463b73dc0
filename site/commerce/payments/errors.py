"""What may go wrong with a payment."""

from core.errors import DomainError, FieldError


class MethodNotOffered(DomainError):
    """The shop does not take this payment method, or not for this purchase."""

    code = "payment_method_not_offered"
    title = "This payment method is not offered"
    status = 400

    def __init__(self, field: str = "payment_method") -> None:
        detail = "Choose one of the methods that the checkout options name."
        super().__init__(detail)
        self.errors = [FieldError(field=field, code=self.code, detail=detail)]


class OrderNotPayable(DomainError):
    """There is nothing to pay (any more): the order is paid, has ended, or its time ran out."""

    code = "order_not_payable"
    title = "This order cannot be paid"
    status = 409


class PaymentInProgress(DomainError):
    """A payment of this order is under way, and whether it succeeds is not known yet."""

    code = "payment_in_progress"
    title = "A payment is under way"
    status = 409


class PaymentRefused(DomainError):
    """The provider does not take this payment."""

    code = "payment_refused"
    title = "The provider refused this payment"
    status = 409


class ProviderUnavailable(DomainError):
    """The provider does not answer; the same request may be sent again."""

    code = "payment_provider_unavailable"
    title = "The payment provider does not answer"
    status = 503

    def __init__(self) -> None:
        super().__init__("Nothing was taken. Try again in a moment.")
        self.headers = {"Retry-After": "5"}


class WrongPaymentState(DomainError):
    """The payment is not in a state that allows this."""

    code = "wrong_payment_state"
    title = "This payment does not allow that now"
    status = 409


class NothingToRefund(DomainError):
    """More was to go back than there is; `refundable` says how much it is."""

    code = "refund_too_much"
    title = "That is more than can go back"
    status = 409


class BadWebhook(DomainError):
    """A webhook that its provider did not sign."""

    code = "bad_signature"
    title = "The signature is not valid"
    status = 400


class Busy(Exception):
    """Another process is talking to the provider about this very thing; try again soon."""
