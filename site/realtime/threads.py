"""Database work of sockets: a few threads for all of them, so that a crowd queues and not fails."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

_threads: ThreadPoolExecutor | None = None


async def in_thread(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call something that waits for the database, without holding up the sockets."""
    global _threads
    if _threads is None:
        _threads = ThreadPoolExecutor(settings.SOCKET_THREADS, thread_name_prefix="sockets")

    def work() -> R:
        close_old_connections()
        try:
            return call(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def stop() -> None:
    """Let the threads go, with their connections; the next call makes new ones."""
    global _threads
    if _threads is not None:
        _threads.shutdown(wait=True)
        _threads = None
