"""How often somebody may ask. Counted in the cache, in windows as long as the rate's period.

The setting THROTTLE_RATES replaces single rates of DEFAULT_RATES; None switches one off.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.context import client_address
from core.errors import TooManyRequests

logger = logging.getLogger(__name__)

DEFAULT_RATES: dict[str, str | None] = {
    "anonymous": "100/hour",
    "customer": "1000/hour",
    "staff": "5000/hour",
    "read": "20000/hour",
    "sign_in": "10/minute",
}
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
REPORT_EVERY = 60.0

_last_report = -REPORT_EVERY


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left: `limit` per window, `remaining` of it, `reset` seconds until the next."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "RateLimit-Limit", str(self.limit)
        yield "RateLimit-Remaining", str(self.remaining)
        yield "RateLimit-Reset", str(self.reset)


def rate_of(scope: str) -> tuple[int, int] | None:
    """How many in how many seconds, None if that scope is unlimited. Raises ValueError."""
    rates: dict[str, str | None] = getattr(settings, "THROTTLE_RATES", {})
    text = rates.get(scope, DEFAULT_RATES.get(scope))
    if text is None:
        return None
    number, _, period = text.partition("/")
    if period not in PERIODS:
        raise ValueError(f"{text!r} is not a rate such as 100/hour")
    return int(number), PERIODS[period]


def take(scope: str, who: str) -> Quota | None:
    """Count one request of `who`. None: unlimited, or the cache does not answer (let through)."""
    rate = rate_of(scope)
    if rate is None:
        return None
    limit, seconds = rate
    window, into = divmod(int(time.time()), seconds)
    count = _counted(f"rate:{scope}:{window}:{who}", seconds)
    if count is None:
        return None
    return Quota(limit, max(0, limit - count), seconds - into, count > limit)


def _counted(key: str, seconds: int) -> int | None:
    global _last_report
    try:
        # One operation for all but the first request of a window.
        try:
            return int(cache.incr(key))
        except ValueError:
            if cache.add(key, 1, timeout=seconds + 1):
                return 1
            return int(cache.incr(key))
    except Exception:
        # A cache that is down must not take the shop with it. Which exception it is depends on
        # the engine.
        if time.monotonic() - _last_report > REPORT_EVERY:
            _last_report = time.monotonic()
            logger.exception("Requests are not counted: the cache does not answer")
        return None


def enforce(scope: str, who: str) -> None:
    """For single actions (sign-in per account). Raises TooManyRequests."""
    quota = take(scope, who)
    if quota is not None and quota.exceeded:
        raise TooManyRequests(retry_after=quota.reset)


class ShopThrottle(BaseThrottle):
    """Staff and customers by account; everybody else by address, reads apart from writes.

    The setting THROTTLE_PUBLIC_READS = False leaves reads of the anonymous uncounted and saves
    their cache operation. The RateLimit headers are set by `core.middleware`.
    """

    def __init__(self) -> None:
        self.quota: Quota | None = None

    def scope_and_caller(self, request: Request, view: Any) -> tuple[str, str] | None:
        user = request.user
        if user is not None and user.is_authenticated:
            return ("staff" if user.is_staff else "customer"), f"user:{user.pk}"
        if request.method in SAFE_METHODS:
            if not getattr(settings, "THROTTLE_PUBLIC_READS", True):
                return None
            return "read", client_address(request._request)
        return "anonymous", client_address(request._request)

    def allow_request(self, request: Request, view: Any) -> bool:
        found = self.scope_and_caller(request, view)
        self.quota = take(*found) if found else None
        if self.quota is None:
            return True
        _announce(request, self.quota)
        return not self.quota.exceeded

    def wait(self) -> float | None:
        return float(self.quota.reset) if self.quota else None


class ByAddress(ShopThrottle):
    """By address in the scope that the view names as `rate_scope`, whoever is signed in."""

    def scope_and_caller(self, request: Request, view: Any) -> tuple[str, str] | None:
        scope = getattr(view, "rate_scope", None)
        return (scope, client_address(request._request)) if scope else None


def _announce(request: Request, quota: Quota) -> None:
    """Leave the headers on the request; of several throttles the tightest is told."""
    plain = request._request
    known: Quota | None = getattr(plain, "rate_quota", None)
    if known is None or quota.remaining < known.remaining:
        plain.rate_quota = quota  # type: ignore[attr-defined]
        plain.rate_limit_headers = tuple(quota.headers())  # type: ignore[attr-defined]
