"""Mails about money: received, failed, sent back."""

from typing import Any

from commerce.orders.models import Order
from commerce.payments.events import PAYMENT_FAILED, PAYMENT_REFUNDED, PAYMENT_SETTLED
from commerce.payments.models import Payment
from content.mails.kinds import Kind, Letter, Source, Text, declare
from content.mails.letters import about_orders
from content.mails.words import amount

VARIABLES = {**about_orders.VARIABLES, "amount": "How much money, with its currency."}
COMMON: dict[str, Any] = {
    "group": "orders",
    "template": "order",
    "why": "why_order",
    "variables": VARIABLES,
    "buttons": {"en": "See your order", "de": "Bestellung ansehen"},
}


def _letter(order: Order, minor: int, currency: str) -> Letter:
    letter = about_orders.letter(order, parts=("amounts",))
    letter.values["amount"] = amount(minor, currency, letter.locale)
    return letter


def _build(source: Source) -> Letter | None:
    order = about_orders.find(source["order_id"])
    return _letter(order, source["amount_minor"], source["currency"]) if order else None


def _build_received(source: Source) -> Letter | None:
    # Cash went from hand to hand when the parcel came, and that mail has just been written.
    paid = Payment.objects.filter(pk=source["payment_id"]).exclude(provider="cod")
    return _build(source) if paid.exists() else None


def _sample(locale: str) -> Letter:
    order = about_orders.sample(locale)
    return _letter(order, order.total_minor, order.currency)


def _sample_refund(locale: str) -> Letter:
    order = about_orders.sample(locale)
    order.refunded_minor = 6800
    return _letter(order, 6800, order.currency)


declare(
    Kind(
        name="payment_received",
        label="Payment received",
        purpose="When the money for an order has come in; not for cash on delivery.",
        event=PAYMENT_SETTLED,
        key=lambda event: f"payment_received:{event.payload['payment_id']}",
        build=_build_received,
        sample=_sample,
        texts={
            "en": Text(
                "We have your payment for order {{ order_number }}",
                "Your payment is here",
                "{{ greeting }},\n\n{{ amount }} for your order {{ order_number }} have reached us."
                " We are getting it ready.",
                "Thank you.\n{{ shop }}",
            ),
            "de": Text(
                "Ihre Zahlung für Bestellung {{ order_number }} ist da",
                "Ihre Zahlung ist da",
                "{{ greeting }},\n\n{{ amount }} für Ihre Bestellung {{ order_number }} sind"
                " eingegangen. Wir machen sie nun fertig.",
                "Vielen Dank.\n{{ shop }}",
            ),
        },
        **COMMON,
    )
)
declare(
    Kind(
        name="payment_failed",
        label="Payment failed",
        purpose="When a payment did not go through, so that it can be tried again.",
        event=PAYMENT_FAILED,
        key=lambda event: f"payment_failed:{event.id}",
        build=_build,
        sample=_sample,
        texts={
            "en": Text(
                "Your payment for order {{ order_number }} did not go through",
                "The payment did not go through",
                "{{ greeting }},\n\nthe payment of {{ amount }} for your order {{ order_number }}"
                " did not go through. Nothing was taken from you. Please try again, or choose"
                " another way to pay.",
                "We keep what you ordered for a while.\n{{ shop }}",
            ),
            "de": Text(
                "Ihre Zahlung für Bestellung {{ order_number }} hat nicht geklappt",
                "Die Zahlung hat nicht geklappt",
                "{{ greeting }},\n\ndie Zahlung von {{ amount }} für Ihre Bestellung"
                " {{ order_number }} hat nicht geklappt. Es wurde nichts abgebucht. Bitte versuchen"
                " Sie es noch einmal oder wählen Sie eine andere Zahlungsart.",
                "Wir halten Ihre Bestellung eine Weile bereit.\n{{ shop }}",
            ),
        },
        **COMMON,
    )
)
declare(
    Kind(
        name="order_refunded",
        label="Refund",
        purpose="When money for an order goes back, all of it or a part.",
        event=PAYMENT_REFUNDED,
        key=lambda event: f"order_refunded:{event.id}",
        build=_build,
        sample=_sample_refund,
        texts={
            "en": Text(
                "Your refund for order {{ order_number }}",
                "Your money is on its way back",
                "{{ greeting }},\n\n{{ amount }} for your order {{ order_number }} go back to you,"
                " the way you paid. It can take a few days until you see it.",
                "{{ shop }}",
            ),
            "de": Text(
                "Ihre Erstattung für Bestellung {{ order_number }}",
                "Ihr Geld ist auf dem Rückweg",
                "{{ greeting }},\n\n{{ amount }} für Ihre Bestellung {{ order_number }} gehen auf"
                " dem Weg zurück, auf dem Sie bezahlt haben. Es kann einige Tage dauern, bis Sie"
                " es sehen.",
                "{{ shop }}",
            ),
        },
        **COMMON,
    )
)
