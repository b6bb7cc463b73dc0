"""What customers announced."""

from typing import Any

from core.models import OutboxEvent


def staff_acted() -> list[dict[str, Any]]:
    """What staff did with customers, in order."""
    rows = OutboxEvent.objects.filter(name="customers.staff_acted").order_by("id")
    return list(rows.values_list("payload", flat=True))
