"""What a Stripe account holds, and what becomes of it when the shop asks for something."""

import re
from typing import Any
from uuid import uuid4

from tests.fakes.provider import FakeProvider, now

STEPS = {"bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10, "ugx": 100, "isk": 100}
LARGEST = 99_999_999
Json = dict[str, Any]


class Refused(Exception):
    """An error object of Stripe's."""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, **more}


class StripeAccount(FakeProvider):
    """Sessions, intents, charges, refunds, customers: by their ids in `objects`."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        # What becomes of a refund at once: succeeded, pending or failed.
        self.refund_outcome = "succeeded"
        self.objects: dict[str, Json] = {}
        self.line_items: dict[str, list[Json]] = {}

    # ── Objects ─────────────────────────────────────────────────────────────────────────
    def _new(self, prefix: str, kind: str, **values: Any) -> Json:
        number = f"{prefix}_{uuid4().hex[:24]}"
        created = {"id": number, "object": kind, "created": now(), "livemode": False, **values}
        self.objects[number] = created
        return created

    def _get(self, number: str, kind: str) -> Json:
        found = self.objects.get(number)
        if found is None or found["object"] != kind:
            raise Refused(f"No such {kind}: '{number}'", status=404, code="resource_missing")
        return found

    def _retrieve(self, number: str, params: Json) -> Json:
        found = self.objects.get(number)
        if found is None:
            raise Refused(f"No such object: '{number}'", status=404, code="resource_missing")
        if found["object"] == "checkout.session" and found["expires_at"] < now():
            self._close(found)
        return self._expanded(found, params)

    def _expanded(self, found: Json, params: Json) -> Json:
        copy = dict(found)
        for path in params.get("expand", []):
            self._expand(copy, path.split("."))
        return copy

    def _expand(self, inside: Json, path: list[str]) -> None:
        name, *rest = path
        if name not in inside:
            raise Refused(f"This property cannot be expanded ({name}).")
        if inside[name] is None:
            return
        if isinstance(inside[name], str):
            inside[name] = dict(self.objects[inside[name]])
        if rest:
            self._expand(inside[name], rest)

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
        _check_metadata(params)
        items, currency = _priced(params)
        subtotal = sum(item["amount_subtotal"] for item in items)
        discount = self._discount(params, subtotal, currency)
        shipping = _shipping(params, currency)
        total = _payable(subtotal - discount + shipping, currency)
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
        _check_metadata(params)
        if params["currency"] != params["currency"].lower():
            raise Refused("Invalid currency", param="currency")
        _payable(params["amount"], params["currency"])
        if params["amount"] < 1:
            raise Refused("Invalid positive integer", param="amount")
        if params.get("customer"):
            self._get(params["customer"], "customer")
        return self._expanded(self._intent(params), params)

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
            intent = self._intent({**data, "amount": amount, "currency": currency})
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
            raise _unexpected(intent, "captured")
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
            raise _unexpected(intent, "canceled")
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
        _check_metadata(params)
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

    def _create_customer(self, params: Json) -> Json:
        _check_metadata(params)
        return self._new(
            "cus", "customer", email=params.get("email"), metadata=params.get("metadata", {})
        )

    def _list_methods(self, number: str, params: Json) -> Json:
        self._get(number, "customer")
        found = [
            each
            for each in self.objects.values()
            if each["object"] == "payment_method"
            and each["customer"] == number
            and each["type"] == params.get("type", each["type"])
        ]
        return listed(found[::-1][: params.get("limit", 10)])

    def _detach(self, number: str, params: Json) -> Json:
        method = self._get(number, "payment_method")
        if method["customer"] is None:
            raise Refused("The payment method you provided is not attached to a customer.")
        method["customer"] = None
        return self._expanded(method, params)

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


def _priced(params: Json) -> tuple[list[Json], str]:
    """Every line item with its amount, and the currency they share."""
    items = params.get("line_items", [])
    if not 0 < len(items) <= 100:
        raise Refused("A session has 1 to 100 line items.", param="line_items")
    priced, currencies = [], set()
    for item in items:
        price = item.get("price_data")
        if price is None or "unit_amount" not in price or "product_data" not in price:
            raise Refused("Here a line item has price_data with unit_amount and product_data.")
        if price["currency"] != price["currency"].lower():
            raise Refused("Invalid currency", param="line_items")
        if price["unit_amount"] < 0 or price["unit_amount"] % STEPS.get(price["currency"], 1):
            raise Refused(
                "Invalid unit_amount", param="line_items", code="parameter_invalid_integer"
            )
        if not price["product_data"]["name"] or len(price["product_data"]["name"]) > 5000:
            raise Refused("Invalid product name", param="line_items")
        if not 0 < item.get("quantity", 0) <= 999_999:
            raise Refused("Invalid quantity", param="line_items")
        currencies.add(price["currency"])
        amount = price["unit_amount"] * item["quantity"]
        priced.append({"object": "item", "amount_subtotal": amount, **item})
    if len(currencies) > 1:
        raise Refused("All prices have to be in one currency.", param="line_items")
    return priced, currencies.pop()


def _shipping(params: Json, currency: str) -> int:
    options = params.get("shipping_options", [])
    if not options:
        return 0
    fixed = options[0]["shipping_rate_data"]["fixed_amount"]
    if fixed["currency"] != currency:
        raise Refused("Shipping is in another currency.", param="shipping_options")
    return int(fixed["amount"])


def _payable(amount: int, currency: str) -> int:
    if not re.fullmatch("[a-z]{3}", currency):
        raise Refused("Invalid currency", param="currency")
    if not 0 <= amount <= LARGEST:
        raise Refused("Amount must be no more than 999,999.99", code="amount_too_large")
    if amount % STEPS.get(currency, 1):
        raise Refused("Invalid amount for this currency.", code="parameter_invalid_integer")
    return amount


def _check_metadata(params: Json) -> None:
    for metadata in (params.get("metadata"), params.get("payment_intent_data", {}).get("metadata")):
        for name, value in (metadata or {}).items():
            if len(name) > 40 or len(value) > 500:
                raise Refused("Metadata is too long.", param=f"metadata[{name}]")


def listed(found: list[Json]) -> Json:
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/things"}


def _unexpected(intent: Json, verb: str) -> Refused:
    message = f"This PaymentIntent could not be {verb} because it is {intent['status']}."
    return Refused(message, code="payment_intent_unexpected_state")
