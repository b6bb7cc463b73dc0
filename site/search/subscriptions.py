"""What this room's engine is told when words change or finds are used; the outbox retries."""

from core import events
from core.events import Event
from search import engines, uses, wording
from search.events import USED, WORDING_CHANGED


def subscribe() -> None:
    """Called once, when the process starts."""
    wording.watch()
    events.subscribe(WORDING_CHANGED, push_wording, label="search.push_wording")
    events.subscribe(USED, uses.report, label="search.report_use")


def push_wording(event: Event) -> None:
    """Bring synonyms and pins to the engine. Of many changes in a row only the last is pushed."""
    if event.payload["edition"] == str(wording.edition()):
        engines.current().push_wording()
