"""What a client sends: one batch of events, the same over the socket and over HTTP."""

from dataclasses import dataclass
from uuid import UUID

from core.errors import ValidationFailed
from realtime.analytics.schemas import MAX_EVENTS, Checked, EventError, Wrong, check_all
from realtime.analytics.senders import Sender, sender


@dataclass(frozen=True, slots=True)
class Batch:
    """What may be stored of it, for whom, and what is wrong with the rest."""

    events: list[Checked]
    errors: list[EventError]
    sender: Sender

    @property
    def ids(self) -> list[str]:
        """The ids to tell the client of once they are stored."""
        return [str(event.id) for event in self.events]


def read(raw: object, *, objected: bool, audience: str, customer_id: UUID | None) -> Batch:
    """Check a batch as it came from JSON. Raises ValidationFailed where nothing of it can be used.

    `objected`, `audience` and `customer_id` are what is known of the connection.
    """
    if type(raw) is not dict:
        raise _refused("", "invalid", "A batch is an object.")
    events = raw.get("events")
    if type(events) is not list:
        raise _refused("events", "invalid", "This has to be a list.")
    if len(events) > MAX_EVENTS:
        raise _refused("events", "too_many", f"At most {MAX_EVENTS} events at once.")
    try:
        who = sender(
            visitor=raw.get("visitor"),
            consent=raw.get("consent"),
            objected=objected,
            audience=audience,
            customer_id=customer_id,
        )
    except Wrong as wrong:
        raise _refused(wrong.field, wrong.code, wrong.detail) from None
    good, bad = check_all(events)
    return Batch(good, bad, who)


def _refused(field: str, code: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[{"field": field, "code": code, "detail": detail}])
