"""What analytics takes and answers, for the document."""

from typing import Any, Literal, NotRequired, TypedDict

from realtime.analytics.schemas import EventError


class EventShape(TypedDict):
    """`id` is a UUID of the client's own making, the same when it is sent again; `at` ISO 8601."""

    id: str
    name: str
    at: str
    data: NotRequired[dict[str, Any]]


class EventsShape(TypedDict):
    """Up to 100 events. `visitor` is a UUID that the storefront makes and keeps."""

    type: NotRequired[Literal["event"]]
    visitor: NotRequired[str | None]
    consent: NotRequired[bool | None]
    events: list[EventShape]


class EventsStoredShape(TypedDict):
    """The ids that are stored, and what is wrong with the others."""

    type: Literal["ack"]
    ids: list[str]
    errors: list[EventError]
