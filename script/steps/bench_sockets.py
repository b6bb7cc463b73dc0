"""script/bench sockets: what an open socket costs, and how soon a commit is heard of.

    script/bench sockets                          5,000 sockets, 1,000 customers
    script/bench sockets --sockets 500 --customers 100

PostgreSQL and Redis are throwaway ones, or those of DATABASE_URL and REDIS_URL. Memory is
the growth of one server process. For the latencies two server processes and a worker of its own
run, as in a shop; a latency is counted from the return of the commit to the arrival of the
message in the customer's client.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_servers import allow_files, production, server, worker
from environment import PYTHON, ROOT
from progress import StepFailed, run_step, say

HEARD_WITHIN = 60.0
AT_ONCE = 50  # sockets that are being opened at a time
A_SECOND = 10  # commits, while latencies are measured
COMMITS = 300


@dataclass
class Customer:
    """Who listens, and the order that the news are about."""

    order: Any
    token: str


def run(options: argparse.Namespace, running: ExitStack, directory: Path) -> None:
    """Measure and print."""
    allow_files(options.sockets + 2000)
    os.environ |= production(running, directory) | {
        "ACCESS_TOKEN_SECONDS": "86400",
        "SOCKETS_PER_ADDRESS": "0",
        "SOCKETS_PER_CUSTOMER": "0",
        "SOCKET_PING_SECONDS": "3600",  # nobody answers while all are being opened
        "SOCKET_SILENT_SECONDS": "7200",
    }
    manage = [str(PYTHON), str(ROOT / "manage.py")]
    run_step("Migrations", [*manage, "migrate", "--no-input", "-v0"], env=dict(os.environ))
    customers = _customers(options.customers)
    say(f"{len(customers):,} customers, each with an order")
    with server() as (port, pid):
        each, opened = asyncio.run(_memory(port, pid, customers, options.sockets))
    with server() as first, server() as second, worker(manage):
        ports = [first[0], second[0]]
        spread, burst = asyncio.run(_latencies(ports, customers))
    _print(options, each, opened, spread, burst)


def _customers(count: int) -> list[Customer]:
    """Accounts that are signed in, each with an order."""
    sys.path.insert(0, str(ROOT / "site"))
    import django

    django.setup()
    from allauth.headless.tokens.strategies.jwt.internal import create_access_token
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from commerce.customers.models import User
    from commerce.orders.models import Order

    found = []
    for number in range(count):
        user = User.objects.create(email=f"customer-{number}@vitrine.example", password="!")  # noqa: S106
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        order = Order.objects.create(
            customer=user, email=user.email, currency="USD", subtotal_minor=0, total_minor=0,
            shipping_address={}, billing_address={}, payment_method="cod", status="processing",
        )  # fmt: skip
        found.append(Customer(order, create_access_token(user, session, {})))
    return found


async def _open(port: int, customer: Customer) -> Any:
    from websockets.asyncio.client import connect

    socket = await connect(
        f"ws://127.0.0.1:{port}/ws/orders/notifications/",
        subprotocols=["bearer", customer.token],  # type: ignore[list-item]
        compression=None,
        ping_interval=None,
        open_timeout=60,
    )
    first = await socket.recv()
    if b'"ready"' not in (first if isinstance(first, bytes) else first.encode()):
        raise StepFailed(f"The socket began with {first!r}")
    return socket


async def _open_all(ports: list[int], customers: list[Customer]) -> list[Any]:
    opened: list[Any] = []
    for begin in range(0, len(customers), AT_ONCE):
        some = customers[begin : begin + AT_ONCE]
        opened += await asyncio.gather(
            *[_open(ports[index % len(ports)], each) for index, each in enumerate(some)]
        )
    return opened


async def _memory(
    port: int, pid: int, customers: list[Customer], wanted: int
) -> tuple[float, float]:
    """KB of the server per socket, and milliseconds of its CPU for opening one."""
    import psutil

    process = psutil.Process(pid)
    warm = await _open_all([port], customers[:50])
    await asyncio.sleep(2)
    before, began = process.memory_info().rss, sum(process.cpu_times()[:2])
    crowd = [customers[index % len(customers)] for index in range(wanted)]
    opened = await _open_all([port], crowd)
    cpu = (sum(process.cpu_times()[:2]) - began) * 1000 / wanted
    await asyncio.sleep(5)
    grown = process.memory_info().rss - before
    if any(socket.close_code is not None for socket in warm + opened):
        raise StepFailed("Sockets were closed meanwhile.")
    for socket in warm + opened:
        socket.transport.abort()
    return grown / 1024 / wanted, cpu


async def _latencies(ports: list[int], customers: list[Customer]) -> tuple[list[float], float]:
    """Seconds from each commit to its message, one order after the other; and how long the last
    of all takes that are committed at once."""
    sockets = await _open_all(ports, customers)
    arrived: dict[int, asyncio.Future[float]] = {}
    loop = asyncio.get_running_loop()

    async def listen(number: int) -> None:
        async for message in sockets[number]:
            if "order_update" in message:
                arrived[number].set_result(time.perf_counter())
            else:
                await sockets[number].send('{"type": "pong"}')

    listening = [asyncio.create_task(listen(number)) for number in range(len(sockets))]
    committed = []
    begin = time.perf_counter()
    for number, customer in enumerate(customers[:COMMITS]):
        arrived[number] = loop.create_future()
        await asyncio.sleep(max(0.0, begin + number / A_SECOND - time.perf_counter()))
        committed.append(await asyncio.to_thread(_commit, [customer]))
    async with asyncio.timeout(HEARD_WITHIN):
        times = await asyncio.gather(*arrived.values())
    spread = sorted(time - at for time, at in zip(times, committed, strict=True))
    for number in range(len(customers)):
        arrived[number] = loop.create_future()
    at_once = await asyncio.to_thread(_commit, customers)
    async with asyncio.timeout(HEARD_WITHIN):
        times = await asyncio.gather(*arrived.values())
    for task in listening:
        task.cancel()
    for socket in sockets:
        socket.transport.abort()
    return spread, max(times) - at_once


def _commit(customers: list[Customer]) -> float:
    """Announce a change of the customers' orders in one transaction; when it was committed."""
    from django.db import close_old_connections, transaction

    from commerce.orders.events import ORDER_STATUS_CHANGED, announce

    close_old_connections()
    with transaction.atomic():
        for customer in customers:
            announce(ORDER_STATUS_CHANGED, customer.order, before="pending")
    committed = time.perf_counter()
    close_old_connections()
    return committed


def _print(
    options: argparse.Namespace, each: float, opened: float, spread: list[float], burst: float
) -> None:
    def at(share: float) -> str:
        return f"{spread[min(len(spread) - 1, int(len(spread) * share))] * 1000:.0f} ms"

    say(f"\nPython {platform.python_version()}, {os.cpu_count()} cores\n")
    say("| | |")
    say("| --- | ---: |")
    say(f"| memory of a signed-in socket, {options.sockets:,} in one process | {each:.1f} KB |")
    say(f"| server CPU to open one and sign it in | {opened:.1f} ms |")
    crowd = f"{options.customers:,} customers"
    say(f"| commit to client, {crowd}, {len(spread)} commits, {A_SECOND}/s: p50 | {at(0.5)} |")
    say(f"| p95 | {at(0.95)} |")
    say(f"| p99 | {at(0.99)} |")
    say(f"| longest | {at(1.0)} |")
    say(f"| {options.customers:,} orders in one commit: the last client | {burst * 1000:.0f} ms |")
