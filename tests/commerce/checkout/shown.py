"""What checkout answers look like, and all that an order writes."""

from typing import Any

from commerce.carts.models import Cart
from commerce.inventory.models import Reservation, StockMovement
from commerce.orders.models import Adjustment, HistoryEntry, Order, OrderLine
from commerce.payments.models import Payment
from commerce.pricing.models import Code, Redemption
from core.models import OutboxEvent


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def everything() -> list[Any]:
    """All that an order writes."""
    tables = (Order, OrderLine, Adjustment, HistoryEntry, Payment, Reservation, Redemption)
    return [
        *(list(table.objects.values()) for table in tables),
        list(StockMovement.objects.values()),
        list(Code.objects.values()),
        list(Cart.objects.filter(ordered_at=None).values_list("id", flat=True)),
        list(OutboxEvent.objects.values_list("name", "key")),
    ]


def refuse(response: Any, status: int, code: str, field: str = "") -> dict[str, Any]:
    """The problem that an answer has to be."""
    answer: dict[str, Any] = response.json()
    assert (response.status_code, answer["code"]) == (status, code), answer
    assert response["Content-Type"] == "application/problem+json"
    if field:
        assert field in [error["field"] for error in answer["errors"]], answer
    return answer
