"""Stripe on loopback: checks requests against the SDK's own types, keeps state, signs webhooks.

    with running(FakeStripe) as stripe:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = stripe.url, stripe.secret_key
        …
        stripe.pay(session_id)

What shoppers and banks do: `pay`, `pay_other_amount`, `fail`, `pay_later` then `clear` or
`bounce`, `expire`, `dispute`, `finish_refund`, `save_card`. Each takes the id of a Checkout
Session or of a payment intent. Bad networks and webhooks: see tests.fakes.provider.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson
import stripe.params as p
import stripe.params.checkout as checkout

from tests.fakes.provider import Answer, Event, Request, now
from tests.fakes.stripe_account import StripeAccount
from tests.fakes.stripe_params import BadParameter, read
from tests.fakes.stripe_terms import Json, Refused, listed

API_VERSION = "2026-10-28.endive"


class FakeStripe(StripeAccount):
    """One account, in test mode."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.secret_key = f"sk_test_{uuid4().hex}"
        self.webhook_secret = f"whsec_{uuid4().hex}"
        self.api_version = API_VERSION
        self.spent: set[str] = set()
        self.keys: dict[str, tuple[str, Answer | None]] = {}

    # ── What shoppers and banks do ──────────────────────────────────────────────────────
    def pay(self, reference: str, *, amount: int | None = None, currency: str = "") -> Json:
        """A card pays; with manual capture the money is only authorised."""
        about = self.objects[reference]
        if about.get("amount_total") == 0:
            about["status"] = "complete"
            self._happened("checkout.session.completed", about)
            return about
        with self.lock:
            intent, session = self._to_pay(reference)
            intent["amount"] = intent["amount"] if amount is None else amount
            intent["currency"] = currency or intent["currency"]
            manual = intent["capture_method"] == "manual"
            self._charge(intent, captured=not manual)
            intent["last_payment_error"] = None
            if session is not None:
                session.update(status="complete", payment_status="unpaid" if manual else "paid")
        if manual:
            self._happened("payment_intent.amount_capturable_updated", intent)
        else:
            self._happened("charge.succeeded", self.objects[intent["latest_charge"]])
            self._happened("payment_intent.succeeded", intent)
        if session is not None:
            self._happened("checkout.session.completed", session)
        return session or intent

    def pay_other_amount(self, reference: str, amount: int, *, currency: str = "") -> Json:
        """What must not happen: another sum than asked for, or another currency."""
        return self.pay(reference, amount=amount, currency=currency)

    def fail(self, reference: str) -> Json:
        """A card is declined; the shopper may try another."""
        with self.lock:
            intent, _ = self._to_pay(reference)
            self._decline(intent)
        self._happened("payment_intent.payment_failed", intent)
        return intent

    def pay_later(self, reference: str) -> Json:
        """A bank debit is under way: the session is complete and nothing is paid yet."""
        with self.lock:
            intent, session = self._to_pay(reference)
            intent["status"] = "processing"
            if session is not None:
                session.update(status="complete", payment_status="unpaid")
        self._happened("payment_intent.processing", intent)
        if session is not None:
            self._happened("checkout.session.completed", session)
        return session or intent

    def clear(self, reference: str) -> Json:
        """The bank debit has come."""
        with self.lock:
            intent, session = self._intent_of(reference)
            self._charge(intent, captured=True)
            if session is not None:
                session["payment_status"] = "paid"
        self._happened("payment_intent.succeeded", intent)
        if session is not None:
            self._happened("checkout.session.async_payment_succeeded", session)
        return session or intent

    def bounce(self, reference: str) -> Json:
        """The bank debit has failed."""
        with self.lock:
            intent, session = self._intent_of(reference)
            self._decline(intent)
        self._happened("payment_intent.payment_failed", intent)
        if session is not None:
            self._happened("checkout.session.async_payment_failed", session)
        return session or intent

    def expire(self, reference: str) -> Json:
        """A session's time is over."""
        with self.lock:
            session = self.objects[reference]
            self._close(session)
        self._happened("checkout.session.expired", session)
        return session

    def dispute(self, reference: str) -> Json:
        """The card's holder wants the money back."""
        with self.lock:
            intent, _ = self._intent_of(reference)
            charge = self.objects[intent["latest_charge"]]
            charge["disputed"] = True
            dispute = self._new(
                "dp",
                "dispute",
                amount=charge["amount"],
                currency=charge["currency"],
                charge=charge["id"],
                payment_intent=intent["id"],
                reason="fraudulent",
                status="needs_response",
                metadata={},
            )
        self._happened("charge.dispute.created", dispute)
        return dispute

    def finish_refund(self, refund_id: str, outcome: str = "succeeded") -> Json:
        """A pending refund arrives, or comes back."""
        with self.lock:
            refund = self.objects[refund_id]
            self._settle_refund(refund, outcome)
        self._happened("refund.failed" if outcome == "failed" else "refund.updated", refund)
        return refund

    def save_card(self, customer_id: str, *, last4: str = "4242") -> Json:
        """A customer leaves a card. 0002 is declined later, 3155 wants the shopper to confirm."""
        with self.lock:
            return self._keep_card(customer_id, last4)

    def pass_bank_s_page(self, intent_id: str) -> Json:
        """The shopper confirms what the bank has asked about a kept card."""
        with self.lock:
            intent = self.objects[intent_id]
            assert intent["status"] == "requires_action", "The bank has not asked anything."
            self._charge(intent, captured=intent["capture_method"] != "manual")
            intent["next_action"] = None
        self._happened("payment_intent.succeeded", intent)
        return intent

    # ── Webhooks ────────────────────────────────────────────────────────────────────────
    def signed(
        self, event: Event, *, timestamp: int | None = None, secret: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        body = orjson.dumps(event)
        moment = now() if timestamp is None else timestamp
        key = (secret or self.webhook_secret).encode()
        v1 = hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={moment},v1={v1}",
        }

    def _happened(self, kind: str, about: Json) -> None:
        self.emit(
            {
                "id": f"evt_{uuid4().hex[:24]}",
                "object": "event",
                "api_version": self.api_version,
                "created": now(),
                "livemode": False,
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
                "type": kind,
                "data": {"object": orjson.loads(orjson.dumps(about))},
            }
        )

    def spend_key(self, key: str) -> None:
        """The next request with this key fails, and Stripe keeps that answer for the key."""
        self.spent.add(key)

    # ── Requests ────────────────────────────────────────────────────────────────────────
    def error(self, status: int) -> Answer:
        kind = "rate_limit_error" if status == 429 else "api_error"
        error = {"type": kind, "message": "Something is wrong on Stripe's end."}
        return Answer(status, {"error": error}, {"Request-Id": _request_id()})

    def handle(self, request: Request) -> Answer:
        """Check who asks, then what, then whether the same was asked before."""
        try:
            self._check_caller(request)
            work, kind, arguments = self._route(request)
            form = request.query if request.method == "GET" else _form(request)
            params = read(form, kind)
            answer = self._once(request, lambda: work(*arguments, params))
        except (BadParameter, Refused) as error:
            answer = _refusal(error)
        answer.headers.setdefault("Request-Id", _request_id())
        return answer

    def _check_caller(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if given != f"Bearer {self.secret_key}":
            shown = f"{given[7:15]}****{given[-4:]}"
            raise Refused(f"Invalid API Key provided: {shown}", status=401)
        if request.headers.get("stripe-version") != self.api_version:
            raise Refused("The request does not pin the API version.")

    def _route(self, request: Request) -> tuple[Callable[..., Json], type, tuple[str, ...]]:
        for line, (work, kind) in self._routes().items():
            if match := re.fullmatch(line.replace("{id}", "([A-Za-z0-9_]+)"), request.line):
                return work, kind, match.groups()
        raise Refused(f"Unrecognized request URL ({request.line}).", status=404)

    def _routes(self) -> dict[str, tuple[Callable[..., Json], type]]:
        return {
            "POST /v1/checkout/sessions": (self._create_session, checkout.SessionCreateParams),
            "GET /v1/checkout/sessions/{id}": (self._retrieve, checkout.SessionRetrieveParams),
            "POST /v1/checkout/sessions/{id}/expire": (
                self._expire_session,
                checkout.SessionExpireParams,
            ),
            "GET /v1/checkout/sessions/{id}/line_items": (
                lambda number, params: listed(self.line_items[number]),
                checkout.SessionListLineItemsParams,
            ),
            "POST /v1/payment_intents": (self._create_intent, p.PaymentIntentCreateParams),
            "GET /v1/payment_intents/{id}": (self._retrieve, p.PaymentIntentRetrieveParams),
            "POST /v1/payment_intents/{id}/confirm": (self._confirm, p.PaymentIntentConfirmParams),
            "POST /v1/payment_intents/{id}/capture": (self._capture, p.PaymentIntentCaptureParams),
            "POST /v1/payment_intents/{id}/cancel": (self._cancel, p.PaymentIntentCancelParams),
            "POST /v1/refunds": (self._create_refund, p.RefundCreateParams),
            "GET /v1/refunds": (self._list_refunds, p.RefundListParams),
            "GET /v1/refunds/{id}": (self._retrieve, p.RefundRetrieveParams),
            "GET /v1/charges/{id}": (self._retrieve, p.ChargeRetrieveParams),
            "POST /v1/customers": (self._create_customer, p.CustomerCreateParams),
            "GET /v1/customers/{id}": (self._retrieve, p.CustomerRetrieveParams),
            "DELETE /v1/customers/{id}": (self._delete_customer, p.CustomerDeleteParams),
            "GET /v1/customers/{id}/payment_methods": (
                self._list_methods,
                p.CustomerPaymentMethodListParams,
            ),
            "POST /v1/payment_methods/{id}/detach": (self._detach, p.PaymentMethodDetachParams),
            "POST /v1/coupons": (self._create_coupon, p.CouponCreateParams),
        }

    def _once(self, request: Request, work: Callable[[], Json]) -> Answer:
        """The work, or what the same key got before. Another body with it is refused."""
        key = request.headers.get("idempotency-key", "")
        if request.method == "GET" or not key:
            with self.lock:
                return Answer(200, work())
        same = hashlib.sha256(request.line.encode() + b"\n" + request.body).hexdigest()
        with self.lock:
            before = self.keys.get(key)
            if before is not None and before[0] != same:
                message = "Keys for idempotent requests can only be used with the same parameters."
                raise Refused(message, kind="idempotency_error")
            if before is not None and before[1] is not None:
                replay = {"Idempotent-Replayed": "true"}
                return Answer(before[1].status, before[1].body, replay)
            try:
                if key in self.spent:
                    raise Refused("Something is wrong on Stripe's end.", status=500)
                answer = Answer(200, orjson.loads(orjson.dumps(work())))
            except Refused as error:
                answer = _refusal(error)
            except BadParameter as error:
                return _refusal(error)  # nothing was begun, so nothing is kept
            self.keys[key] = (same, answer)
        self._announce(request, answer)
        return answer

    def _announce(self, request: Request, answer: Answer) -> None:
        """The events that follow the shop's own requests."""
        if answer.status != 200:
            return
        about = self.objects.get(answer.body["id"]) or answer.body
        if about["object"] == "refund":
            self._happened("refund.created", about)
            self._happened("charge.refunded", self.objects[about["charge"]])
        elif about["object"] == "checkout.session" and about["status"] == "expired":
            self._happened("checkout.session.expired", about)
        elif (
            about["object"] == "payment_intent"
            and about["status"] == "succeeded"
            and (request.path.endswith("/confirm"))
        ):
            self._happened("payment_intent.succeeded", about)
        elif about["object"] == "payment_intent" and request.path.endswith(("/capture", "/cancel")):
            is_cancelled = about["status"] == "canceled"
            self._happened(f"payment_intent.{'canceled' if is_cancelled else 'succeeded'}", about)


def _form(request: Request) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", "")
    if request.body and not kind.startswith("application/x-www-form-urlencoded"):
        raise Refused(f"Invalid request body ({kind}).")
    return parse_qsl(request.body.decode(), keep_blank_values=True)


def _refusal(error: BadParameter | Refused) -> Answer:
    if isinstance(error, Refused):
        return Answer(error.status, {"error": error.error})
    body = {"type": "invalid_request_error", "message": str(error), "param": error.param}
    return Answer(400, {"error": {**body, "code": error.code} if error.code else body})


def _request_id() -> str:
    return f"req_{uuid4().hex[:14]}"
