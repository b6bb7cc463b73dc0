"""What may go wrong with an order."""

from core.errors import DomainError


class InvalidTransition(DomainError):
    """The state machine does not lead there; `allowed` names where it does."""

    code = "invalid_transition"
    title = "This order cannot change like that"
    status = 409

    def __init__(self, *, present: str, wanted: str, allowed: list[str]) -> None:
        super().__init__(
            f"An order that is {present} cannot become {wanted}."
            f" Allowed: {', '.join(allowed) or 'nothing'}."
        )
        self.extra = {"status_now": present, "allowed": allowed}


class OrdersOpen(DomainError):
    """Somebody cannot be forgotten while orders of theirs are on their way."""

    code = "orders_open"
    title = "There are orders that have not ended"
    status = 409

    def __init__(self, numbers: list[str]) -> None:
        super().__init__(f"Possible once these orders have ended: {', '.join(numbers)}.")
        self.extra = {"orders": numbers}


class NothingToShip(DomainError):
    """The named lines are not (or no longer) there to be shipped."""

    code = "nothing_to_ship"
    title = "These lines cannot be shipped"
    status = 409
