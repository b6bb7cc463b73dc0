"""A letter becomes a subject, an HTML part with its styles in place, and a plain-text part."""

from dataclasses import dataclass
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from content.mails import texts
from content.mails.kinds import Kind, Letter, Text
from content.mails.words import words
from content.snippets import SiteSettings

# Rules for dark mode and small screens stay in <style>, all others go to the elements.
_inliner = css_inline.CSSInliner(
    keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
)
PREHEADER_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail as it is sent."""

    subject: str
    html: str
    text: str


def render(kind: Kind, letter: Letter, text: Text | None = None) -> Rendered:
    """Write a letter with the editor's words, or with `text`, in its own language.

    Values are plain text wherever they come from: nothing in them is run, and in HTML they are
    escaped. Two queries.
    """
    text = text or texts.chosen(kind, letter.locale)
    said, values = words(letter.locale), letter.values
    subject = texts.one_line(texts.plain(text.subject, values))[:255]
    intro = texts.plain(text.intro, values)
    context: dict[str, Any] = {
        "kind": kind,
        "locale": letter.locale,
        "words": said,
        "shop": settings.SHOP_NAME,
        "shop_url": f"{settings.STOREFRONT_URL}/",
        "subject": subject,
        "heading": texts.one_line(texts.plain(text.heading, values)),
        "intro": intro,
        "intro_html": texts.html(text.intro, values),
        "closing": texts.plain(text.closing, values),
        "closing_html": texts.html(text.closing, values),
        "preheader": preheader(intro, values.get("greeting", "")),
        "button": kind.button(letter.locale),
        "button_url": letter.button_url,
        "stop_url": letter.stop_url,
        "why": said[kind.why].format(shop=settings.SHOP_NAME),
        "contact": _contact(said),
        "parts": letter.parts,
    }
    html = render_to_string(f"mails/{kind.template}.html", context)
    plain = render_to_string(f"mails/{kind.template}.txt", context)
    return Rendered(subject, _inliner.inline(html), _tidy(plain))


def preheader(intro: str, greeting: str) -> str:
    """What an inbox shows beside the subject: the first words after the greeting."""
    rest = intro.removeprefix(f"{greeting},").strip() if greeting else intro
    line = texts.one_line(rest)
    line = line[:1].upper() + line[1:]
    if len(line) <= PREHEADER_LENGTH:
        return line
    return line[:PREHEADER_LENGTH].rsplit(" ", 1)[0] + " …"


def _contact(said: dict[str, str]) -> dict[str, Any]:
    """How the shop is reached, from the shop settings of the default site."""
    found = SiteSettings.objects.filter(site__is_default_site=True).first() or SiteSettings()
    address = [line.strip() for line in found.address.splitlines() if line.strip()]
    return {
        "email": found.contact_email,
        "phone": found.contact_phone,
        "address": address,
        "ask": said["contact"].format(email=found.contact_email) if found.contact_email else "",
        "call": said["contact_phone"].format(phone=found.contact_phone)
        if found.contact_phone
        else "",
    }


def _tidy(text: str) -> str:
    """No spaces at the ends of lines, never two empty lines in a row."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        stripped = line.rstrip()
        if stripped or (lines and lines[-1]):
            lines.append(stripped)
    return "\n".join(lines) + "\n"
