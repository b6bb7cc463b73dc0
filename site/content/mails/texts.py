"""Editors' words: `{{ name }}` is filled in, nothing is run, and values stay plain text."""

import re
from collections.abc import Iterable, Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from content.mails.kinds import KINDS, Kind, Text

_PLACE = re.compile(r"\{\{\s*([a-z][a-z_]*)\s*\}\}")
_TAG = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


def problems(text: str, variables: Iterable[str]) -> list[str]:
    """What is wrong with the placeholders of a text, as sentences for its editor."""
    known = sorted(variables)
    found = [
        f"There is no variable {name!r} here. There are: {', '.join(known)}."
        for name in dict.fromkeys(_PLACE.findall(text))
        if name not in known
    ]
    if _TAG.search(_PLACE.sub("", text)):
        found.append("Only variables such as {{ shop }} can stand in braces.")
    if any(not c.isprintable() and c not in "\n\r" for c in text):
        found.append("There are characters in it that nobody can see.")
    return found


def chosen(kind: Kind, locale: str) -> Text:
    """The editor's words for a kind if there are any, else the shop's own. One query."""
    from content.mails.models import MailText

    row = MailText.objects.filter(kind=kind.name, locale=locale).first()
    text: Text = row.as_text() if row else kind.text(locale)
    return text


def changed() -> dict[tuple[str, str], int]:
    """The ids of editors' words, by kind and language."""
    from content.mails.models import MailText

    rows = MailText.objects.filter(kind__in=KINDS).values_list("kind", "locale", "pk")
    return {(kind, locale): pk for kind, locale, pk in rows}


def plain(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in; one that is unknown is left out."""
    return _PLACE.sub(lambda found: values.get(found[1], ""), text.replace("\r\n", "\n")).strip()


def one_line(text: str) -> str:
    """The text on one line, without characters that a mail's header cannot have."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def html(text: str, values: Mapping[str, str]) -> SafeString:
    """Paragraphs of escaped text in which web addresses can be clicked."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", plain(text, values))]
    shown = ("<br>".join(map(_linked, part.splitlines())) for part in paragraphs if part)
    return mark_safe("".join(f"<p>{part}</p>" for part in shown))  # noqa: S308 (escaped above)


def _linked(line: str) -> str:
    pieces: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(line):
        address = escape(found[0])
        pieces += [escape(line[at : found.start()]), f'<a href="{address}">{address}</a>']
        at = found.end()
    return "".join([*pieces, escape(line[at:])])
