"""The demo provider's webhooks: signed, and sent to the shop's own address over HTTP."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
import orjson
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from commerce.payments.providers.base import BadSignature

logger = logging.getLogger(__name__)

HEADER = "Demo-Signature"
TOLERANCE = 300  # seconds
TRIES = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One event; `at` is when it is to be sent, now by default."""

    id: str
    kind: str
    subject: str
    reference: str
    payment_id: str
    at: datetime | None = None

    def body(self) -> bytes:
        """What is sent."""
        return orjson.dumps(
            {
                "id": self.id,
                "type": self.kind,
                "subject": self.subject,
                "reference": self.reference,
                "metadata": {"payment_id": self.payment_id},
            }
        )


def sign(body: bytes, *, at: int | None = None) -> str:
    """The value of the signature's header, as of a moment in seconds."""
    moment = int(time.time()) if at is None else at
    return f"t={moment},v1={_digest(moment, body)}"


def check(body: bytes, headers: Mapping[str, str]) -> None:
    """Raise BadSignature unless the header fits the body and is not older than TOLERANCE."""
    parts = dict(part.partition("=")[::2] for part in headers.get(HEADER, "").split(","))
    moment = parts.get("t", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        raise BadSignature("There is no signature.")
    if not constant_time_compare(_digest(int(moment), body), parts.get("v1", "")):
        raise BadSignature("The signature does not fit.")
    if abs(time.time() - int(moment)) > TOLERANCE:
        raise BadSignature("The signature is too old.")


def deliver(messages: Sequence[Message]) -> None:
    """Send webhooks from a thread of their own: a shop of one thread must not wait for itself.

    As with any provider some may get lost; the poller finds what they told of.
    """
    if messages:
        threading.Thread(
            target=_send_all, args=(list(messages),), name="demo-webhooks", daemon=True
        ).start()


def _send_all(messages: list[Message]) -> None:
    url = f"{settings.BASE_URL}/api/webhooks/demo/"
    for message in messages:
        if message.at is not None:
            time.sleep(max(0.0, (message.at - timezone.now()).total_seconds() + 0.5))
        for tried in range(TRIES):
            try:
                body = message.body()
                headers = {HEADER: sign(body), "Content-Type": "application/json"}
                httpx.post(url, content=body, headers=headers, timeout=10).raise_for_status()
                break
            except httpx.HTTPError as error:
                logger.warning(
                    "A demo webhook did not arrive",
                    extra={"kind": message.kind, "error": type(error).__name__},
                )
                time.sleep(2**tried)


def _digest(moment: int, body: bytes) -> str:
    signed = f"{moment}.".encode() + body
    return salted_hmac("commerce.payments.demo", signed, algorithm="sha256").hexdigest()
