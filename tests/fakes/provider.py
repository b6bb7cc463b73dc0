"""What the payment providers on loopback share: a server, its faults, and its webhooks.

The work is done by `handle` of a subclass. Faults are for tests that want a bad network:
`slow`, `lose_answer` (the work is done, nobody hears of it) and `answer` (429, 500 …). Events
pile up in `events`; they are sent to `webhook_url` at once, or when a test says so if `holds`.
"""

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came. Header names are in lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` requests whose "METHOD /path" is like `line`."""

    line: str
    times: int
    seconds: float = 0
    is_lost: bool = False
    status: int = 0
    does_work: bool = True


class FakeProvider:
    """The state of one provider; `with running(Fake) as fake` serves it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.lock = threading.RLock()
        self.closing = threading.Event()
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.webhook_url = ""
        self.holds = False
        self.events: list[Event] = []
        self.pending: list[Event] = []
        self.deliveries: list[tuple[Event, int]] = []
        # The fake's own, which no test may overlook.
        self.mistakes: list[str] = []

    # ── For subclasses ──────────────────────────────────────────────────────────────────
    def handle(self, request: Request) -> Answer:
        raise NotImplementedError

    def error(self, status: int) -> Answer:
        """How this provider words a fault."""
        raise NotImplementedError

    def signed(self, event: Event) -> tuple[bytes, dict[str, str]]:
        """The body of a webhook and its headers."""
        raise NotImplementedError

    # ── Faults ──────────────────────────────────────────────────────────────────────────
    def slow(self, line: str = "*", *, seconds: float, times: int = 1) -> None:
        """Answer late."""
        self.faults.append(Fault(line, times, seconds=seconds))

    def lose_answer(self, line: str = "*", *, times: int = 1, seconds: float = 0) -> None:
        """Do the work, wait, then hang up without an answer."""
        self.faults.append(Fault(line, times, seconds=seconds, is_lost=True))

    def answer(
        self, line: str = "*", *, status: int, times: int = 1, does_work: bool = False
    ) -> None:
        """Answer with an error, before the work or after it."""
        self.faults.append(Fault(line, times, status=status, does_work=does_work))

    def made(self, line: str) -> list[Request]:
        """The requests like `line` so far."""
        with self.lock:
            return [request for request in self.requests if fnmatch(request.line, line)]

    def serve(self, request: Request) -> Answer | None:
        """None: hang up."""
        with self.lock:
            self.requests.append(request)
            fault = next((f for f in self.faults if fnmatch(request.line, f.line)), None)
            if fault is not None:
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
        if fault is None:
            return self.handle(request)
        answer = self.handle(request) if fault.does_work else None
        if fault.seconds:
            self.closing.wait(fault.seconds)
        if fault.is_lost:
            return None
        return self.error(fault.status) if fault.status or answer is None else answer

    # ── Webhooks ────────────────────────────────────────────────────────────────────────
    def emit(self, event: Event) -> None:
        """Something has happened; it is sent now, or waits in `pending`."""
        with self.lock:
            self.events.append(event)
            if self.holds or not self.webhook_url:
                self.pending.append(event)
                return
        self.deliver(event)

    def deliver(self, event: Event, *, times: int = 1) -> list[int]:
        """Send an event, signed now; returns the status of each answer."""
        statuses = []
        for _ in range(times):
            body, headers = self.signed(event)
            response = httpx.post(self.webhook_url, content=body, headers=headers, timeout=30)
            statuses.append(response.status_code)
            with self.lock:
                self.deliveries.append((event, response.status_code))
        return statuses

    def deliver_pending(self) -> None:
        """Send what waits, in the order it stands in `pending`."""
        while self.pending:
            self.deliver(self.pending.pop(0))

    def of_kind(self, kind: str) -> list[Event]:
        """The events of a type so far."""
        return [event for event in self.events if event.get("type", event.get("event")) == kind]


Fake = TypeVar("Fake", bound=FakeProvider)


@contextmanager
def running(kind: type[Fake]) -> Iterator[Fake]:
    """Serve a provider on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=parts.path,
                query=parse_qsl(parts.query, keep_blank_values=True),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )
            self.close_connection = True
            try:
                answer = fake.serve(request)
            except Exception:
                fake.mistakes.append(f"{request.line}\n{traceback.format_exc()}")
                raise
            if answer is None:
                return
            body = orjson.dumps(answer.body)
            self.send_response(answer.status)
            headers = {"Content-Type": "application/json", "Connection": "close", **answer.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_PUT = _serve

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True  # the client did not wait

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    fake = kind(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
    assert not fake.mistakes, fake.mistakes[0]


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())
