"""A socket in the test's own process, driven by ASGI messages (Channels' own needs Daphne)."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from asgiref.testing import ApplicationCommunicator
from channels.layers import InMemoryChannelLayer, get_channel_layer

from realtime.hub import hub_of_this_loop

PATIENCE = 15  # seconds: other tests run meanwhile


async def hearing() -> None:
    """Wait until other processes can be heard, where there is a layer for that."""
    if not isinstance(get_channel_layer(), InMemoryChannelLayer):
        async with asyncio.timeout(PATIENCE):
            while hub_of_this_loop().is_deaf:
                await asyncio.sleep(0.01)


class TestSocket(ApplicationCommunicator):
    """The client's side of one socket. Waits up to PATIENCE for everything."""

    __test__ = False

    def __init__(self, application, path="/ws/", *, subprotocols=None, headers=()) -> None:
        parts = urlsplit(path)
        scope = {
            "type": "websocket",
            "path": parts.path,
            "query_string": parts.query.encode(),
            "headers": [(b"host", b"testserver"), *headers],
            "subprotocols": subprotocols or [],
            "client": ("127.0.0.1", 1),
        }
        super().__init__(application, scope)

    async def connect(self) -> tuple[bool, str | None]:
        """Open it; whether it was let in, and the subprotocol that was chosen."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(PATIENCE)
        return answer["type"] == "websocket.accept", answer.get("subprotocol")

    async def say(self, message: Any) -> None:
        """Send a text frame as it is, a binary one, or JSON."""
        frame: dict[str, Any] = {"type": "websocket.receive"}
        if isinstance(message, bytes):
            frame["bytes"] = message
        else:
            frame["text"] = message if isinstance(message, str) else json.dumps(message)
        await self.send_input(frame)

    async def hear(self) -> Any:
        """The next message."""
        answer = await self.receive_output(PATIENCE)
        assert answer["type"] == "websocket.send", answer
        return json.loads(answer["text"])

    async def closed(self) -> int:
        """The code that it is closed with, whatever comes before."""
        while True:
            output = await self.receive_output(PATIENCE)
            if output["type"] == "websocket.close":
                await self.leave()
                return output["code"]

    async def leave(self) -> None:
        """Close it as a browser does."""
        await self.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wait(PATIENCE)
