"""The sentences of notifications, in the languages of the shop."""

from django.conf import settings

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "placed": "We have received your order {number}.",
        "pending": "Your order {number} is waiting for its payment.",
        "processing": "Your order {number} is being prepared.",
        "shipped": "Your order {number} is on its way.",
        "partly_shipped": "A part of your order {number} is on its way.",
        "completed": "Your order {number} is completed.",
        "cancelled": "Your order {number} was cancelled.",
        "refunded": "Your order {number} was refunded.",
        "money_back": "We have sent back {amount} of your order {number}.",
        "payment_failed": "The payment of your order {number} did not go through.",
        "back_in_stock": "{product} is back in stock.",
        "answered": "We have answered your question “{subject}”.",
        "answered_untitled": "We have answered your question.",
    },
    "de": {
        "placed": "Wir haben Ihre Bestellung {number} erhalten.",
        "pending": "Ihre Bestellung {number} wartet auf die Zahlung.",
        "processing": "Ihre Bestellung {number} wird vorbereitet.",
        "shipped": "Ihre Bestellung {number} ist unterwegs.",
        "partly_shipped": "Ein Teil Ihrer Bestellung {number} ist unterwegs.",
        "completed": "Ihre Bestellung {number} ist abgeschlossen.",
        "cancelled": "Ihre Bestellung {number} wurde storniert.",
        "refunded": "Ihre Bestellung {number} wurde erstattet.",
        "money_back": "Wir haben {amount} Ihrer Bestellung {number} erstattet.",
        "payment_failed": "Die Zahlung Ihrer Bestellung {number} ist nicht gelungen.",
        "back_in_stock": "{product} ist wieder erhältlich.",
        "answered": "Wir haben Ihre Frage „{subject}“ beantwortet.",
        "answered_untitled": "Wir haben Ihre Frage beantwortet.",
    },
}


def sentence(name: str, locale: str, **values: str) -> str:
    """A sentence in the first of these that has it: the locale, its language, the shop's own."""
    for code in (locale, locale.partition("-")[0], settings.LANGUAGE_CODE, "en"):
        if code in WORDS:
            return WORDS[code][name].format(**values)
    return WORDS["en"][name].format(**values)
