"""The offers that are on, as each process holds them (`core.editions`).

Looked at once a second at most: a change reaches every process within about a second, and events
cost no query while nothing is offered.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from commerce.pricing.models import Code, Promotion
from content.models import PromotionPage
from core.editions import Kept
from realtime.models import Offer, OfferEdition, OfferText

LOOK_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language, and where it leads."""

    title: str
    message: str
    href: str
    promotion: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """An offer as the matcher reads it. `code` is what shoppers type."""

    id: int
    kind: str
    product_id: int | None
    views: int
    seconds: int
    path: str
    amount_minor: int | None
    currency: str
    minutes: int
    campaign: str
    times: int
    hours: int
    control_percent: int
    live_from: datetime | None
    live_until: datetime | None
    code_id: int | None
    code: str | None
    words: Mapping[str, Words]

    def is_live(self, now: datetime) -> bool:
        """Whether its own time, and its promotion's, has come and is not over."""
        started = self.live_from is None or self.live_from <= now
        return started and (self.live_until is None or self.live_until > now)

    def said_in(self, locale: str) -> Words:
        """Its words in a language, else in the shop's own."""
        return self.words.get(locale) or self.words[settings.LANGUAGE_CODE]


@dataclass(frozen=True, slots=True)
class Book:
    """Every offer that is on and whose promotion is published."""

    rules: tuple[Rule, ...]


_looked_at = 0.0
_lock = threading.Lock()


def held() -> Book | None:
    """The book, if it need not be looked at; without a query."""
    return _kept.held if time.monotonic() - _looked_at < LOOK_EVERY else None


def current() -> Book:
    """The book: no query within a second of the last look, one after it, five after a change."""
    global _looked_at
    known = held()
    if known is not None:
        return known
    with _lock:
        known = held()
        if known is None:
            known = _kept.current()
            _looked_at = time.monotonic()
    return known


def forget() -> None:
    """Look again at the next event, for tests."""
    global _looked_at
    _kept.forget()
    _looked_at = 0.0


def new_edition() -> UUID:
    """Make every process read the book again; part of the transaction that changes it."""
    return _kept.renew()


def watch() -> None:
    """Let every change of what is in the book begin a new edition."""
    _kept.watch(Offer, OfferText, PromotionPage, Promotion, Code)


def _read() -> Book:
    offers = list(
        Offer.objects.filter(is_on=True, page__live=True)
        .filter(Q(page__promotion=None) | Q(page__promotion__is_active=True))
        .select_related("page__promotion", "page__locale", "code")
        .prefetch_related("texts")
        .order_by("pk")
    )
    keys = [offer.page.translation_key for offer in offers]
    translated = {
        (page.translation_key, page.locale.language_code): page
        for page in PromotionPage.objects.live()
        .filter(translation_key__in=keys)
        .exclude(pk__in=[offer.page_id for offer in offers])
        .select_related("locale")
    }
    return Book(tuple(_rule(offer, translated) for offer in offers))


_kept = Kept(OfferEdition, _read)


def _rule(offer: Offer, translated: Mapping[tuple[UUID, str], PromotionPage]) -> Rule:
    page = offer.page
    windows: list[Any] = [offer, page, *([page.promotion] if page.promotion else [])]
    starts = [getattr(each, "live_from" if each is offer else "starts_at") for each in windows]
    ends = [getattr(each, "live_until" if each is offer else "ends_at") for each in windows]
    texts = {text.locale: (text.title, text.message) for text in offer.texts.all()}
    texts[settings.LANGUAGE_CODE] = (offer.title, offer.message)
    return Rule(
        id=offer.pk,
        kind=offer.kind,
        product_id=offer.product_id,
        views=offer.views,
        seconds=offer.seconds,
        path=offer.path,
        amount_minor=offer.amount_minor,
        currency=offer.currency,
        minutes=offer.minutes,
        campaign=offer.campaign.casefold(),
        times=offer.times,
        hours=offer.hours,
        control_percent=offer.control_percent,
        live_from=max((each for each in starts if each), default=None),
        live_until=min((each for each in ends if each), default=None),
        code_id=offer.code_id,
        code=offer.code.code if offer.code else None,
        words={
            locale: _words(offer, *said, translated.get((page.translation_key, locale), page))
            for locale, said in texts.items()
        },
    )


def _words(offer: Offer, title: str, message: str, page: PromotionPage) -> Words:
    promotion = {"id": page.pk, "slug": page.slug, "title": page.title}
    return Words(title, message, offer.link or page.storefront_path, promotion)
