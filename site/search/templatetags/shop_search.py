"""How the report of searches writes shares."""

from django import template
from django.utils.formats import localize

register = template.Library()


@register.filter
def share(part: float | None) -> str:
    """A part of 1 in per cent; a dash where there is none."""
    if part is None:
        return "–"
    return f"{localize(round(part * 100, 1))} %"
