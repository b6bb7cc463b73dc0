"""What may go wrong with a price, a promotion or a code."""

from core.errors import DomainError, FieldError


class CodeNotValid(DomainError):
    """Nobody can use this code now: unknown, over, used up, or not for this shopper."""

    code = "code_not_valid"
    title = "This code is not valid"
    status = 400

    def __init__(self, typed: str, why: str = "It is unknown or no longer valid.") -> None:
        super().__init__(f"“{typed}” cannot be used. {why}")
        self.errors = [FieldError(field="code", code=self.code, detail=self.detail)]
