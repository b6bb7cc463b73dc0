"""The few words of mails that editors do not write, and amounts and dates as people read them."""

import gettext
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from django.utils import translation
from django.utils.formats import date_format, number_format
from django_countries import countries

from content.admin.amounts import SYMBOLS, show
from core.money import Money, exponent

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "hello": "Hello",
        "subtotal": "Subtotal",
        "discount": "Discounts",
        "shipping": "Shipping",
        "tax": "Tax",
        "tax_included": "Tax included",
        "total": "Total",
        "refunded": "Refunded so far",
        "shipping_address": "Shipping address",
        "billing_address": "Billing address",
        "both_addresses": "Shipping and billing address",
        "payment": "Payment",
        "pay_cod": "Pay in cash when the parcel arrives.",
        "carrier": "Carrier",
        "tracking": "Tracking number",
        "in_parcel": "In this parcel",
        "to_follow": "The rest of your order follows in another parcel.",
        "before": "before",
        "your_question": "You wrote",
        "from": "From",
        "left": "left",
        "none_left": "none left",
        "orders": "Orders",
        "revenue": "Revenue",
        "no_orders": "none",
        "open_inquiries": "Open inquiries",
        "failed_mails": "Mails that failed",
        "failed_tasks": "Background work that failed",
        "low_stock": "Running low",
        "nothing_low": "Nothing runs low.",
        "and_more": "and {count} more",
        "contact": "Questions? Write to {email}",
        "contact_phone": "or call {phone}",
        "stop": "No more mails like this",
        "why_account": "You get this mail because this address was used at {shop}.",
        "why_order": "You get this mail because you ordered at {shop}.",
        "why_wish": "You get this mail because you asked {shop} to tell you about this product."
        " Your account has a switch for it.",
        "why_consent": "You get this mail because you agreed to news from {shop}.",
        "why_inquiry": "You get this mail because you wrote to {shop}.",
        "why_staff": "You get this mail because your address is among the staff of {shop}.",
    },
    "de": {
        "hello": "Hallo",
        "subtotal": "Zwischensumme",
        "discount": "Rabatte",
        "shipping": "Versand",
        "tax": "Steuer",
        "tax_included": "Enthaltene Steuer",
        "total": "Gesamt",
        "refunded": "Bisher erstattet",
        "shipping_address": "Lieferadresse",
        "billing_address": "Rechnungsadresse",
        "both_addresses": "Liefer- und Rechnungsadresse",
        "payment": "Zahlung",
        "pay_cod": "Bitte bezahlen Sie bar, wenn das Paket ankommt.",
        "carrier": "Versanddienst",
        "tracking": "Sendungsnummer",
        "in_parcel": "In diesem Paket",
        "to_follow": "Der Rest Ihrer Bestellung folgt in einem weiteren Paket.",
        "before": "vorher",
        "your_question": "Sie schrieben",
        "from": "Von",
        "left": "übrig",
        "none_left": "keine mehr",
        "orders": "Bestellungen",
        "revenue": "Umsatz",
        "no_orders": "keine",
        "open_inquiries": "Offene Anfragen",
        "failed_mails": "Fehlgeschlagene Mails",
        "failed_tasks": "Fehlgeschlagene Hintergrundaufgaben",
        "low_stock": "Wird knapp",
        "nothing_low": "Nichts wird knapp.",
        "and_more": "und {count} weitere",
        "contact": "Fragen? Schreiben Sie an {email}",
        "contact_phone": "oder rufen Sie an: {phone}",
        "stop": "Keine solchen Mails mehr",
        "why_account": "Sie erhalten diese Mail, weil diese Adresse bei {shop} verwendet wurde.",
        "why_order": "Sie erhalten diese Mail, weil Sie bei {shop} bestellt haben.",
        "why_wish": "Sie erhalten diese Mail, weil Sie von {shop} Nachricht zu diesem Produkt"
        " gewünscht haben. In Ihrem Konto können Sie das abstellen.",
        "why_consent": "Sie erhalten diese Mail, weil Sie Neuigkeiten von {shop} zugestimmt haben.",
        "why_inquiry": "Sie erhalten diese Mail, weil Sie an {shop} geschrieben haben.",
        "why_staff": "Sie erhalten diese Mail, weil Ihre Adresse zum Team von {shop} gehört.",
    },
}


def words(locale: str) -> dict[str, str]:
    """The words of a language; English for one that has none."""
    return WORDS.get(locale) or WORDS["en"]


def amount(minor: int, currency: str, locale: str) -> str:
    """An amount in minor units: `$1,234.50`, in German `1.234,50 €`."""
    with translation.override(locale):
        if locale != "de":
            return show(minor, currency)
        text = Money(abs(minor), currency).amount
        number = number_format(text, exponent(currency), force_grouping=True)
        sign = "−" if minor < 0 else ""
        return f"{sign}{number}\u00a0{SYMBOLS.get(currency, currency)}"


def day(when: date, locale: str) -> str:
    """A date with the month's name."""
    with translation.override(locale):
        return date_format(when, "j. F Y" if locale == "de" else "j F Y")


def greeting(first_name: str, locale: str) -> str:
    """`Hello Ada`, or `Hello` for somebody whose name is not known."""
    return f"{words(locale)['hello']} {first_name}".strip()


def country(code: str, locale: str) -> str:
    """A country's name in a language, by the translations that come with django-countries."""
    name = str(countries.name(code) or code)
    return _names(locale).gettext(name) if name else ""


@lru_cache(maxsize=16)
def _names(locale: str) -> gettext.NullTranslations:
    spec = find_spec("django_countries")
    folder = Path(spec.origin or "").parent / "locale" if spec else None
    return gettext.translation("django", folder, languages=[locale], fallback=True)
