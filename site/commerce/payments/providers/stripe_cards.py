"""Cards that customers keep with Stripe, and paying with one of them."""

from collections.abc import Mapping
from typing import Any

from commerce.payments.providers import stripe_answers as answers
from commerce.payments.providers.base import Confirmed, ProviderError, SavedMethod
from commerce.payments.providers.stripe_calls import StripeCalls


class StripeCards(StripeCalls):
    """The part of the provider that knows customers."""

    def create_customer(self, *, email: str, customer_id: str, key: str) -> str:
        """Make the customer that cards are saved for; returns Stripe's id."""
        customer = self._write(
            lambda api: api.customers.create(
                {"email": email, "metadata": {"customer_id": customer_id}}, {"idempotency_key": key}
            )
        )
        return str(customer["id"])

    def forget_customer(self, customer_reference: str) -> None:
        """Delete the customer; Stripe forgets their cards with them. Done already: so be it."""
        try:
            self._write(lambda api: api.customers.delete(customer_reference))
        except ProviderError as error:
            if error.code != "resource_missing":
                raise

    def saved_methods(self, customer_reference: str) -> list[SavedMethod]:
        """The cards that a customer has saved, newest first."""
        found = self._read(
            lambda api: api.customers.payment_methods.list(
                customer_reference, {"type": "card", "limit": 100}
            )
        )
        return [
            SavedMethod(
                each["id"],
                *(each["card"][name] for name in ("brand", "last4", "exp_month", "exp_year")),
            )
            for each in found["data"]
        ]

    def remove_method(self, customer_reference: str, method_id: str) -> bool:
        """Forget a saved card; False if this customer has no such card."""
        if method_id not in {each.id for each in self.saved_methods(customer_reference)}:
            return False
        self._write(lambda api: api.payment_methods.detach(method_id))
        return True

    def confirm(self, reference: str, *, return_url: str, key: str) -> Confirmed:
        """Take the money of an intent with a kept card; the bank may want to see the shopper.

        Confirmed before: says what became of that. Raises ProviderError.
        """
        intent = self._read(lambda api: api.payment_intents.retrieve(reference))
        if intent["status"] == "requires_confirmation":
            intent = self._once(
                key,
                lambda api, name: api.payment_intents.confirm(
                    reference, {"return_url": return_url}, {"idempotency_key": name}
                ),
            )
        if intent["status"] == "requires_payment_method":
            said = (intent.get("last_payment_error") or {}).get("message")
            message = answers.clean(str(said or "The card was declined."))
            raise ProviderError(message, kind="refused", code="card_declined")
        return Confirmed(answers.intent_seen(intent), _bank_page(intent))


def _bank_page(intent: Mapping[str, Any]) -> str:
    """Where a bank asks the shopper to confirm, if it does."""
    action = intent.get("next_action") or {}
    return str((action.get("redirect_to_url") or {}).get("url") or "")
