"""What a Stripe account holds, and what becomes of it when the shop asks for something."""

import re
from uuid import uuid4

from tests.fakes.provider import now
from tests.fakes.stripe_terms import (
    Json,
    Refused,
    check_metadata,
    listed,
    payable,
    priced,
    shipping_of,
    unexpected,
)
from tests.fakes.stripe_wallet import StripeWallet


class StripeAccount(StripeWallet):
    """Sessions, intents, charges, refunds: by their ids in `objects`."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        # What becomes of a refund at once: succeeded, pending or failed.
        self.refund_outcome = "succeeded"
        self.line_items: dict[str, list[Json]] = {}

    def _retrieve(self, number: str, params: Json) -> Json:
        found = self.objects.get(number)
        if found is None:
            raise Refused(f"No such object: '{number}'", status=404, code="resource_missing")
        if found["object"] == "checkout.session" and found["expires_at"] < now():
            self._close(found)
        return self._expanded(found, params)

    def _create_session(self, params: Json) -> Json:
        if params.get("mode") != "payment":
            raise Refused("Here sessions have the mode payment.", param="mode")
        if params.get("customer") and params.get("customer_email"):
            raise Refused("You may only specify one of these parameters: customer, customer_email.")
        if params.get("customer"):
            self._get(params["customer"], "customer")
        for name in ("success_url", "cancel_url"):
            if not re.match(r"https?://[^ ]+", params.get(name) or ""):
                raise Refused("Not a valid URL", code="url_invalid", param=name)
        expires_at = params.get("expires_at", now() + 24 * 3600)
        if not 30 * 60 - 2 <= expires_at - now() <= 24 * 3600 + 2:
            raise Refused("The `expires_at` timestamp must be 30 minutes to 24 hours from now.")
        check_metadata(params)
        items, currency = priced(params)
        subtotal = sum(item["amount_subtotal"] for item in items)
        discount = self._discount(params, subtotal, currency)
        shipping = shipping_of(params, currency)
        total = payable(subtotal - discount + shipping, currency)
        session = self._new(
            "cs_test",
            "checkout.session",
            amount_subtotal=subtotal,
            amount_total=total,
            currency=currency,
            total_details={
                "amount_discount": discount,
                "amount_shipping": shipping,
                "amount_tax": 0,
            },
            client_reference_id=params.get("client_reference_id"),
            customer=params.get("customer"),
            customer_email=params.get("customer_email"),
            expires_at=expires_at,
            locale=params.get("locale"),
            metadata=params.get("metadata", {}),
            mode="payment",
            payment_intent=None,
            payment_status="unpaid" if total else "no_payment_required",
            status="open",
            success_url=params["success_url"],
            cancel_url=params["cancel_url"],
        )
        session["url"] = f"{self.url}/pay/{session['id']}"
        self.line_items[session["id"]] = items
        self.objects[f"data of {session['id']}"] = {
            "object": "payment_intent_data",
            **params.get("payment_intent_data", {}),
        }
        return self._expanded(session, params)

    def _discount(self, params: Json, subtotal: int, currency: str) -> int:
        discount = 0
        for each in params.get("discounts", []):
            coupon = self._get(each.get("coupon", ""), "coupon")
            if coupon["amount_off"] is not None and coupon["currency"] != currency:
                raise Refused("The coupon is in another currency.", param="discounts")
            off = coupon["amount_off"] or round(subtotal * float(coupon["percent_off"] or 0) / 100)
            discount += min(off, subtotal - discount)
        return discount

    def _expire_session(self, number: str, params: Json) -> Json:
        session = self._get(number, "checkout.session")
        if session["status"] != "open":
            status = session["status"]
            raise Refused(f"Only sessions that are open can be expired; this one is {status}.")
        self._close(session)
        return self._expanded(session, params)

    def _close(self, session: Json) -> None:
        if session["status"] == "open":
            session["status"] = "expired"
            session["url"] = None
            if session["payment_intent"]:
                self.objects[session["payment_intent"]]["status"] = "canceled"

    def _create_intent(self, params: Json) -> Json:
        check_metadata(params)
        if params["currency"] != params["currency"].lower():
            raise Refused("Invalid currency", param="currency")
        payable(params["amount"], params["currency"])
        if params["amount"] < 1:
            raise Refused("Invalid positive integer", param="amount")
        if params.get("customer"):
            self._get(params["customer"], "customer")
        intent = self._intent(params)
        if params.get("payment_method"):
            method = self._kept_card(params["payment_method"], params.get("customer"))
            intent.update(status="requires_confirmation", payment_method=method["id"])
        return self._expanded(intent, params)

    def _confirm(self, number: str, params: Json) -> Json:
        intent = self._get(number, "payment_intent")
        if intent["status"] != "requires_confirmation":
            raise unexpected(intent, "confirmed")
        if not params.get("return_url"):
            raise Refused("You must provide a `return_url`.", param="return_url")
        last4 = self.objects[intent["payment_method"]]["card"]["last4"]
        if last4 == "0002":
            self._decline(intent)
            message = intent["last_payment_error"]["message"]
            raise Refused(message, status=402, kind="card_error", code="card_declined")
        if last4 == "3155":
            page = {"url": f"{self.url}/bank/{number}", "return_url": params["return_url"]}
            intent["status"] = "requires_action"
            intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": page}
        else:
            self._charge(intent, captured=intent["capture_method"] != "manual")
        return self._expanded(intent, params)

    def _intent(self, params: Json) -> Json:
        intent = self._new(
            "pi",
            "payment_intent",
            amount=params["amount"],
            amount_capturable=0,
            amount_received=0,
            currency=params["currency"],
            capture_method=params.get("capture_method", "automatic_async"),
            customer=params.get("customer"),
            description=params.get("description"),
            latest_charge=None,
            last_payment_error=None,
            next_action=None,
            metadata=params.get("metadata", {}),
            setup_future_usage=params.get("setup_future_usage"),
            status="requires_payment_method",
        )
        intent["client_secret"] = f"{intent['id']}_secret_{uuid4().hex}"
        return intent

    def _intent_of(self, reference: str) -> tuple[Json, Json | None]:
        about = self.objects[reference]
        if about["object"] == "payment_intent":
            return about, None
        if about["payment_intent"] is None:
            data = self.objects[f"data of {reference}"]
            amount, currency = about["amount_total"], about["currency"]
            of_session = {"amount": amount, "currency": currency, "customer": about["customer"]}
            intent = self._intent({**data, **of_session})
            about["payment_intent"] = intent["id"]
        return self.objects[about["payment_intent"]], about

    def _to_pay(self, reference: str) -> tuple[Json, Json | None]:
        intent, session = self._intent_of(reference)
        assert session is None or session["status"] == "open", "Stripe takes no money here."
        assert intent["status"] == "requires_payment_method", "Stripe takes no money here."
        return intent, session

    def _charge(self, intent: Json, *, captured: bool) -> None:
        fee = intent["amount"] * 29 // 1000 + 30
        booked = self._new(
            "txn", "balance_transaction", fee=fee, currency=intent["currency"], type="charge"
        )
        charge = self._new(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_captured=intent["amount"] if captured else 0,
            amount_refunded=0,
            balance_transaction=booked["id"] if captured else None,
            captured=captured,
            currency=intent["currency"],
            disputed=False,
            metadata=intent["metadata"],
            paid=True,
            payment_intent=intent["id"],
            payment_method_details={"card": {"brand": "visa", "last4": "4242"}, "type": "card"},
            refunded=False,
            status="succeeded",
        )
        intent["latest_charge"] = charge["id"]
        if intent["setup_future_usage"] and intent["customer"]:
            self._keep_card(intent["customer"], "4242")
        if captured:
            intent.update(status="succeeded", amount_received=intent["amount"])
        else:
            intent.update(status="requires_capture", amount_capturable=intent["amount"])

    def _decline(self, intent: Json) -> None:
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            "type": "card_error",
            "code": "card_declined",
            "message": "Your card was declined.",
        }

    def _capture(self, number: str, params: Json) -> Json:
        intent = self._get(number, "payment_intent")
        if intent["status"] != "requires_capture":
            raise unexpected(intent, "captured")
        amount = params.get("amount_to_capture", intent["amount_capturable"])
        if not 0 < amount <= intent["amount_capturable"]:
            raise Refused("More than is authorised.", code="amount_too_large")
        charge = self.objects[intent["latest_charge"]]
        booked = self._new(
            "txn", "balance_transaction", fee=30, currency=intent["currency"], type="charge"
        )
        charge.update(
            captured=True,
            amount_captured=amount,
            amount_refunded=0,
            balance_transaction=booked["id"],
        )
        intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
        self._session_paid(intent)
        return self._expanded(intent, params)

    def _session_paid(self, intent: Json) -> None:
        for session in self.objects.values():
            if session.get("payment_intent") == intent["id"] and "payment_status" in session:
                session["payment_status"] = "paid"

    def _cancel(self, number: str, params: Json) -> Json:
        intent = self._get(number, "payment_intent")
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise unexpected(intent, "canceled")
        if intent["status"] == "requires_capture":
            charge = self.objects[intent["latest_charge"]]
            charge.update(amount_refunded=charge["amount"], refunded=True)
        intent.update(
            status="canceled",
            amount_capturable=0,
            cancellation_reason=params.get("cancellation_reason"),
        )
        return self._expanded(intent, params)

    def _create_refund(self, params: Json) -> Json:
        check_metadata(params)
        intent = self._get(params.get("payment_intent", ""), "payment_intent")
        if intent["status"] != "succeeded":
            raise Refused("This payment has no charge to refund.", code="charge_not_refundable")
        charge = self.objects[intent["latest_charge"]]
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = params.get("amount", left)
        if left <= 0:
            raise Refused("Charge has already been refunded.", code="charge_already_refunded")
        if not 0 < amount <= left:
            raise Refused(f"Refund amount ({amount}) is greater than what is left ({left}).")
        refund = self._new(
            "re",
            "refund",
            amount=amount,
            charge=charge["id"],
            currency=charge["currency"],
            metadata=params.get("metadata", {}),
            payment_intent=intent["id"],
            reason=params.get("reason"),
            status="pending",
        )
        charge["amount_refunded"] += amount
        self._settle_refund(refund, self.refund_outcome)
        return self._expanded(refund, params)

    def _settle_refund(self, refund: Json, outcome: str) -> None:
        charge = self.objects[refund["charge"]]
        if outcome == "failed":
            charge["amount_refunded"] -= refund["amount"]
            refund["failure_reason"] = "lost_or_stolen_card"
        refund["status"] = outcome
        charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]

    def _list_refunds(self, params: Json) -> Json:
        found = [
            each
            for each in self.objects.values()
            if each["object"] == "refund"
            and each["payment_intent"] == params.get("payment_intent", each["payment_intent"])
        ]
        return listed(found[::-1][: params.get("limit", 10)])

    def _create_coupon(self, params: Json) -> Json:
        if ("amount_off" in params) == ("percent_off" in params):
            raise Refused("Exactly one of amount_off and percent_off has to be given.")
        if "amount_off" in params and "currency" not in params:
            raise Refused("You must pass currency when passing amount_off.")
        return self._new(
            "co",
            "coupon",
            amount_off=params.get("amount_off"),
            percent_off=params.get("percent_off"),
            currency=params.get("currency"),
            duration=params.get("duration", "once"),
            name=params.get("name"),
        )
