"""What may go wrong with the catalogue."""

from core.errors import DomainError, FieldError


class SkuTaken(DomainError):
    """Another variant has this SKU."""

    code = "sku_taken"
    title = "This SKU is in use"
    status = 409

    def __init__(self, sku: str) -> None:
        super().__init__(f"Another variant has the SKU “{sku}”.")


class WrongOptions(DomainError):
    """A variant's options are not those of its product, or another variant has the same."""

    code = "wrong_options"
    title = "These options do not fit the product"
    status = 400


class CategoryLoop(DomainError):
    """A category cannot stand below itself."""

    code = "category_loop"
    title = "A category cannot be its own ancestor"
    status = 409


class StillInUse(DomainError):
    """Something is still filed under this record."""

    code = "still_in_use"
    title = "Still in use"
    status = 409


class PriceOutOfRange(DomainError):
    """A price is negative, too large, or above its compare-at price."""

    code = "price_out_of_range"
    title = "This price is not possible"
    status = 400

    def __init__(self, detail: str, field: str = "price") -> None:
        super().__init__(detail)
        self.errors = [FieldError(field=field, code=self.code, detail=detail)]
