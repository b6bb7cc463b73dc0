"""Events for tests, stored as if they had come at a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from realtime.analytics import ingest, schemas
from realtime.analytics.ingest import Incoming, StoredEvent
from realtime.analytics.senders import Sender

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def raw(name: str = "page_view", at: datetime = NOON, **data: Any) -> dict[str, Any]:
    """An event as a client sends it."""
    event_id = str(data.pop("id", None) or uuid4())
    if name == "page_view":
        data.setdefault("path", "/")
    return {"id": event_id, "name": name, "at": at.isoformat(), "data": data}


def came(
    *events: dict[str, Any],
    visitor: UUID | None = None,
    customer: UUID | None = None,
    audience: str = "people",
    received_at: datetime = NOON + 12 * 60 * MINUTE,
) -> list[StoredEvent]:
    """Store events of one sender; what was new."""
    checked, errors = schemas.check_all(list(events))
    assert errors == []
    return ingest.store([Incoming(checked, Sender(visitor, customer, audience), received_at)])
