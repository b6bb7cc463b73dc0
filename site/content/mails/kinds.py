"""What a kind of mail is: its name, its words, its variables, and how an event becomes one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings

from core.events import Event

Source = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a mail, with `{{ name }}` for variables."""

    subject: str
    heading: str
    intro: str
    closing: str = ""


@dataclass(slots=True)
class Letter:
    """What one mail has to say: to whom, in which language, with what in its variables.

    `parts` is what the kind's template shows between the words, ready to be read.
    """

    to: str
    locale: str
    values: dict[str, str]
    parts: dict[str, Any] = field(default_factory=dict)
    button_url: str = ""
    stop_url: str = ""
    # RFC 8058: where a mailbox posts to, without anybody looking at a page.
    one_click_url: str = ""
    customer_id: UUID | None = None
    # The ids of the mails that it follows, with their brackets, the oldest first.
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of mail, declared once.

    `key` gives what a mail of this kind is about, so that it is sent once, or None where the
    event is not about this kind. `build` reads what the mail needs; None: it is not needed any
    more. Neither writes.
    """

    name: str
    group: str
    label: str
    purpose: str
    event: str
    key: Callable[[Event], str | None]
    build: Callable[[Source], Letter | None]
    sample: Callable[[str], Letter]
    variables: dict[str, str]
    texts: dict[str, Text]
    buttons: dict[str, str] = field(default_factory=dict)
    template: str = "plain"
    # Which sentence in the footer says why somebody gets this: a name in `words`.
    why: str = "why_account"
    to_staff: bool = False

    def text(self, locale: str) -> Text:
        """The shop's own words."""
        return self.texts.get(locale) or self.texts["en"]

    def button(self, locale: str) -> str:
        """What stands on the button."""
        return self.buttons.get(locale) or self.buttons.get("en", "")


KINDS: dict[str, Kind] = {}

GROUPS = {
    "account": "Accounts",
    "orders": "Orders",
    "marketing": "News that customers asked for",
    "inquiries": "Inquiries",
    "staff": "To the shop's staff",
}


def declare(kind: Kind) -> Kind:
    """Make a kind known."""
    KINDS[kind.name] = kind
    return kind


def by_event() -> dict[str, list[Kind]]:
    """The kinds that each event may lead to."""
    found: dict[str, list[Kind]] = {}
    for kind in KINDS.values():
        found.setdefault(kind.event, []).append(kind)
    return found


def language(*wanted: str) -> str:
    """The first of these that the shop speaks (`de-AT` is German), else its own."""
    spoken = dict(settings.LANGUAGES)
    for each in wanted:
        for code in (each, (each or "").partition("-")[0]):
            if code in spoken:
                return code
    return str(settings.LANGUAGE_CODE)


def storefront(path: str) -> str:
    """An address in the storefront."""
    return f"{settings.STOREFRONT_URL}{path}"
