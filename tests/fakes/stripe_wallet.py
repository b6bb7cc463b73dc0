"""The objects of a Stripe account, and the customers among them with the cards they keep."""

from typing import Any
from uuid import uuid4

from tests.fakes.provider import FakeProvider, now
from tests.fakes.stripe_terms import Json, Refused, check_metadata, listed


class StripeWallet(FakeProvider):
    """By their ids in `objects`."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.objects: dict[str, Json] = {}

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

    # ── Customers and what they keep ────────────────────────────────────────────────────
    def _keep_card(self, customer_id: str, last4: str) -> Json:
        card = {"brand": "visa", "last4": last4, "exp_month": 12, "exp_year": 2034}
        return self._new(
            "pm", "payment_method", type="card", card=card, customer=customer_id, metadata={}
        )

    def _create_customer(self, params: Json) -> Json:
        check_metadata(params)
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

    def _delete_customer(self, number: str, params: Json) -> Json:
        self._get(number, "customer")
        for each in self.objects.values():
            if each["object"] == "payment_method" and each["customer"] == number:
                each["customer"] = None
        del self.objects[number]
        return {"id": number, "object": "customer", "deleted": True}

    def _kept_card(self, number: str, customer: object) -> Json:
        method = self._get(number, "payment_method")
        if customer is None or method["customer"] != customer:
            raise Refused("The provided PaymentMethod does not belong to this customer.")
        return method
