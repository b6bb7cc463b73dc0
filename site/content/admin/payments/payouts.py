"""What moved, as a file to lay beside a provider's payout report.

One row for each payment whose money came and one for each refund that arrived, in the order
in which that happened. Times are UTC, as in the reports of providers.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import merge
from typing import Any, cast

from django.db.models import QuerySet

from commerce.customers.api.staff_table import plain
from commerce.payments.models import Payment, Refund, RefundStatus
from content.admin import amounts
from core.rendering import utc_text

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Movement:
    """Money of a payment that came, or that went back: then the amounts are negative."""

    kind: str
    payment: Payment
    id: str
    reference: str
    gross_minor: int
    fee_minor: int
    begun_at: datetime
    at: datetime

    def amount(self, minor: int) -> Decimal:
        """In whole units of the payment's currency."""
        return amounts.number(minor, self.payment.currency)


COLUMNS: dict[str, tuple[str, Callable[[Movement], Any]]] = {
    "kind": ("Type", lambda m: m.kind),
    "order": ("Order", lambda m: plain(m.payment.order.number)),
    "provider": ("Provider", lambda m: plain(m.payment.provider)),
    "reference": ("Reference", lambda m: plain(m.reference)),
    "transaction": ("Transaction", lambda m: plain(m.payment.transaction)),
    "gross": ("Gross", lambda m: m.amount(m.gross_minor)),
    "fee": ("Fee", lambda m: m.amount(m.fee_minor)),
    "net": ("Net", lambda m: m.amount(m.gross_minor - m.fee_minor)),
    "currency": ("Currency", lambda m: m.payment.currency),
    "begun": ("Begun", lambda m: utc_text(m.begun_at)),
    "settled": ("Settled", lambda m: utc_text(m.at)),
    "state": ("State", lambda m: m.payment.get_state_display()),
    "payment": ("Payment", lambda m: str(m.payment.pk)),
    "id": ("Id", lambda m: m.id),
}


class Movements:
    """The rows of an export, read in chunks: memory does not grow with their number."""

    model = Payment

    def __init__(self, payments: QuerySet[Payment], refunds: QuerySet[Refund]) -> None:
        self.payments = payments.filter(received_minor__gt=0, settled_at__isnull=False)
        self.refunds = refunds.filter(state=RefundStatus.SUCCEEDED, settled_at__isnull=False)

    def __iter__(self) -> Iterator[Movement]:
        return merge(self._came(), self._went(), key=lambda each: each.at)

    def _came(self) -> Iterator[Movement]:
        rows = self.payments.select_related("order").order_by("settled_at", "pk")
        for row in rows.iterator(CHUNK):
            yield Movement(
                "payment", row, str(row.pk), row.reference, row.received_minor, row.fee_minor,
                row.created_at, cast(datetime, row.settled_at),
            )  # fmt: skip

    def _went(self) -> Iterator[Movement]:
        rows = self.refunds.select_related("payment__order").order_by("settled_at", "pk")
        for row in rows.iterator(CHUNK):
            yield Movement(
                "refund", row.payment, str(row.pk), row.reference, -row.amount_minor, 0,
                row.created_at, cast(datetime, row.settled_at),
            )  # fmt: skip


def cells(movement: Movement) -> OrderedDict[str, Any]:
    """What a row of the file holds."""
    return OrderedDict((name, read(movement)) for name, (_, read) in COLUMNS.items())
