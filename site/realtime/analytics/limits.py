"""How many events one address may send: ANALYTICS_EVENTS_PER_MINUTE, 0 without limit.

Each web process counts for itself and in memory: asking a cache for every batch would cost more
than storing it, and no address is written down. What IPv6 gives to one customer, a /64, is one.
"""

import ipaddress
import threading
import time
from functools import lru_cache

from django.conf import settings

WINDOW = 60

_lock = threading.Lock()
_window = -1
_counted: dict[str, int] = {}


@lru_cache(maxsize=4096)
def _household(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def take(address: str, events: int) -> int:
    """Count events of an address; 0 if they may come, else after how many seconds."""
    global _window
    limit: int = settings.ANALYTICS_EVENTS_PER_MINUTE
    if not limit:
        return 0
    now = time.time()
    window = int(now // WINDOW)
    who = _household(address)
    with _lock:
        if window != _window:
            _window = window
            _counted.clear()
        count = _counted.get(who, 0) + events
        if count > limit:
            return max(1, round((window + 1) * WINDOW - now))
        _counted[who] = count
    return 0


def forget() -> None:
    """Begin to count anew, for tests."""
    with _lock:
        _counted.clear()
