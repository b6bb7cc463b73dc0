"""Who hears of events: most of a round of the relay goes to those that a test is not about."""

from core import events


def those_of(*rooms: str) -> dict[str, dict[str, events.Handler]]:
    """The subscriptions of these rooms alone, by the event's name and by label."""
    begin = tuple(f"{room}." for room in rooms)
    return {
        name: {label: each for label, each in handlers.items() if label.startswith(begin)}
        for name, handlers in events._subscriptions.items()
    }
