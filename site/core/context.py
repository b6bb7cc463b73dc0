"""Who is being served: the id of the request at hand, and the address that it came from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

from django.conf import settings
from django.http import HttpRequest

from core.ids import uuid7

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_SANE = re.compile(r"[A-Za-z0-9._:-]{8,64}")


def current_request_id() -> str:
    """The id of the request (or of the request behind the event) at hand, "" outside of one."""
    return _request_id.get()


def accept_request_id(offered: str | None) -> str:
    """The offered id if it is 8 to 64 harmless characters, else a new one."""
    if offered and _SANE.fullmatch(offered):
        return offered
    return uuid7().hex


def set_request_id(request_id: str) -> Token[str]:
    """Bind the id to this context; hand the token to `reset_request_id` afterwards."""
    return _request_id.set(request_id)


def reset_request_id(token: Token[str]) -> None:
    _request_id.reset(token)


@contextmanager
def request_id_bound(request_id: str) -> Iterator[None]:
    """Work under that request's id, so that its log lines can be found together."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def client_address(request: HttpRequest) -> str:
    """The caller's address.

    X-Forwarded-For is believed only for as many hops as the setting TRUSTED_PROXIES says
    (default 0): everything further left can be written by the caller.
    """
    trusted: int = getattr(settings, "TRUSTED_PROXIES", 0)
    if trusted:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        hops = [hop for hop in hops if hop]
        if hops:
            return str(hops[-min(trusted, len(hops))])[:64]
    return str(request.META.get("REMOTE_ADDR", ""))
