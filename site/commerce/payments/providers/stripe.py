"""Stripe: Checkout Sessions, and payment intents for a storefront with its own form.

Facts about single calls are from docs.stripe.com/api, for the pinned STRIPE_API_VERSION.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import orjson
import stripe
from django.conf import settings
from stripe.params import PaymentIntentCreateParams

from commerce.payments.providers import stripe_answers as answers
from commerce.payments.providers.base import (
    BadSignature,
    Inbound,
    PaymentRequest,
    ProviderError,
    ProviderState,
    RefundSeen,
    Seen,
    Started,
)
from commerce.payments.providers.stripe_amounts import to_stripe
from commerce.payments.providers.stripe_cards import StripeCards
from commerce.payments.providers.stripe_session import metadata, session_params

TOLERANCE_SECONDS = 300
_CHARGE = "latest_charge.balance_transaction"


class Stripe(StripeCards):
    """`reference` is a Checkout Session's id, or a payment intent's for an own form.

    What is made has an idempotency key; closing, capturing and letting go can be done once by
    their nature, and say what is the case when they come too late.
    """

    id: str = "stripe"
    name: str = "Card and more (Stripe)"
    currencies: frozenset[str] | None = None
    has_webhooks: bool = True

    # ── What every provider does ────────────────────────────────────────────────────────
    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Open a Checkout Session, or a payment intent for an own form or for a kept card."""
        if request.ui == "embedded" or request.saved_method:
            return self._start_intent(request, key=key)
        params = session_params(request)
        # A session whose answer is lost has an address that nobody knows, so nobody pays it.
        session = self._once(
            key, lambda api, name: api.checkout.sessions.create(params, {"idempotency_key": name})
        )
        return Started(
            reference=session["id"],
            redirect_url=session.get("url") or "",
            expires_at=datetime.fromtimestamp(session["expires_at"], UTC),
        )

    def look_up(self, reference: str, *, transaction: str = "") -> Seen:
        """What became of a session or an intent, and of the money."""
        if reference.startswith("pi_"):
            intent = self._read(
                lambda api: api.payment_intents.retrieve(reference, {"expand": [_CHARGE]})
            )
            return answers.intent_seen(intent)
        session = self._read(
            lambda api: api.checkout.sessions.retrieve(
                reference, {"expand": [f"payment_intent.{_CHARGE}"]}
            )
        )
        return answers.session_seen(session)

    def expire(self, reference: str, *, key: str) -> Seen:
        """Close a session, or tell what it has become if it cannot be closed any more."""
        try:
            if reference.startswith("pi_"):
                self._cancel(reference, "abandoned")
            else:
                self._write(lambda api: api.checkout.sessions.expire(reference))
        except ProviderError as error:
            return self._become(reference, error, unless={ProviderState.OPEN})
        return self.look_up(reference)

    def capture(
        self, reference: str, *, transaction: str, amount_minor: int, currency: str, key: str
    ) -> Seen:
        """Take authorised money; what is left of it is let go. Taken before: says so."""
        intent = transaction or self._transaction(reference)
        amount = to_stripe(amount_minor, currency)
        try:
            self._write(
                lambda api: api.payment_intents.capture(intent, {"amount_to_capture": amount})
            )
        except ProviderError as error:
            seen = self._become(intent, error, unless=set(ProviderState) - {ProviderState.PAID})
            if seen.amount_minor != amount_minor:
                raise error from None
            return seen
        return self.look_up(intent)

    def void(self, reference: str, *, transaction: str, key: str) -> Seen:
        """Let authorised money go. Gone already: says so."""
        intent = transaction or self._transaction(reference)
        try:
            self._cancel(intent, "requested_by_customer")
        except ProviderError as error:
            return self._become(intent, error, unless=set(ProviderState) - {ProviderState.EXPIRED})
        return self.look_up(intent)

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
        """Send money back once per key, also when Stripe has forgotten the key (after a day)."""
        intent = transaction or self._transaction(reference)
        amount = to_stripe(amount_minor, currency)

        def send(api: stripe.V1Services, name: str) -> stripe.Refund:
            known = api.refunds.list({"payment_intent": intent, "limit": 100})
            for refund in known.data:
                if refund.metadata is not None and refund.metadata.to_dict().get("key") == key:
                    return refund
            return api.refunds.create(
                {
                    "payment_intent": intent,
                    "amount": amount,
                    "reason": "requested_by_customer",
                    "metadata": {"key": key, "reason": reason[:500]},
                },
                {"idempotency_key": name},
            )

        return answers.refund_seen(self._once(key, send))

    def look_up_refund(self, refund_reference: str) -> RefundSeen:
        """What became of a refund."""
        return answers.refund_seen(self._read(lambda api: api.refunds.retrieve(refund_reference)))

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Check the signature with each of the shop's secrets; old and altered bodies fail."""
        signature = next((v for k, v in headers.items() if k.lower() == "stripe-signature"), "")
        secrets = [each.strip() for each in settings.STRIPE_WEBHOOK_SECRET.split(",")]
        if not any(_is_signed(body, signature, secret) for secret in secrets if secret):
            raise BadSignature("Not signed by Stripe for this shop, or too old.")
        try:
            event = orjson.loads(body)
            return [answers.inbound(event)]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            pass
        raise BadSignature("Signed, but not an event.")

    # ── Inside ──────────────────────────────────────────────────────────────────────────
    def _start_intent(self, request: PaymentRequest, *, key: str) -> Started:
        params: PaymentIntentCreateParams = {
            "amount": to_stripe(request.amount_minor, request.currency),
            "currency": request.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "description": f"Order {request.order_number}",
            "metadata": metadata(request),
        }
        if request.capture == "manual":
            params["capture_method"] = "manual"
        if request.customer_reference:
            params["customer"] = request.customer_reference
        if request.saved_method:
            params["payment_method"] = request.saved_method
        elif request.save_method and request.customer_reference:
            params["setup_future_usage"] = "on_session"
        intent = self._once(
            key, lambda api, name: api.payment_intents.create(params, {"idempotency_key": name})
        )
        # A kept card is confirmed by the shop itself, so no browser needs the secret.
        secret = "" if request.saved_method else intent["client_secret"]
        return Started(reference=intent["id"], client_secret=secret)

    def _transaction(self, reference: str) -> str:
        if reference.startswith("pi_"):
            return reference
        if found := self.look_up(reference).transaction:
            return found
        raise ProviderError(
            "Nothing was paid with this session.", kind="refused", code="no_payment"
        )

    def _cancel(self, intent: str, reason: str) -> None:
        chosen = cast(Any, reason)
        self._write(lambda api: api.payment_intents.cancel(intent, {"cancellation_reason": chosen}))

    def _become(self, reference: str, error: ProviderError, *, unless: set[ProviderState]) -> Seen:
        """After a refusal: what the payment is now, unless that does not explain the refusal."""
        if error.kind != "refused" or error.code == "key_not_accepted":
            raise error
        seen = self.look_up(reference)
        if seen.state in unless:
            raise error
        return seen


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        return False  # ValueError: not UTF-8; TypeError: a signature that is not ASCII
    return True
