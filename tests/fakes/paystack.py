"""Paystack on loopback, after its documentation (paystack.com/docs/api, …/payments/webhooks,
…/payments/refunds): keeps state, checks the key, signs webhooks.

What shoppers and banks do: `pay`, `pay_other_amount`, `fail`, `start_paying` (ongoing),
`pay_later` then `clear` or `bounce`, `reverse`, `dispute`, `move_refund`. A transaction that
was begun and left is "abandoned", and can still be paid. Bad networks: tests.fakes.provider.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from tests.fakes.provider import Answer, Event, FakeProvider, Request

CURRENCIES = {"NGN", "GHS", "ZAR", "KES", "USD", "XOF", "EGP"}
# The least amount of a transaction, in hundredths.
LEAST = {"NGN": 5000, "GHS": 10, "ZAR": 100, "KES": 300, "USD": 200, "XOF": 100, "EGP": 100}
INITIALIZE = {
    "email", "amount", "currency", "reference", "callback_url", "plan", "invoice_limit",
    "metadata", "channels", "split_code", "subaccount", "transaction_charge", "bearer",
}  # fmt: skip
REFUND = {"transaction", "amount", "currency", "customer_note", "merchant_note"}
REFUND_STATES = {"pending", "processing", "processed", "failed", "needs-attention"}
Json = dict[str, Any]


class Refused(Exception):
    """An answer with `"status": false`."""

    def __init__(self, message: str, status: int = 400, code: str = "invalid_params") -> None:
        super().__init__(message)
        self.status, self.code = status, code


class FakePaystack(FakeProvider):
    """One integration, in test mode."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.secret_key = f"sk_test_{uuid4().hex}"
        self.transactions: dict[str, Json] = {}
        self.refunds: dict[int, Json] = {}
        self.disputes: dict[int, Json] = {}
        # The state in which a refund begins; move_refund takes it on.
        self.refund_outcome = "pending"
        self.next_id = 4_099_260_516

    # ── What shoppers and banks do ──────────────────────────────────────────────────────
    def pay(self, reference: str, *, amount: int | None = None, currency: str = "") -> Json:
        """The money comes, in hundredths."""
        with self.lock:
            transaction = self._to_pay(reference)
            transaction["amount"] = transaction["amount"] if amount is None else amount
            transaction["currency"] = currency or transaction["currency"]
            self._succeed(transaction)
        self._happened("charge.success", transaction)
        return transaction

    def pay_other_amount(self, reference: str, amount: int, *, currency: str = "") -> Json:
        """What must not happen: another sum than asked for, or another currency."""
        return self.pay(reference, amount=amount, currency=currency)

    def fail(self, reference: str) -> Json:
        """A card is declined. There is no event for it."""
        with self.lock:
            transaction = self._to_pay(reference)
            transaction.update(status="failed", gateway_response="Declined")
        return transaction

    def start_paying(self, reference: str) -> Json:
        """The shopper is at it."""
        with self.lock:
            transaction = self._to_pay(reference)
            transaction.update(status="ongoing", gateway_response="Transaction in progress")
        return transaction

    def pay_later(self, reference: str) -> Json:
        """A bank transfer is under way."""
        with self.lock:
            transaction = self._to_pay(reference)
            transaction.update(status="pending", gateway_response="Pending")
        return transaction

    def clear(self, reference: str) -> Json:
        """The bank transfer has come."""
        with self.lock:
            transaction = self.transactions[reference]
            self._succeed(transaction)
        self._happened("charge.success", transaction)
        return transaction

    def bounce(self, reference: str) -> Json:
        """The bank transfer has failed."""
        with self.lock:
            transaction = self.transactions[reference]
            transaction.update(status="failed", gateway_response="Declined")
        return transaction

    def reverse(self, reference: str) -> Json:
        """All of the money has gone back."""
        with self.lock:
            self.transactions[reference]["status"] = "reversed"
        return self.transactions[reference]

    def dispute(self, reference: str) -> Json:
        """The card's holder wants the money back."""
        with self.lock:
            transaction = self.transactions[reference]
            dispute = {
                "id": self._number(),
                "refund_amount": transaction["amount"],
                "currency": transaction["currency"],
                "status": "awaiting-merchant-feedback",
                "domain": "test",
                "transaction": self._shown(transaction),
                "transaction_reference": None,
                "category": "chargeback",
            }
            self.disputes[dispute["id"]] = dispute
        self._happened("charge.dispute.create", dispute)
        return dispute

    def move_refund(self, refund_id: int | str, state: str) -> Json:
        """A refund goes on to one of REFUND_STATES."""
        assert state in REFUND_STATES
        with self.lock:
            refund = self.refunds[int(refund_id)]
            refund["status"] = state
        self._refund_happened(refund)
        return refund

    # ── Webhooks ────────────────────────────────────────────────────────────────────────
    def signed(self, event: Event, *, secret: str = "") -> tuple[bytes, dict[str, str]]:
        body = orjson.dumps(event)
        key = (secret or self.secret_key).encode()
        signature = hmac.new(key, body, hashlib.sha512).hexdigest()
        return body, {"Content-Type": "application/json", "x-paystack-signature": signature}

    def _happened(self, kind: str, data: Json) -> None:
        shown = self._shown(data) if "access_code" in data else data
        self.emit({"event": kind, "data": orjson.loads(orjson.dumps(shown))})

    def _refund_happened(self, refund: Json) -> None:
        """As documented: the refund's own id is in the event about one that needs attention."""
        transaction = self._by_id(refund["transaction"])
        data = {
            "status": refund["status"],
            "transaction_reference": transaction["reference"],
            "refund_reference": f"TRF_{refund['id']}" if refund["status"] != "pending" else None,
            "amount": str(refund["amount"]),
            "currency": refund["currency"],
            "processor": "instant-transfer",
            "customer": {"first_name": None, "last_name": None, "email": transaction["email"]},
            "integration": 412829,
            "domain": "test",
        }
        if refund["status"] == "needs-attention":
            data["id"] = str(refund["id"])
        self.emit({"event": f"refund.{refund['status']}", "data": data})

    # ── Requests ────────────────────────────────────────────────────────────────────────
    def error(self, status: int) -> Answer:
        return Answer(status, {"status": False, "message": "An error occurred"})

    def handle(self, request: Request) -> Answer:
        try:
            if request.headers.get("authorization") != f"Bearer {self.secret_key}":
                raise Refused("Invalid key", 401, "invalid_Key")
            if request.method == "POST":
                message, data = self._post(request)
            else:
                message, data = self._get(request)
        except Refused as error:
            body = {"status": False, "message": str(error), "type": "validation_error"}
            return Answer(error.status, {**body, "code": error.code})
        return Answer(200, {"status": True, "message": message, **data})

    def _post(self, request: Request) -> tuple[str, Json]:
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Refused("Invalid content type")
        body = orjson.loads(request.body)
        with self.lock:
            if request.path == "/transaction/initialize":
                return "Authorization URL created", {"data": self._initialize(body)}
            if request.path == "/refund":
                refund = self._refund(body)
                shown = {**refund, "transaction": self._shown(self._by_id(refund["transaction"]))}
                answer = "Refund has been queued for processing", {"data": shown}
            else:
                raise Refused("Invalid endpoint", 404, "not_found")
        self._refund_happened(refund)
        return answer

    def _get(self, request: Request) -> tuple[str, Json]:
        query = dict(request.query)
        with self.lock:
            if match := re.fullmatch("/transaction/verify/([^/]+)", request.path):
                if match[1] not in self.transactions:
                    raise Refused("Transaction reference not found.", 400, "transaction_not_found")
                shown = self._shown(self.transactions[match[1]])
                return "Verification successful", {"data": shown}
            if request.path == "/transaction":
                found = [self._shown(each) for each in self.transactions.values()]
                return "Transactions retrieved", _page(found, query)
            if match := re.fullmatch(r"/refund/(\d+)", request.path):
                if int(match[1]) not in self.refunds:
                    raise Refused("Refund not found", 404, "not_found")
                return "Refund retrieved", {"data": self.refunds[int(match[1])]}
            if request.path == "/dispute":
                wanted = query.get("transaction")
                found = [
                    each
                    for each in self.disputes.values()
                    if wanted in (None, str(each["transaction"]["id"]))
                ]
                return "Disputes retrieved", _page(found, query)
            if request.path == "/refund":
                wanted = query.get("transaction")
                found = [
                    each
                    for each in self.refunds.values()
                    if wanted in (None, str(each["transaction"]))
                ]
                return "Refunds retrieved", _page(found, query)
        raise Refused("Invalid endpoint", 404, "not_found")

    def _initialize(self, body: Json) -> Json:
        _check_names(body, INITIALIZE, needed=("email", "amount"))
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(body["email"])):
            raise Refused("Invalid Email Address Passed", code="invalid_email_address")
        currency = body.get("currency", "NGN")
        if currency not in CURRENCIES:
            raise Refused("Currency not supported by merchant", 403, "unsupported_currency")
        amount = _amount(body["amount"])
        if amount < LEAST[currency]:
            raise Refused("Amount is less than the minimum", code="invalid_amount")
        if currency == "XOF" and amount % 100:
            raise Refused("XOF has no fractions", code="invalid_amount")
        reference = body.get("reference") or uuid4().hex[:10]
        if not re.fullmatch(r"[A-Za-z0-9.=-]+", reference):
            raise Refused("Invalid reference", code="invalid_reference")
        if reference in self.transactions:
            raise Refused("Duplicate Transaction Reference", code="duplicate_reference")
        if "callback_url" in body and not re.match("https?://", body["callback_url"]):
            raise Refused("Invalid callback URL")
        access_code = uuid4().hex[:15]
        self.transactions[reference] = {
            "id": self._number(),
            "access_code": access_code,
            "amount": amount,
            "requested_amount": amount,
            "currency": currency,
            "email": body["email"],
            "metadata": body.get("metadata", ""),
            "reference": reference,
            "status": "abandoned",
            "gateway_response": "The transaction was not completed",
            "paid_at": None,
            "fees": None,
        }
        return {
            "authorization_url": f"{self.url}/checkout/{access_code}",
            "access_code": access_code,
            "reference": reference,
        }

    def _refund(self, body: Json) -> Json:
        _check_names(body, REFUND, needed=("transaction",))
        wanted = str(body["transaction"])
        transaction = self.transactions.get(wanted) or self._by_id(wanted)
        if transaction["status"] != "success":
            raise Refused("Transaction has not been paid", code="transaction_not_successful")
        gone = sum(
            each["amount"]
            for each in self.refunds.values()
            if each["transaction"] == transaction["id"] and each["status"] != "failed"
        )
        amount = _amount(body.get("amount", transaction["amount"]))
        if body.get("currency", transaction["currency"]) != transaction["currency"]:
            raise Refused("Currency is not the transaction's")
        if gone >= transaction["amount"]:
            raise Refused("Transaction has been fully reversed", code="transaction_reversed")
        if amount > transaction["amount"] - gone:
            raise Refused("Refund amount is greater than what is left", code="invalid_amount")
        number = self._number()
        note = f"Refund for transaction {transaction['reference']}"
        self.refunds[number] = {
            "id": number,
            "transaction": transaction["id"],
            "amount": amount,
            "currency": transaction["currency"],
            "customer_note": body.get("customer_note", note),
            "merchant_note": body.get("merchant_note", note),
            "status": self.refund_outcome,
            "domain": "test",
            "createdAt": _moment(),
        }
        return self.refunds[number]

    def _by_id(self, number: object) -> Json:
        for transaction in self.transactions.values():
            if str(transaction["id"]) == str(number):
                return transaction
        raise Refused("Transaction not found", 404, "transaction_not_found")

    def _to_pay(self, reference: str) -> Json:
        transaction = self.transactions[reference]
        assert transaction["status"] in {"abandoned", "ongoing", "failed"}, "It is paid already."
        return transaction

    def _succeed(self, transaction: Json) -> None:
        fees = transaction["amount"] * 15 // 1000
        transaction.update(
            status="success", gateway_response="Successful", paid_at=_moment(), fees=fees
        )

    def _shown(self, transaction: Json) -> Json:
        hidden = {"email", "access_code"}
        shown = {name: value for name, value in transaction.items() if name not in hidden}
        card = {
            "authorization_code": "AUTH_uh8bcl3zbn",
            "last4": "4081",
            "reusable": True,
            "signature": "SIG_yEXu7dLBeqG0kU7g95Ke",
        }
        return {
            **shown,
            "domain": "test",
            "channel": "card",
            "authorization": card if transaction["status"] == "success" else {},
            "customer": {"email": transaction["email"], "customer_code": "CUS_1rkzaqsv4rrhqo6"},
        }

    def _number(self) -> int:
        self.next_id += 1
        return self.next_id


def _check_names(body: Json, known: set[str], *, needed: tuple[str, ...]) -> None:
    for name in needed:
        if body.get(name) in (None, ""):
            raise Refused(f"{name} is required")
    if unknown := set(body) - known:
        raise Refused(f"Unknown parameters: {sorted(unknown)}")


def _amount(value: object) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[1-9]\d*", str(value)):
        raise Refused("Invalid Amount Sent", code="invalid_amount")
    return int(str(value))


def _page(found: list[Json], query: dict[str, str]) -> Json:
    size, page = int(query.get("perPage", 50)), int(query.get("page", 1))
    newest = found[::-1][(page - 1) * size : page * size]
    return {"data": newest, "meta": {"total": len(found), "perPage": size, "page": page}}


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
