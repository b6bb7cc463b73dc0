"""Offers, and shoppers who may be made one, for tests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from content import tree
from content.models import PromotionIndexPage, PromotionPage
from realtime.analytics import ingest, schemas
from realtime.analytics.ingest import Incoming
from realtime.analytics.senders import Sender
from realtime.models import Offer, OfferKind
from realtime.offers import matching, rulebook
from tests.realtime.analytics.events import raw


def promote(title: str = "Spring", **fields: Any) -> PromotionPage:
    """A published promotion."""
    index = tree.index(PromotionIndexPage)
    page = PromotionPage(title=title, locale=index.locale, **fields)
    index.add_child(instance=page)
    return page


def make_offer(kind: OfferKind, **fields: Any) -> Offer:
    """An offer that is on, at a promotion of its own unless one is named."""
    page = fields.pop("page", None) or promote()
    defaults = {"name": f"{kind} offer", "title": "For you", "message": "Until midnight."}
    offer = Offer.objects.create(page=page, kind=kind, **defaults | fields)
    rulebook.forget()
    return offer


def does(
    visitor: UUID | None, *events: dict[str, Any], now: datetime | None = None, **who: Any
) -> list[dict[str, Any]]:
    """Store what a shopper does now, as the socket would; the offers that it earned."""
    now = now or timezone.now()
    checked, errors = schemas.check_all(list(events))
    assert errors == []
    sender = Sender(visitor, who.get("customer"), who.get("audience", "people"))
    ingest.store([Incoming(checked, sender, now)])
    if not matching.is_worth_a_look(checked, sender, now):
        return []
    return matching.offers_for(checked, sender, locale=who.get("locale", "en"), now=now)


def act(name: str, at: datetime | None = None, **data: Any) -> dict[str, Any]:
    """An event of this moment."""
    return raw(name, at or timezone.now(), **data)
