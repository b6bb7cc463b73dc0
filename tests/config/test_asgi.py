"""HTTP through the one hop from ASGI into the synchronous chain."""

import asyncio
import json

import pytest

from config.asgi import application


def ask(method: str, path: str, *, query: bytes = b"", body: bytes = b"") -> tuple[int, object]:
    """Send a request as a server would whose `receive` gives awaitables and no coroutines."""
    sent: list[dict] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": query,
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }

    async def run() -> None:
        def receive():
            arrived = asyncio.get_running_loop().create_future()
            arrived.set_result({"type": "http.request", "body": body, "more_body": False})
            return arrived

        async def send(message: dict) -> None:
            sent.append(message)

        await application(scope, receive, send)

    asyncio.run(run())
    return sent[0]["status"], json.loads(b"".join(part.get("body", b"") for part in sent[1:]))


@pytest.mark.django_db(transaction=True)
def test_a_body_arrives():
    status, answer = ask("POST", "/api/cart/items/", body=b'{"quantity": "x"}')
    assert status == 400
    assert answer["code"] == "validation_error"


@pytest.mark.django_db(transaction=True)
def test_a_query_that_is_not_ascii_is_answered():
    status, answer = ask("GET", "/api/products/", query="search=café".encode())
    assert (status, answer["count"]) == (200, 0)
