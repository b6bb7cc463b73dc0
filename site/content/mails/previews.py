"""How a mail looks, with made-up contents: for editors."""

from django.http import HttpResponse
from django.utils.html import format_html

from content.mails.kinds import KINDS
from content.mails.models import MailText
from content.mails.rendering import render

_TEXT_PAGE = (
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"><title>{}</title>'
    '<pre style="white-space:pre-wrap;overflow-wrap:anywhere;font:15px/1.55 ui-monospace,'
    'monospace;max-width:44rem;margin:1.5rem auto;padding:0 1rem"><b>{}</b>\n\n{}</pre>'
)


def show(text: MailText, mode: str) -> HttpResponse:
    """The mail with an editor's words, as HTML or as plain text. Nothing in it is followed."""
    kind = KINDS.get(text.kind)
    if kind is None:
        return HttpResponse("There is no such kind of mail.", content_type="text/plain")
    rendered = render(kind, kind.sample(text.locale), text.as_text())
    if mode == "text":
        return HttpResponse(
            format_html(_TEXT_PAGE, rendered.subject, rendered.subject, rendered.text)
        )
    return HttpResponse(rendered.html)
