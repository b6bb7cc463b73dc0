"""A shopper who may be remembered, and what the browser sends."""

from typing import Any
from uuid import uuid4

FIREFOX = (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
VISITOR = str(uuid4())


def batch(*events: Any, **more: Any) -> dict[str, Any]:
    """A message of these events."""
    return {"type": "event", "visitor": VISITOR, "consent": True, "events": list(events), **more}
