"""Who an answer is for: its language and its currency. No query is needed to find out."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.utils.translation.trans_real import parse_accept_lang_header
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from wagtail.models import Locale

from core.errors import FieldError, ValidationFailed

KEEP_LANGUAGES = 60.0

_languages: tuple[tuple[str, ...], float] = (), 0.0


@dataclass(frozen=True, slots=True)
class Audience:
    """The code of a language that editors write in, and a currency of CURRENCIES."""

    locale: str
    currency: str


def audience_of(request: Request) -> Audience:
    """What `?locale=` (or Accept-Language) and `?currency=` ask for, or the shop's defaults.

    Raises ValidationFailed for a locale or currency that the shop does not have. An
    Accept-Language that names none of the shop's languages gets the default one.
    """
    params = request.query_params
    wrong: list[FieldError] = []
    locale = params.get("locale")
    if not locale:
        locale = preferred_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    elif locale not in languages():
        wrong.append(_unknown("locale", languages()))
    currency = (params.get("currency") or settings.DEFAULT_CURRENCY).upper()
    if currency not in settings.CURRENCIES:
        wrong.append(_unknown("currency", settings.CURRENCIES))
    if wrong:
        raise ValidationFailed("Some values are not valid.", errors=wrong)
    return Audience(locale, currency)


def preferred_language(header: str) -> str:
    """The best of the shop's languages for an Accept-Language header."""
    if not header:
        return str(settings.LANGUAGE_CODE)
    return _preferred(header[:200].lower(), languages(), settings.LANGUAGE_CODE)


def languages() -> tuple[str, ...]:
    """The languages that editors have switched on, the shop's own in front.

    Asked of the database once in a while: each process keeps them for KEEP_LANGUAGES seconds,
    and forgets them when it changes one itself.
    """
    global _languages
    known, until = _languages
    if time.monotonic() > until:
        written = set(Locale.objects.values_list("language_code", flat=True))
        names = dict(settings.WAGTAIL_CONTENT_LANGUAGES)
        known = tuple(dict.fromkeys([settings.LANGUAGE_CODE, *(c for c in names if c in written)]))
        _languages = known, time.monotonic() + KEEP_LANGUAGES
    return known


def forget_languages(**_: object) -> None:
    """Ask again which languages there are."""
    global _languages
    _languages = (), 0.0


post_save.connect(forget_languages, sender=Locale, dispatch_uid="audience.languages_saved")
post_delete.connect(forget_languages, sender=Locale, dispatch_uid="audience.languages_deleted")


@lru_cache(maxsize=1024)
def _preferred(header: str, codes: tuple[str, ...], default: str) -> str:
    known = {code.lower(): code for code in codes}
    for wanted, _ in parse_accept_lang_header(header):
        if found := known.get(wanted) or known.get(wanted.partition("-")[0]):
            return found
    return default


def _unknown(field: str, known: Iterable[str]) -> FieldError:
    choices = ", ".join(known)
    return FieldError(field=field, code="unknown", detail=f"This shop has {choices}.")


LOCALE = OpenApiParameter(
    "locale",
    str,
    description="The language of the texts; otherwise Accept-Language decides.",
)
CURRENCY = OpenApiParameter("currency", str, description="ISO 4217; otherwise the shop's first.")
