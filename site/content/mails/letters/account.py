"""Mails about accounts. Links with secrets are made here, when the mail is written."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings

from commerce.customers import links
from commerce.customers.events import ACCOUNT_MAIL
from commerce.customers.models import User
from content.mails.kinds import Kind, Letter, Source, Text, declare, language, storefront
from content.mails.words import greeting
from core.events import Event

# What a security notice may tell of: the names that the sign-in library gives them.
CHANGES: dict[str, tuple[str, str]] = {
    "password_changed": ("Your password was changed.", "Ihr Passwort wurde geändert."),
    "password_reset": (
        "A new password was set for your account.",
        "Für Ihr Konto wurde ein neues Passwort gesetzt.",
    ),
    "password_set": ("A password was set.", "Ein Passwort wurde gesetzt."),
    "email_changed": (
        "The mail address of your account was changed.",
        "Die Mailadresse Ihres Kontos wurde geändert.",
    ),
    "email_confirm": ("A mail address was confirmed.", "Eine Mailadresse wurde bestätigt."),
    "email_deleted": (
        "A mail address was removed from your account.",
        "Eine Mailadresse wurde aus Ihrem Konto entfernt.",
    ),
    "totp_activated": (
        "Sign-in with an authenticator app was switched on.",
        "Die Anmeldung mit einer Authenticator-App wurde eingeschaltet.",
    ),
    "totp_deactivated": (
        "Sign-in with an authenticator app was switched off.",
        "Die Anmeldung mit einer Authenticator-App wurde ausgeschaltet.",
    ),
    "recovery_codes_generated": (
        "New recovery codes were made.",
        "Neue Wiederherstellungscodes wurden erzeugt.",
    ),
    "webauthn_added": ("A passkey was added.", "Ein Passkey wurde hinzugefügt."),
    "webauthn_removed": ("A passkey was removed.", "Ein Passkey wurde entfernt."),
    "account_connected": (
        "Sign-in through another service was connected.",
        "Die Anmeldung über einen anderen Dienst wurde verbunden.",
    ),
    "account_disconnected": (
        "Sign-in through another service was removed.",
        "Die Anmeldung über einen anderen Dienst wurde entfernt.",
    ),
}
ANY_CHANGE = ("Something in your account was changed.", "In Ihrem Konto wurde etwas geändert.")

VARIABLES = {
    "shop": "The shop's name.",
    "greeting": "“Hello Ada”, or “Hello” where the name is not known.",
    "email": "The address that this mail goes to.",
}
SAMPLE_EMAIL = "ada@example.com"

Link = Callable[[Source], str | None]


def _address(path: str) -> Link:
    return lambda source: storefront(path)


def _confirmation(source: Source) -> str | None:
    if not source.get("customer_id"):
        return None
    return links.confirmation_url(source["email"], source["customer_id"])


def _reset(source: Source) -> str | None:
    return links.reset_url(source["customer_id"]) if source.get("customer_id") else None


def _change(source: Source, locale: str) -> str:
    in_english, in_german = CHANGES.get((source.get("data") or {}).get("what", ""), ANY_CHANGE)
    return in_german if locale == "de" else in_english


def _letter(source: Source, *, locale: str, first_name: str, url: str) -> Letter:
    values = {
        "shop": settings.SHOP_NAME,
        "greeting": greeting(first_name, locale),
        "email": source["email"],
        "what": _change(source, locale),
    }
    customer_id = source.get("customer_id")
    return Letter(
        to=source["email"],
        locale=locale,
        values=values,
        button_url=url,
        customer_id=UUID(customer_id) if customer_id else None,
    )


def _declare(name: str, *, link: Link, sample_url: str, **more: Any) -> None:
    def key(event: Event) -> str | None:
        return f"{name}:{event.id}" if event.payload["kind"] == name else None

    def build(source: Source) -> Letter | None:
        user = User.objects.filter(pk=source["customer_id"]).first()
        if source["customer_id"] and (user is None or not user.is_active):
            return None
        url = link(source)
        if not url or not source.get("email"):
            return None
        locale = language(source.get("locale", ""), user.locale if user else "")
        return _letter(source, locale=locale, first_name=user.first_name if user else "", url=url)

    def sample(locale: str) -> Letter:
        source = {"email": SAMPLE_EMAIL, "data": {"what": "password_changed"}}
        return _letter(source, locale=locale, first_name="Ada", url=storefront(sample_url))

    declare(
        Kind(
            name=name,
            group="account",
            event=ACCOUNT_MAIL,
            key=key,
            build=build,
            sample=sample,
            variables={**VARIABLES, **more.pop("variables", {})},
            **more,
        )
    )


_declare(
    "welcome",
    link=_address("/account/"),
    sample_url="/account/",
    label="Welcome",
    purpose="Once, when somebody has an account and their address is confirmed.",
    buttons={"en": "Go to your account", "de": "Zu Ihrem Konto"},
    texts={
        "en": Text(
            "Welcome to {{ shop }}",
            "Good to have you here",
            "{{ greeting }},\n\nyour account at {{ shop }} is ready. It keeps your orders, your"
            " addresses and your wishlist in one place.",
            "Have a good look around.\n{{ shop }}",
        ),
        "de": Text(
            "Willkommen bei {{ shop }}",
            "Schön, dass Sie da sind",
            "{{ greeting }},\n\nIhr Konto bei {{ shop }} ist bereit. Ihre Bestellungen, Adressen"
            " und Ihre Wunschliste finden Sie dort an einem Ort.",
            "Viel Freude beim Stöbern.\n{{ shop }}",
        ),
    },
)
_declare(
    "confirm_address",
    link=_confirmation,
    sample_url="/account/confirm/sample/",
    label="Confirm the address",
    purpose="When somebody registers or adds a mail address: it counts once it is confirmed.",
    buttons={"en": "Confirm this address", "de": "Adresse bestätigen"},
    texts={
        "en": Text(
            "Please confirm your address",
            "Is this your address?",
            "{{ greeting }},\n\nplease confirm that {{ email }} is yours. The link is good for a"
            " few days.",
            "Was it not you? Then there is nothing to do: without the confirmation nothing"
            " happens.",
        ),
        "de": Text(
            "Bitte bestätigen Sie Ihre Adresse",
            "Ist das Ihre Adresse?",
            "{{ greeting }},\n\nbitte bestätigen Sie, dass {{ email }} Ihnen gehört. Der Link gilt"
            " einige Tage.",
            "Das waren nicht Sie? Dann brauchen Sie nichts zu tun: Ohne Bestätigung geschieht"
            " nichts.",
        ),
    },
)
_declare(
    "reset_password",
    link=_reset,
    sample_url="/account/reset/sample/",
    label="Choose a new password",
    purpose="When somebody says that they forgot their password.",
    buttons={"en": "Choose a new password", "de": "Neues Passwort wählen"},
    texts={
        "en": Text(
            "Choose a new password",
            "A new password",
            "{{ greeting }},\n\nsomebody, probably you, asked for a new password for the account"
            " of {{ email }}. The link works once.",
            "Was it not you? Then leave this mail alone: your password stays as it is.",
        ),
        "de": Text(
            "Wählen Sie ein neues Passwort",
            "Ein neues Passwort",
            "{{ greeting }},\n\njemand, wahrscheinlich Sie, möchte ein neues Passwort für das"
            " Konto von {{ email }}. Der Link gilt einmal.",
            "Das waren nicht Sie? Dann lassen Sie diese Mail liegen: Ihr Passwort bleibt, wie es"
            " ist.",
        ),
    },
)
_declare(
    "account_exists",
    link=_address("/account/"),
    sample_url="/account/",
    label="There is an account already",
    purpose="When somebody registers with an address that has an account. Its owner is told, the"
    " visitor is not.",
    buttons={"en": "Sign in", "de": "Anmelden"},
    texts={
        "en": Text(
            "You have an account already",
            "You have an account already",
            "{{ greeting }},\n\nsomebody wanted to open an account at {{ shop }} with {{ email }}."
            " There is one already: just sign in, or choose a new password if you forgot it.",
            "Was it not you? Then there is nothing to do.",
        ),
        "de": Text(
            "Sie haben schon ein Konto",
            "Sie haben schon ein Konto",
            "{{ greeting }},\n\njemand wollte bei {{ shop }} mit {{ email }} ein Konto eröffnen."
            " Es gibt schon eines: Melden Sie sich einfach an, oder wählen Sie ein neues Passwort,"
            " falls Sie es vergessen haben.",
            "Das waren nicht Sie? Dann brauchen Sie nichts zu tun.",
        ),
    },
)
_declare(
    "no_account",
    link=_address("/account/register/"),
    sample_url="/account/register/",
    label="There is no account",
    purpose="When somebody asks for a new password for an address that has no account.",
    buttons={"en": "Open an account", "de": "Konto eröffnen"},
    texts={
        "en": Text(
            "There is no account with this address",
            "No account with this address",
            "{{ greeting }},\n\nsomebody, probably you, asked for a new password at {{ shop }}, but"
            " {{ email }} has no account. Perhaps you used another address?",
            "Was it not you? Then there is nothing to do.",
        ),
        "de": Text(
            "Mit dieser Adresse gibt es kein Konto",
            "Kein Konto mit dieser Adresse",
            "{{ greeting }},\n\njemand, wahrscheinlich Sie, möchte bei {{ shop }} ein neues"
            " Passwort, aber zu {{ email }} gibt es kein Konto. Vielleicht haben Sie eine andere"
            " Adresse verwendet?",
            "Das waren nicht Sie? Dann brauchen Sie nichts zu tun.",
        ),
    },
)
_declare(
    "security_notice",
    link=_address("/account/"),
    sample_url="/account/",
    label="Security notice",
    purpose="When a password, an address, a second factor or a way to sign in was changed.",
    variables={"what": "What was changed, as a sentence."},
    buttons={"en": "Look at your account", "de": "Konto ansehen"},
    texts={
        "en": Text(
            "Your account was changed",
            "Your account was changed",
            "{{ greeting }},\n\n{{ what }}",
            "Was it not you? Then choose a new password at once and write to us.",
        ),
        "de": Text(
            "Ihr Konto wurde geändert",
            "Ihr Konto wurde geändert",
            "{{ greeting }},\n\n{{ what }}",
            "Das waren nicht Sie? Dann wählen Sie sofort ein neues Passwort und schreiben Sie uns.",
        ),
    },
)
