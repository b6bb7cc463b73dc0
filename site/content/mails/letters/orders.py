"""Mails about an order's way: placed, shipped, delivered, cancelled, how to return."""

from typing import Any

from commerce.orders.events import (
    ORDER_PLACED,
    ORDER_SHIPPED,
    ORDER_STATUS_CHANGED,
    RETURN_STEPS_WANTED,
)
from commerce.orders.models import HistoryEntry, Order, OrderStatus, Shipment
from commerce.payments.models import Payment
from content.mails.kinds import Kind, Letter, Source, Text, declare
from content.mails.letters import about_orders
from content.mails.letters.about_orders import VARIABLES
from content.mails.words import words
from core.events import Event

COMMON: dict[str, Any] = {
    "group": "orders",
    "template": "order",
    "why": "why_order",
    "buttons": {"en": "See your order", "de": "Bestellung ansehen"},
}
EVERYTHING = ("lines", "amounts", "addresses")


# ── Placed ──────────────────────────────────────────────────────────────────────────────
def _placed(order: Order, payment: Payment | None) -> Letter:
    letter = about_orders.letter(order, parts=EVERYTHING)
    letter.parts["payment"] = about_orders.payment_part(payment, letter.locale)
    return letter


def _build_placed(source: Source) -> Letter | None:
    order = about_orders.find(source["order_id"])
    if order is None:
        return None
    return _placed(order, Payment.objects.filter(order=order).order_by("created_at").first())


def _sample_placed(locale: str) -> Letter:
    order = about_orders.sample(locale)
    return _placed(order, Payment(order=order, provider="bank_transfer", reference=order.number))


declare(
    Kind(
        name="order_placed",
        label="Order confirmation",
        purpose="When an order is placed, with what was bought and how it is paid.",
        event=ORDER_PLACED,
        key=lambda event: f"order_placed:{event.payload['order_id']}",
        build=_build_placed,
        sample=_sample_placed,
        variables=VARIABLES,
        texts={
            "en": Text(
                "Your order {{ order_number }} at {{ shop }}",
                "Thank you for your order",
                "{{ greeting }},\n\nwe have your order {{ order_number }} and will write again as"
                " soon as it is on its way.",
                "Thank you for buying at {{ shop }}.",
            ),
            "de": Text(
                "Ihre Bestellung {{ order_number }} bei {{ shop }}",
                "Danke für Ihre Bestellung",
                "{{ greeting }},\n\nIhre Bestellung {{ order_number }} ist bei uns. Wir melden uns,"
                " sobald sie unterwegs ist.",
                "Danke für Ihren Einkauf bei {{ shop }}.",
            ),
        },
        **COMMON,
    )
)


# ── Shipped ─────────────────────────────────────────────────────────────────────────────
def _shipped(
    order: Order, *, carrier: str, tracking_number: str, lines: list[dict[str, Any]], more: bool
) -> Letter:
    letter = about_orders.letter(
        order, parts=("addresses",), carrier=carrier, tracking_number=tracking_number
    )
    said = words(letter.locale)
    letter.parts |= {
        "lines": lines,
        "lines_heading": said["in_parcel"],
        "facts": [
            {"label": label, "text": text}
            for label, text in ((said["carrier"], carrier), (said["tracking"], tracking_number))
            if text
        ],
        "tracking_url": tracking_number
        if tracking_number.startswith(("https://", "http://"))
        else "",
        "note": said["to_follow"] if more else "",
    }
    return letter


def _build_shipped(source: Source) -> Letter | None:
    order = about_orders.find(source["order_id"])
    parcel = Shipment.objects.filter(pk=source["shipment_id"]).prefetch_related("lines").first()
    if order is None or parcel is None:
        return None
    lines = {line.pk: line for line in order.lines.all()}
    return _shipped(
        order,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        lines=[
            about_orders.line_part(
                lines[row.order_line_id], order.currency, order.locale, quantity=row.quantity
            )
            for row in parcel.lines.all()
            if row.order_line_id in lines
        ],
        more=any(line.shipped_quantity < line.quantity for line in lines.values()),
    )


def _sample_shipped(locale: str) -> Letter:
    order = about_orders.sample(locale)
    lines = [
        about_orders.line_part(line, order.currency, locale, quantity=line.quantity)
        for line in order.lines.all()
    ]
    return _shipped(
        order, carrier="DHL", tracking_number="00340434161094042557", lines=lines, more=False
    )


declare(
    Kind(
        name="order_shipped",
        label="Parcel sent",
        purpose="For each parcel of an order, with its tracking number.",
        event=ORDER_SHIPPED,
        key=lambda event: f"order_shipped:{event.payload['shipment_id']}",
        build=_build_shipped,
        sample=_sample_shipped,
        variables={
            **VARIABLES,
            "carrier": "Who brings the parcel.",
            "tracking_number": "The parcel's tracking number.",
        },
        texts={
            "en": Text(
                "Your order {{ order_number }} is on its way",
                "It is on its way",
                "{{ greeting }},\n\na parcel of your order {{ order_number }} has left us.",
                "We hope you like it.\n{{ shop }}",
            ),
            "de": Text(
                "Ihre Bestellung {{ order_number }} ist unterwegs",
                "Es ist unterwegs",
                "{{ greeting }},\n\nein Paket Ihrer Bestellung {{ order_number }} ist auf dem Weg.",
                "Wir hoffen, es gefällt Ihnen.\n{{ shop }}",
            ),
        },
        **COMMON,
    )
)


# ── Delivered, cancelled ────────────────────────────────────────────────────────────────
def _at(status: OrderStatus, name: str) -> Any:
    def key(event: Event) -> str | None:
        if event.payload["status"] != status:
            return None
        return f"{name}:{event.payload['order_id']}"

    return key


def _build_delivered(source: Source) -> Letter | None:
    order = about_orders.find(source["order_id"])
    return about_orders.letter(order, parts=("lines",)) if order else None


declare(
    Kind(
        name="order_delivered",
        label="Order delivered",
        purpose="When an order is completed: the shopper has it.",
        event=ORDER_STATUS_CHANGED,
        key=_at(OrderStatus.COMPLETED, "order_delivered"),
        build=_build_delivered,
        sample=lambda locale: about_orders.letter(about_orders.sample(locale), parts=("lines",)),
        variables=VARIABLES,
        texts={
            "en": Text(
                "Your order {{ order_number }} has arrived",
                "It has arrived",
                "{{ greeting }},\n\nyour order {{ order_number }} is with you. Is everything as it"
                " should be? If not, write to us and we will put it right.",
                "On the order's page you can tell others how you like it.\n{{ shop }}",
            ),
            "de": Text(
                "Ihre Bestellung {{ order_number }} ist angekommen",
                "Es ist angekommen",
                "{{ greeting }},\n\nIhre Bestellung {{ order_number }} ist bei Ihnen. Ist alles,"
                " wie es sein soll? Wenn nicht, schreiben Sie uns, wir bringen es in Ordnung.",
                "Auf der Seite der Bestellung können Sie anderen sagen, wie es Ihnen"
                " gefällt.\n{{ shop }}",
            ),
        },
        **COMMON,
    )
)


def _cancelled(order: Order, reason: str) -> Letter:
    letter = about_orders.letter(order, parts=("lines", "amounts"), reason=reason)
    letter.parts["note"] = reason
    return letter


def _build_cancelled(source: Source) -> Letter | None:
    order = about_orders.find(source["order_id"])
    if order is None:
        return None
    entry = (
        HistoryEntry.objects.filter(order=order, to_status=OrderStatus.CANCELLED, is_public=True)
        .order_by("-id")
        .first()
    )
    return _cancelled(order, entry.message if entry else "")


def _sample_cancelled(locale: str) -> Letter:
    said = {"de": "Leider ist der Sessel im Lager beschädigt worden."}
    reason = said.get(locale, "Sadly the chair was damaged in our store room.")
    return _cancelled(about_orders.sample(locale), reason)


declare(
    Kind(
        name="order_cancelled",
        label="Order cancelled",
        purpose="When an order is cancelled, with the reason that was given.",
        event=ORDER_STATUS_CHANGED,
        key=_at(OrderStatus.CANCELLED, "order_cancelled"),
        build=_build_cancelled,
        sample=_sample_cancelled,
        variables={**VARIABLES, "reason": "Why, as staff wrote it; may be empty."},
        texts={
            "en": Text(
                "Your order {{ order_number }} was cancelled",
                "Your order was cancelled",
                "{{ greeting }},\n\nyour order {{ order_number }} was cancelled.",
                "What you have paid goes back to you.\n{{ shop }}",
            ),
            "de": Text(
                "Ihre Bestellung {{ order_number }} wurde storniert",
                "Ihre Bestellung wurde storniert",
                "{{ greeting }},\n\nIhre Bestellung {{ order_number }} wurde storniert.",
                "Was Sie bezahlt haben, erhalten Sie zurück.\n{{ shop }}",
            ),
        },
        **COMMON,
    )
)


# ── Return steps ────────────────────────────────────────────────────────────────────────
def _build_return(source: Source) -> Letter | None:
    order = about_orders.find(source["order_id"])
    return about_orders.letter(order, parts=("lines",)) if order else None


declare(
    Kind(
        name="return_steps",
        label="Steps of a return",
        purpose="When staff press “Send return steps” on an order.",
        event=RETURN_STEPS_WANTED,
        key=lambda event: f"return_steps:{event.id}",
        build=_build_return,
        sample=lambda locale: about_orders.letter(about_orders.sample(locale), parts=("lines",)),
        variables=VARIABLES,
        texts={
            "en": Text(
                "How to return something of order {{ order_number }}",
                "Sending something back",
                "{{ greeting }},\n\nthis is how you send back what you do not want to keep:\n\n"
                "1. Put it into its box, as complete as you got it.\n"
                "2. Add a note with the order's number, {{ order_number }}.\n"
                "3. Send the parcel to our address at the end of this mail, and keep the receipt.",
                "As soon as it is here and looked at, your money goes back the way it came.\n"
                "{{ shop }}",
            ),
            "de": Text(
                "So senden Sie etwas aus Bestellung {{ order_number }} zurück",
                "Etwas zurücksenden",
                "{{ greeting }},\n\nso senden Sie zurück, was Sie nicht behalten möchten:\n\n"
                "1. Legen Sie es vollständig in seinen Karton.\n"
                "2. Legen Sie einen Zettel mit der Bestellnummer {{ order_number }} bei.\n"
                "3. Senden Sie das Paket an unsere Adresse am Ende dieser Mail und heben Sie den"
                " Beleg auf.",
                "Sobald es da und geprüft ist, geht Ihr Geld auf demselben Weg zurück.\n{{ shop }}",
            ),
        },
        **COMMON,
    )
)
