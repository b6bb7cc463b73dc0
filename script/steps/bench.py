"""script/bench: what the hot paths cost, measured over HTTP against a running server.

    script/bench                    1,000 products on PostgreSQL, one server process
    script/bench --products 20000   the same with more
    script/bench --sqlite           the embedded engines
    script/bench search             the built-in search at 1,000 and at 100,000 records
    script/bench index              `search_sync --full` of a shop with 100,000 products
    script/bench sockets            open sockets and how soon they hear (bench_sockets.py)
    script/bench ingest             events stored and acked (bench_ingest.py)

CPU is read from the operating system's accounts of the server's and the database's processes,
so the load generator's own work beside them does not count. DATABASE_URL is used where it is
set (then the database's CPU is not seen); otherwise a throwaway PostgreSQL runs.
"""

import argparse
import http.client
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bench_ingest
import bench_sockets
from bench_servers import READY_WITHIN, database_cpu, settings_of
from environment import PYTHON, ROOT, VENV, prepare
from progress import StepFailed, run_step, say

ADDRESS = {
    "first_name": "Ada",
    "last_name": "Byron",
    "line1": "12 Wall Street",
    "city": "New York",
    "region": "NY",
    "postal_code": "10005",
    "country": "US",
}
PARTS = ("shop", "search", "index", "sockets", "ingest")
SOLD = 1000
SEARCHED = (1000, 100_000)


@dataclass(frozen=True)
class Figure:
    """What one hot path came to; CPU in milliseconds per request (or journey)."""

    name: str
    count: int
    per_second: float
    server_ms: float
    database_ms: float


class Client:
    """One keep-alive connection. Raises AssertionError for an answer that is not expected."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def call(
        self, method: str, path: str, body: object = None, *, token: str = "", expect: int = 200
    ) -> Any:
        """Send a request and give the answer's JSON."""
        headers = {"Accept": "application/json"}
        if token:
            headers["X-Cart-Token"] = token
        data = None
        if body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != expect:
            raise AssertionError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return json.loads(content)


def main() -> int:
    """Measure and print the table. Returns the exit code."""
    options = _options()
    try:
        prepare(testing=True)
        if Path(sys.prefix).resolve() != VENV.resolve():
            os.execv(PYTHON, [str(PYTHON), __file__, *sys.argv[1:]])  # noqa: S606
        with ExitStack() as running:
            _run(options, running)
    except StepFailed as failed:
        say(f"\n{failed}", error=True)
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted.", error=True)
        return 130
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.split("\n")[0])
    parser.add_argument("part", nargs="?", choices=PARTS, default="shop")
    parser.add_argument("--products", type=int, help="how many products to sell or to search in")
    parser.add_argument("--sockets", type=int, default=5000, help="how many sockets to open")
    parser.add_argument("--customers", type=int, default=1000, help="how many listen to news")
    parser.add_argument("--events", type=int, default=100_000, help="how many events to send")
    parser.add_argument("--http", action="store_true", help="events by POST, not over sockets")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each path is measured")
    parser.add_argument("--connections", type=int, default=0, help="how many clients at a time")
    parser.add_argument("--sqlite", action="store_true", help="the embedded engines")
    options = parser.parse_args()
    options.connections = options.connections or (16 if options.part == "ingest" else 2)
    return options


def _run(options: argparse.Namespace, running: ExitStack) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.servers import free_port, postgres

    directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="vitrine-bench-")))
    if options.part == "sockets":
        bench_sockets.run(options, running, directory)
        return
    if options.part == "ingest":
        bench_ingest.run(options, running, directory)
        return
    given = os.environ.get("DATABASE_URL", "")
    if options.sqlite:
        database = f"sqlite:///{directory}/bench.sqlite3"
    else:
        database = given or running.enter_context(postgres())
    port = free_port()
    environment = {
        **os.environ,
        **settings_of(database, directory),
        "STATIC_ROOT": str(directory / "static"),
        "WEB_THREADS": "4",
        **{f"RATE_{who}": "100000000/hour" for who in ("ANONYMOUS", "CUSTOMER", "READ")},
    }
    manage = [str(PYTHON), str(ROOT / "manage.py")]
    run_step("Migrations", [*manage, "migrate", "--no-input", "-v0"], env=environment)
    run_step("Static files", [*manage, "collectstatic", "--no-input", "-v0"], env=environment)
    if options.part == "search":
        for count in [options.products] if options.products else SEARCHED:
            search = [str(PYTHON), str(Path(__file__).with_name("bench_search.py")), str(count)]
            if subprocess.run(search, env=environment, check=False).returncode:  # noqa: S603
                raise StepFailed("The search could not be measured.")
        return
    options.products = options.products or (SEARCHED[-1] if options.part == "index" else SOLD)
    seed = [*manage, "seed_products", "--products", str(options.products)]
    run_step(f"{options.products:,} products", seed, env=environment)
    _analyse(manage, environment, sqlite=options.sqlite)
    if options.part == "index":
        _index(manage, environment)
        return
    server = running.enter_context(_server(port, environment))
    _measure_all(options, port, server, "" if options.sqlite or given else database)


def _index(manage: list[str], environment: dict[str, str]) -> None:
    """Fill the search index as an operator does, and say what that took."""
    began = time.perf_counter()
    process = subprocess.Popen([*manage, "search_sync", "--full"], env=environment)  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise StepFailed("The index could not be filled.")
    seconds, megabytes = time.perf_counter() - began, used.ru_maxrss / 1024
    cpu = used.ru_utime + used.ru_stime
    say(f"{seconds:.0f} s ({cpu:.0f} s of its CPU), {megabytes:.0f} MB at most")


def _analyse(manage: list[str], environment: dict[str, str], *, sqlite: bool) -> None:
    """Fresh statistics, as a database has that has been running for a while."""
    code = "from django.db import connection as c; c.cursor().execute('ANALYZE'); c.close()"
    run_step("Statistics", [*manage, "shell", "-v0", "-c", code], env=environment)


@contextmanager
def _server(port: int, environment: dict[str, str]) -> Iterator[int]:
    """One server process; its process id."""
    command = [str(PYTHON), "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--no-access-log", "config.asgi:application"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            deadline = time.monotonic() + READY_WITHIN
            while True:
                try:
                    Client(port).call("GET", "/health/live/")
                    break
                except OSError:
                    if server.poll() is not None or time.monotonic() > deadline:
                        log.seek(0)
                        raise StepFailed(log.read().decode(errors="replace")[-3000:]) from None
                    time.sleep(0.1)
            yield server.pid
        finally:
            server.terminate()
            server.wait(timeout=30)


def _measure_all(options: argparse.Namespace, port: int, server: int, database: str) -> None:
    slugs, variants = _wares(port)
    ring = itertools.cycle(slugs)
    wares = itertools.cycle(variants)
    pages = itertools.cycle(range(1, max(2, min(20, len(slugs) // 24))))
    lock = threading.Lock()

    def following(source: Iterator[Any]) -> Any:
        with lock:
            return next(source)

    def read_list(client: Client) -> None:
        client.call("GET", f"/api/products/?page={following(pages)}")

    def read_product(client: Client) -> None:
        client.call("GET", f"/api/products/{following(ring)}/")

    def add_to_cart(client: Client) -> None:
        line = {"variant_id": following(wares), "quantity": 1}
        client.call("POST", "/api/cart/items/", line, expect=201)

    def journey(client: Client) -> None:
        client.call("GET", "/api/products/")
        client.call("GET", f"/api/products/{following(ring)}/")
        line = {"variant_id": following(wares), "quantity": 1}
        cart = client.call("POST", "/api/cart/items/", line, expect=201)
        token = cart["token"]
        to = {"shipping_address": ADDRESS}
        choices = client.call("POST", "/api/checkout/options/", to, token=token)
        order = {
            "email": "ada@vitrine.example",
            "shipping_address": ADDRESS,
            "shipping_method": choices["shipping_methods"][0]["id"],
            "payment_method": "cod",
            "cart_version": cart["version"],
        }
        placed = client.call("POST", "/api/checkout/", order, token=token, expect=201)["order"]
        client.call("GET", f"/api/orders/{placed['number']}/?token={placed['token']}")

    paths: list[tuple[str, Callable[[Client], None]]] = [
        ("List of 24", read_list),
        ("Product", read_product),
        ("Cart add", add_to_cart),
        ("Whole journey", journey),
    ]
    figures = [_measure(name, path, options, port, server, database) for name, path in paths]
    _print(figures, options, database_seen=bool(database))


def _wares(port: int) -> tuple[list[str], list[int]]:
    """Slugs to read, and variants that nobody runs out of while this goes on."""
    client = Client(port)
    cards = []
    for page in range(1, 11):
        answer = client.call("GET", f"/api/products/?in_stock=true&page_size=100&page={page}")
        cards += answer["results"]
        if not answer["next"]:
            break
    slugs = [card["slug"] for card in cards]
    variants = []
    for slug in slugs[:300]:
        for variant in client.call("GET", f"/api/products/{slug}/")["variants"]:
            if variant["availability"]["state"] == "in_stock":
                variants.append(variant["id"])
    return slugs, variants


def _measure(
    name: str,
    path: Callable[[Client], None],
    options: argparse.Namespace,
    port: int,
    server: int,
    database: str,
) -> Figure:
    """Run one path from several connections for the given time."""
    for _ in range(20):  # warm up
        path(Client(port))
    done: list[int] = []
    problems: list[BaseException] = []
    end = time.monotonic() + options.seconds

    def shop() -> None:
        client, count = Client(port), 0
        try:
            while time.monotonic() < end:
                path(client)
                count += 1
        except (AssertionError, OSError) as problem:
            problems.append(problem)
        done.append(count)

    before = _cpu(server), database_cpu(database)
    started = time.monotonic()
    shoppers = [threading.Thread(target=shop) for _ in range(options.connections)]
    for shopper in shoppers:
        shopper.start()
    for shopper in shoppers:
        shopper.join()
    seconds = time.monotonic() - started
    after = _cpu(server), database_cpu(database)
    if problems:
        raise StepFailed(f"{name}: {problems[0]}")
    count = sum(done)
    return Figure(
        name=name,
        count=count,
        per_second=count / seconds,
        server_ms=(after[0] - before[0]) * 1000 / count,
        database_ms=(after[1] - before[1]) * 1000 / count,
    )


def _cpu(pid: int) -> float:
    """CPU seconds of a process and all below it."""
    import psutil

    process = psutil.Process(pid)
    times = [each.cpu_times() for each in [process, *process.children(recursive=True)]]
    return sum(each.user + each.system for each in times)


def _print(figures: list[Figure], options: argparse.Namespace, *, database_seen: bool) -> None:
    engine = "SQLite" if options.sqlite else "PostgreSQL"
    say(
        f"\n{options.products:,} products on {engine}, one server process,"
        f" {options.connections} connections, Python {platform.python_version()},"
        f" {os.cpu_count()} cores\n"
    )
    say("| path | requests/s | server CPU ms | database CPU ms | measured |")
    say("| --- | ---: | ---: | ---: | ---: |")
    for each in figures:
        database = f"{each.database_ms:.2f}" if database_seen else "–"
        say(
            f"| {each.name} | {each.per_second:.0f} | {each.server_ms:.2f} | {database}"
            f" | {each.count:,} |"
        )


if __name__ == "__main__":
    sys.exit(main())
