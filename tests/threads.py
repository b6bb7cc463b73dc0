"""Running functions at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from core.errors import DomainError

ANSWERED_WITHIN = 120.0  # seconds


def at_once(
    *calls: Callable[[], Any], refusals: tuple[type[Exception], ...] = (DomainError,)
) -> list[Any]:
    """What calls that begin together return, or the refusals that they raise.

    Each has a thread with a database connection of its own.
    """
    start = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        try:
            start.wait(30)
            return call()
        except refusals as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(one, call) for call in calls]
        return [future.result(ANSWERED_WITHIN) for future in futures]
