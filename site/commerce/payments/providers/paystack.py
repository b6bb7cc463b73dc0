"""Paystack, over its HTTP interface (paystack.com/docs/api). It keeps no idempotency keys:
references and a note on each refund say what was done already."""

import hashlib
import hmac
import os
import threading
from collections.abc import Mapping
from typing import Any

import httpx
import orjson
from django.conf import settings

from commerce.payments.providers.base import (
    BadSignature,
    Inbound,
    PaymentRequest,
    ProviderError,
    ProviderState,
    RefundSeen,
    RefundState,
    Seen,
    Started,
)
from core.money import exponent

# Amounts are hundredths in each of them, in XOF too, which has no smaller unit.
CURRENCIES = frozenset({"NGN", "GHS", "ZAR", "KES", "USD", "XOF", "EGP"})
DECIMALS = 2
# How many names a session is tried under, when an answer got lost and the name is taken.
NAMES = 5
_STATES = {
    "success": ProviderState.PAID,
    "reversed": ProviderState.PAID,
    "failed": ProviderState.FAILED,
    # Not begun, or begun and left: it can still be paid.
    "abandoned": ProviderState.OPEN,
    "ongoing": ProviderState.PROCESSING,
    "pending": ProviderState.PROCESSING,
    "processing": ProviderState.PROCESSING,
    "queued": ProviderState.PROCESSING,
}
_REFUNDS = {
    "pending": RefundState.PENDING,
    "processing": RefundState.PROCESSING,
    "processed": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "needs-attention": RefundState.NEEDS_ATTENTION,
}
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


class Paystack:
    """`reference` is the transaction's, which the shop gives: payment id and attempt."""

    id: str = "paystack"
    name: str = "Card, bank or mobile money (Paystack)"
    currencies: frozenset[str] | None = CURRENCIES
    has_webhooks: bool = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[object, httpx.Client] | None = None

    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Open a transaction, under the next name if the answer to the last one got lost.

        Money is taken at once, also with `capture="manual"`: Paystack knows no other way.
        """
        if request.currency not in CURRENCIES:
            raise _refused(f"Paystack takes no {request.currency}.", "currency_not_supported")
        name = f"{request.payment_id}-{request.attempt}"
        body = {
            "email": request.email,
            "amount": _to_paystack(request.amount_minor, request.currency),
            "currency": request.currency,
            "callback_url": request.success_url,
            "metadata": {
                "payment_id": request.payment_id,
                "order_number": request.order_number,
                "cancel_action": request.cancel_url,
            },
        }
        for number in range(1, NAMES + 1):
            reference = name if number == 1 else f"{name}-{number}"
            try:
                data = self._write("/transaction/initialize", {**body, "reference": reference})
            except ProviderError as error:
                if error.code != "duplicate_reference" or number == NAMES:
                    raise
                continue
            break
        return Started(
            reference=str(data["reference"]), redirect_url=str(data["authorization_url"])
        )

    def look_up(self, reference: str, *, transaction: str = "") -> Seen:
        """What `verify` says; one that was left counts as open.

        Refunds and disputes are asked for only with a `transaction`: then it was paid before.
        """
        data = self._read(f"/transaction/verify/{_in_path(reference)}")
        currency = str(data.get("currency") or "")
        state = _STATES.get(str(data.get("status")), ProviderState.PROCESSING)
        is_paid = state is ProviderState.PAID
        amount = _from_paystack(data.get("amount") or 0, currency) if is_paid else 0
        refunded = amount if data.get("status") == "reversed" else 0
        disputed = False
        if is_paid and transaction:
            refunded = refunded or self._refunded(data, currency)
            disputed = self._disputed(str(data["id"]))
        return Seen(
            state=state,
            amount_minor=amount,
            currency=currency,
            payment_id=_ours(data),
            transaction=str(data.get("id") or ""),
            fee_minor=_from_paystack(data.get("fees") or 0, currency) if is_paid else 0,
            refunded_minor=refunded,
            disputed=disputed,
            message="" if is_paid else str(data.get("gateway_response") or "")[:500],
        )

    def expire(self, reference: str, *, key: str) -> Seen:
        """Paystack closes nothing: says what has become of it. Money may still come later."""
        return self.look_up(reference)

    def capture(
        self, reference: str, *, transaction: str, amount_minor: int, currency: str, key: str
    ) -> Seen:
        raise _refused("Paystack takes money at once.", "not_offered")

    def void(self, reference: str, *, transaction: str, key: str) -> Seen:
        raise _refused("Paystack authorises nothing that could be let go.", "not_offered")

    def refund(
        self,
        reference: str,
        *,
        transaction: str,
        amount_minor: int,
        currency: str,
        reason: str,
        key: str,
    ) -> RefundSeen:
        """Ask for a refund once per key: the note of an earlier one names its key."""
        mark = f"[{key}]"
        number = transaction or self.look_up(reference).transaction
        for refund in self._refunds(number):
            if str(refund.get("merchant_note") or "").startswith(mark):
                return _refund_seen(refund)
        body = {
            "transaction": number or reference,
            "amount": _to_paystack(amount_minor, currency),
            "currency": currency,
            "merchant_note": f"{mark} {reason}"[:255].strip(),
        }
        return _refund_seen(self._write("/refund", body))

    def look_up_refund(self, refund_reference: str) -> RefundSeen:
        return _refund_seen(self._read(f"/refund/{_in_path(refund_reference)}"))

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Check the signature of the raw body. An event's key is type, reference and state."""
        signature = next((v for k, v in headers.items() if k.lower() == "x-paystack-signature"), "")
        secret = settings.PAYSTACK_SECRET_KEY.encode()
        expected = hmac.new(secret, body, hashlib.sha512).hexdigest()
        if not secret or not hmac.compare_digest(expected.encode(), signature.encode()):
            raise BadSignature("Not signed by Paystack for this shop.")
        try:
            event = orjson.loads(body)
            return [_inbound(str(event["event"]), event["data"])]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            pass
        raise BadSignature("Signed, but not an event.")

    # ── Inside ──────────────────────────────────────────────────────────────────────────
    def _refunded(self, data: Mapping[str, Any], currency: str) -> int:
        """What went back already, or is on its way."""
        amounts = (
            int(refund["amount"])
            for refund in self._refunds(str(data["id"]))
            if _REFUNDS.get(str(refund.get("status"))) is not RefundState.FAILED
        )
        return _from_paystack(sum(amounts), currency)

    def _disputed(self, transaction: str) -> bool:
        """Whether a bank or a card's holder wants the money back, and it is not decided."""
        query = httpx.QueryParams({"transaction": transaction, "perPage": 100})
        return any(
            _transaction_of(each) == transaction and each.get("status") != "resolved"
            for each in self._request("GET", f"/dispute?{query}") or []
        )

    def _refunds(self, transaction: str) -> list[dict[str, Any]]:
        query = httpx.QueryParams({"transaction": transaction, "perPage": 100})
        found = self._request("GET", f"/refund?{query}") or []
        return [each for each in found if _transaction_of(each) == transaction]

    def _read(self, path: str) -> dict[str, Any]:
        return _as_object(self._request("GET", path))

    def _write(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _as_object(self._request("POST", path, body))

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's `data`. A write whose answer is lost has an unknown outcome."""
        doubtful = "unknown_outcome" if method == "POST" else "unavailable"
        try:
            response = self._client().request(method, path, json=body)
        except _NEVER_SENT:
            failure = ProviderError(
                "Paystack cannot be reached.", kind="unavailable", code="no_answer"
            )
        except httpx.HTTPError:
            failure = ProviderError("Paystack did not answer.", kind=doubtful, code="no_answer")  # type: ignore[arg-type]
        else:
            return _answer(response, doubtful)
        # Outside of the handler: httpx's error has the request with its headers in it.
        raise failure

    def _client(self) -> httpx.Client:
        """This process's own client, made again when a setting is another one."""
        made_for = (
            os.getpid(),
            settings.PAYSTACK_SECRET_KEY,
            settings.PAYSTACK_API_BASE,
            settings.PAYMENT_TIMEOUT_SECONDS,
        )
        with self._lock:
            if self._made is None or self._made[0] != made_for:
                client = httpx.Client(
                    base_url=settings.PAYSTACK_API_BASE,
                    headers={"Authorization": f"Bearer {settings.PAYSTACK_SECRET_KEY}"},
                    timeout=settings.PAYMENT_TIMEOUT_SECONDS,
                )
                self._made = (made_for, client)
            return self._made[1]


def _answer(response: httpx.Response, doubtful: str) -> Any:
    status = response.status_code
    if status == 429:
        raise ProviderError(
            "Paystack asks for fewer requests.", kind="unavailable", code="rate_limit"
        )
    try:
        answer = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        answer = None
    if status >= 500 or not isinstance(answer, dict):
        raise ProviderError(f"Paystack answered {status}.", kind=doubtful, code="server_error")  # type: ignore[arg-type]
    if status == 401:
        raise _refused("Paystack does not accept the shop's key.", "key_not_accepted")
    if status >= 400 or not answer.get("status"):
        code = str(answer.get("code") or f"http_{status}")
        message = str(answer.get("message") or "Paystack refused.")
        if "duplicate" in message.lower() and "reference" in message.lower():
            code = "duplicate_reference"
        raise _refused(message[:500], code)
    return answer.get("data")


def _as_object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ProviderError("Paystack answered without data.", kind="unavailable", code="no_data")
    return data


def _refused(message: str, code: str) -> ProviderError:
    return ProviderError(message, kind="refused", code=code)


def _in_path(reference: str) -> str:
    """The reference, if it is made of what Paystack allows in one."""
    if not reference or not all(c.isascii() and (c.isalnum() or c in "-.=_") for c in reference):
        raise _refused("That is no reference of Paystack's.", "reference_not_valid")
    return reference


def _to_paystack(amount_minor: int, currency: str) -> int:
    amount, rest = divmod(amount_minor * 10**DECIMALS, int(10 ** exponent(currency)))
    if rest:
        raise _refused(f"Paystack cannot hold {amount_minor} of {currency}.", "amount_not_payable")
    return int(amount)


def _from_paystack(amount: int | str, currency: str) -> int:
    """In our minor units; less than one of ours is dropped."""
    return int(int(amount) * 10 ** exponent(currency) // 10**DECIMALS)


def _refund_seen(refund: Mapping[str, Any]) -> RefundSeen:
    return RefundSeen(
        state=_REFUNDS.get(str(refund.get("status")), RefundState.PENDING),
        reference=str(refund["id"]),
        amount_minor=_from_paystack(refund.get("amount") or 0, str(refund["currency"])),
        message="",
    )


def _transaction_of(refund: Mapping[str, Any]) -> str:
    transaction = refund.get("transaction")
    return str(transaction.get("id") if isinstance(transaction, Mapping) else transaction)


def _ours(data: Mapping[str, Any]) -> str:
    """Our payment's id; metadata may come as an object, as JSON in a string, or not at all."""
    metadata = data.get("metadata")
    if isinstance(metadata, str) and metadata.startswith("{"):
        try:
            metadata = orjson.loads(metadata)
        except orjson.JSONDecodeError:
            return ""
    return str(metadata.get("payment_id") or "") if isinstance(metadata, Mapping) else ""


def _inbound(kind: str, data: Mapping[str, Any]) -> Inbound:
    state = str(data.get("status") or "")
    transaction = data.get("transaction")
    within = transaction if isinstance(transaction, Mapping) else {}
    reference = str(
        data.get("transaction_reference") or within.get("reference") or data.get("reference") or ""
    )
    if kind.startswith("refund."):
        # Two refunds of one transaction are told apart by what each event has of them.
        own = data.get("id") or data.get("refund_reference") or data.get("amount") or ""
        return Inbound(f"{kind}:{reference}:{own}:{state}", kind, reference, subject="refund")
    if kind.startswith("charge.dispute."):
        event_id = f"{kind}:{reference}:{data.get('id') or ''}:{state}"
        return Inbound(event_id, kind, reference, _ours(within), "dispute")
    event_id = f"{kind}:{reference}:{state}"
    if kind.startswith("charge."):
        return Inbound(event_id, kind, reference, _ours(data))
    return Inbound(event_id, kind, reference, subject="unknown")
