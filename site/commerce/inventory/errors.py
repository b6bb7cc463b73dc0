"""What may go wrong with stock."""

from dataclasses import asdict, dataclass

from core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Shortage:
    """One variant that falls short: so many were wanted, so many are left."""

    variant_id: int
    wanted: int
    available: int = 0
    sku: str = ""
    name: str = ""


class OutOfStock(DomainError):
    """Not every wanted variant can be supplied."""

    code = "out_of_stock"
    title = "Not enough stock"
    status = 409

    def __init__(self, shortages: list[Shortage]) -> None:
        super().__init__(
            "; ".join(
                f"only {s.available} of {s.name or s.sku or s.variant_id} left" for s in shortages
            )
        )
        self.shortages = shortages
        self.extra = {"shortages": [asdict(shortage) for shortage in shortages]}


class StockBelowReserved(DomainError):
    """Orders have reserved more than would be left."""

    code = "stock_below_reserved"
    title = "Orders have reserved this stock"
    status = 409
