"""script/bench ingest: what it costs one process to store events and to say so.

    script/bench ingest                          100,000 events in batches of 20 over 16 sockets
    script/bench ingest --events 20000 --http    over POST /api/analytics/events/

PostgreSQL and Redis are throwaway ones, or those of DATABASE_URL and REDIS_URL. Each client
sends a batch when the one before it was acked. CPU is the server process's own, clients and
database have theirs; what is stored is compared with what was acked.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bench_servers import database_cpu, production, server
from environment import PYTHON, ROOT
from progress import StepFailed, run_step, say

BATCH = 20
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def run(options: argparse.Namespace, running: ExitStack, directory: Path) -> None:
    """Measure and print."""
    import psutil

    os.environ |= production(running, directory) | {
        "ANALYTICS_EVENTS_PER_MINUTE": "0",
        "SOCKET_MESSAGES_PER_SECOND": "100000",
        "SOCKETS_PER_ADDRESS": "0",
    }
    url = os.environ["DATABASE_URL"]
    manage = [str(PYTHON), str(ROOT / "manage.py")]
    run_step("Migrations", [*manage, "migrate", "--no-input", "-v0"], env=dict(os.environ))
    messages = _messages(options.events)
    with server() as (port, pid):
        process = psutil.Process(pid)
        send = _over_http if options.http else _over_sockets
        asyncio.run(send(port, _messages(2000), options.connections))  # warm up
        before, database = sum(process.cpu_times()[:2]), database_cpu(url)
        began = time.perf_counter()
        acked = asyncio.run(send(port, messages, options.connections))
        seconds = time.perf_counter() - began
        cpu = sum(process.cpu_times()[:2]) - before
        database = database_cpu(url) - database
    stored = _stored()
    if acked != options.events or stored < acked:
        raise StepFailed(f"{acked:,} events were acked, {stored:,} are stored.")
    _print(options, acked, seconds, cpu, database)


def _messages(events: int) -> list[str]:
    """Batches as live.js sends them, of one visitor each."""
    found = []
    for begin in range(0, events, BATCH):
        now = datetime.now(UTC).isoformat()
        batch = []
        for number in range(begin, min(begin + BATCH, events)):
            name, data = (
                ("page_view", {"path": f"/products/{number % 500}/?utm_source=news"}),
                ("product_view", {"product_id": number % 500 + 1, "path": "/products/mug/"}),
                ("heartbeat", {"view": str(uuid4()), "seconds": 30}),
                ("cart_add", {"product_id": 7, "variant_id": 9, "quantity": 1}),
            )[number % 4]
            batch.append({"id": str(uuid4()), "name": name, "at": now, "data": data})
        more = {"visitor": str(uuid4()), "consent": True}
        found.append(json.dumps({"type": "event", **more, "events": batch}))
    return found


async def _over_sockets(port: int, messages: list[str], connections: int) -> int:
    """Send all; how many events were acked."""
    from websockets.asyncio.client import connect

    async def client(number: int) -> int:
        acked = 0
        async with connect(
            f"ws://127.0.0.1:{port}/ws/analytics/",
            user_agent_header=FIREFOX, compression=None, ping_interval=None,
        ) as socket:  # fmt: skip
            for message in messages[number::connections]:
                await socket.send(message)
                answer = json.loads(await socket.recv())
                if answer["type"] != "ack":
                    raise StepFailed(f"The shop answered {answer}")
                acked += len(answer["ids"])
        return acked

    return sum(await asyncio.gather(*[client(number) for number in range(connections)]))


async def _over_http(port: int, messages: list[str], connections: int) -> int:
    import httpx

    url = f"http://127.0.0.1:{port}/api/analytics/events/"
    headers = {"User-Agent": FIREFOX, "Content-Type": "text/plain"}

    async def client(number: int) -> int:
        acked = 0
        async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as http:
            for message in messages[number::connections]:
                answer = await http.post(url, content=message)
                if answer.status_code != 200 or answer.json()["errors"]:
                    raise StepFailed(f"The shop answered {answer.status_code} {answer.text}")
                acked += len(answer.json()["ids"])
        return acked

    return sum(await asyncio.gather(*[client(number) for number in range(connections)]))


def _stored() -> int:
    sys.path.insert(0, str(ROOT / "site"))
    import django

    django.setup()
    from realtime.models import Event

    return Event.objects.count()


def _print(
    options: argparse.Namespace, acked: int, seconds: float, cpu: float, database: float
) -> None:
    way = "POST" if options.http else "sockets"
    say(f"\nPython {platform.python_version()}, {os.cpu_count()} cores\n")
    say("| | |")
    say("| --- | ---: |")
    say(f"| events, batches of {BATCH}, {options.connections} {way} | {acked:,} |")
    say(f"| stored and acked per second of the process's CPU | {acked / cpu:,.0f} |")
    say(f"| its CPU per event | {cpu * 1e6 / acked:.0f} µs |")
    say(f"| the database's CPU per event | {database * 1e6 / acked:.0f} µs |")
    say(f"| per second by the clock | {acked / seconds:,.0f} |")
