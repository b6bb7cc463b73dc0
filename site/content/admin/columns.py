"""Columns of the shop's listings that Wagtail does not bring: coloured tags, pictures."""

from collections.abc import Callable
from typing import Any

from wagtail.admin.ui.tables import Column

from commerce.catalogue.models import ProductStatus
from commerce.orders.models import FulfilmentStatus, OrderStatus, PaymentStatus
from commerce.payments.models import PaymentState

# What colour a status has; those that are not named are quiet.
TONES: dict[str, str] = {
    OrderStatus.PENDING: "warning",
    OrderStatus.PROCESSING: "info",
    OrderStatus.SHIPPED: "info",
    OrderStatus.COMPLETED: "positive",
    OrderStatus.CANCELLED: "critical",
    PaymentStatus.AUTHORIZED: "info",
    PaymentStatus.PAID: "positive",
    FulfilmentStatus.PARTIAL: "warning",
    FulfilmentStatus.FULFILLED: "positive",
    ProductStatus.LISTED: "positive",
    PaymentState.ACCEPTED: "info",
    PaymentState.OPEN: "warning",
    PaymentState.FAILED: "critical",
    PaymentState.REVIEW: "critical",
    "review.pending": "warning",
    "review.approved": "positive",
    "review.hidden": "critical",
    "inquiry.open": "warning",
    "inquiry.answered": "positive",
    "inquiry.spam": "critical",
}


class TagColumn(Column):
    """A status as a coloured tag. `tone` picks the colour; by default the value does."""

    cell_template_name = "shop_admin/tables/tag_cell.html"

    def __init__(
        self, name: str, *, tone: Callable[[Any], str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name, **kwargs)
        self.tone = tone or (lambda instance: TONES.get(getattr(instance, name), ""))

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        """The value of the cell with its colour."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return context | {"tone": self.tone(instance)}


class PictureColumn(Column):
    """A small picture; the value is `{"url", "alt"}` or None."""

    cell_template_name = "shop_admin/tables/picture_cell.html"
