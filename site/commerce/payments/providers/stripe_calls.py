"""Calls to Stripe: one client for each process, one idempotency key for each thing that is made."""

import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx
import stripe
from django.conf import settings

from commerce.payments.providers import stripe_answers as answers
from commerce.payments.providers.base import ProviderError, answered_as

# The SDK tries again with the same idempotency key.
TRIES_AGAIN = 1
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
_Answer = TypeVar("_Answer", bound=stripe.StripeObject)


class _Http(stripe.HTTPClient):
    """The SDK's requests over httpx; notes whether one left whose answer never came."""

    name = "httpx"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self.client = httpx.Client(timeout=timeout)
        self.doubt = threading.local()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **more: Any,
    ) -> Any:
        """Status, body and headers. Raises APIConnectionError; the SDK may then try again."""
        try:
            response = self.client.request(method, url, headers=headers, content=post_data)
        except httpx.HTTPError as error:
            if not isinstance(error, _NEVER_SENT):
                self.doubt.arose = True
            kind = type(error).__name__
        else:
            return response.content, response.status_code, response.headers
        raise stripe.APIConnectionError(kind, should_retry=True)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()


class StripeCalls:
    """What every call has in common. Raises ProviderError and nothing of the SDK's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[object, stripe.StripeClient, _Http] | None = None

    def _once(self, key: str, call: Callable[[stripe.V1Services, str], _Answer]) -> dict[str, Any]:
        """Make something under a key. Stripe keeps a 500 for the key; then it takes the next."""
        for name in (key, f"{key}:2"):
            try:
                return self._write(lambda api, name=name: call(api, name))  # type: ignore[misc]
            except ProviderError as error:
                if error.code != answers.KEY_IS_SPENT:
                    raise
        return self._write(lambda api: call(api, f"{key}:3"))

    def _read(self, call: Callable[[stripe.V1Services], _Answer]) -> dict[str, Any]:
        return self._call(call, is_write=False)

    def _write(self, call: Callable[[stripe.V1Services], _Answer]) -> dict[str, Any]:
        return self._call(call, is_write=True)

    def _call(
        self, call: Callable[[stripe.V1Services], _Answer], *, is_write: bool
    ) -> dict[str, Any]:
        client, http = self._client()
        http.doubt.arose = False
        try:
            answer = call(client.v1)
        except stripe.StripeError as error:
            failure = answers.failure(error, is_write=is_write, may_have_arrived=http.doubt.arose)
        else:
            answered_as.set((answer.last_response and answer.last_response.request_id) or "")
            return answer.to_dict()
        # Outside of the handler: the SDK's error has headers and bodies in it.
        raise failure

    def _client(self) -> tuple[stripe.StripeClient, _Http]:
        """This process's own client, made again when a setting is another one."""
        made_for = (
            os.getpid(),
            settings.STRIPE_SECRET_KEY,
            settings.STRIPE_API_BASE,
            settings.STRIPE_API_VERSION,
            settings.PAYMENT_TIMEOUT_SECONDS,
        )
        with self._lock:
            if self._made is None or self._made[0] != made_for:
                http = _Http(settings.PAYMENT_TIMEOUT_SECONDS)
                client = stripe.StripeClient(
                    settings.STRIPE_SECRET_KEY,
                    base_addresses={"api": settings.STRIPE_API_BASE.rstrip("/")},
                    stripe_version=settings.STRIPE_API_VERSION,
                    max_network_retries=TRIES_AGAIN,
                    http_client=http,
                )
                self._made = (made_for, client, http)
            return self._made[1], self._made[2]
