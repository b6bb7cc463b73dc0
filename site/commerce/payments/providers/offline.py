"""Payment without a provider: cash on delivery and bank transfer.

There is nobody to ask: what came in is written down by staff (`services.receive`), and what
goes back is sent by hand.
"""

from collections.abc import Mapping

import orjson
from django.conf import settings

from commerce.payments.models import PaymentState
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

PAY_CASH = {
    "en": "Pay in cash when the parcel arrives.",
    "de": "Bezahlen Sie bar, wenn das Paket ankommt.",
}
REFERENCE = {"en": "Reference: {}.", "de": "Verwendungszweck: {}."}


class Offline:
    """What both have in common."""

    id: str
    name: str
    currencies: frozenset[str] | None = None
    has_webhooks = False

    def instructions(self, locale: str) -> str:
        """What the shopper is told to do, in a language or the shop's own."""
        raise NotImplementedError

    def look_up(self, reference: str, *, transaction: str = "") -> Seen:
        """Nobody knows more than the shop itself."""
        return Seen(ProviderState.OPEN, 0, "", "")

    def expire(self, reference: str, *, key: str) -> Seen:
        """There is no session that could be paid."""
        return Seen(ProviderState.EXPIRED, 0, "", "")

    def capture(
        self, reference: str, *, transaction: str, amount_minor: int, currency: str, key: str
    ) -> Seen:
        """Nothing is ever authorised. Raises ProviderError."""
        raise ProviderError("Nothing is authorised.", kind="refused")

    def void(self, reference: str, *, transaction: str, key: str) -> Seen:
        """Nothing is ever authorised. Raises ProviderError."""
        raise ProviderError("Nothing is authorised.", kind="refused")

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
        """Staff send it; that they say so is all there is to know."""
        return RefundSeen(RefundState.SUCCEEDED, key, amount_minor)

    def look_up_refund(self, refund_reference: str) -> RefundSeen:
        """A refund that staff made is done from the start. Raises ProviderError."""
        raise ProviderError("There is nobody to ask.", kind="refused")

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Nobody sends any. Raises BadSignature."""
        raise BadSignature("There are no webhooks.")


class CashOnDelivery(Offline):
    """The carrier takes the money, so the order is processed at once."""

    id = "cod"
    name = "Cash on delivery"

    def instructions(self, locale: str) -> str:
        """What the shopper is told to do."""
        return _in_language(PAY_CASH, locale)

    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Nothing to do before the parcel arrives."""
        told = self.instructions(request.locale)
        return Started("", instructions=told, state=PaymentState.ACCEPTED)


class BankTransfer(Offline):
    """The shopper sends the money; staff note its arrival. Stock is kept for some days."""

    id = "bank_transfer"
    name = "Bank transfer"

    def instructions(self, locale: str) -> str:
        """What the shop's settings say about its account."""
        text = str(settings.BANK_TRANSFER_INSTRUCTIONS)
        return _in_language(_texts(text), locale)

    def start(self, request: PaymentRequest, *, key: str) -> Started:
        """Name the reference that the transfer must carry."""
        reference = request.order_number
        named = _in_language(REFERENCE, request.locale).format(reference)
        told = f"{self.instructions(request.locale)} {named}".strip()
        return Started(reference, instructions=told)


def _texts(setting: str) -> Mapping[str, str]:
    """One text for every language, or a JSON object with one for each."""
    try:
        found = orjson.loads(setting)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict) and found:
        return {str(locale).lower(): str(text) for locale, text in found.items()}
    return {"": setting}


def _in_language(texts: Mapping[str, str], locale: str) -> str:
    """The text in a language, in its base language, in the shop's, or in any."""
    asked = locale.lower()
    for name in (asked, asked.partition("-")[0], settings.LANGUAGE_CODE.partition("-")[0]):
        if name in texts:
            return texts[name]
    return next(iter(texts.values()))
