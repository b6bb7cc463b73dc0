"""What became of offers, once each, however often it is said.

A part of the rollup: what is written here is committed together with the round of events that
said it, so that a worker that is killed counts nothing twice and loses nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from commerce.orders.models import Order
from commerce.pricing import selectors as pricing
from realtime.analytics.rollups import Round
from realtime.analytics.sessions import Row
from realtime.models import Audience, Sale, Showing

SEEN = {"offer_shown": "shown_at", "offer_clicked": "clicked_at"}


def count(round_: Round) -> None:
    """Note what the events of a round say of offers, and the orders among them."""
    people = [row for row in round_.events if row.audience == Audience.PEOPLE and row.visitor_id]
    _note_seen([row for row in people if row.name in SEEN])
    _note_orders([row for row in people if row.name == "purchase"])


def _note_seen(rows: Sequence[Row]) -> None:
    said: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        if showing_id := _uuid(row.data["offer"]):
            said[showing_id].append(row)
    if not said:
        return
    for showing in Showing.objects.filter(pk__in=list(said), is_held=False):
        before = showing.shown_at, showing.clicked_at
        for row in said[showing.pk]:
            if row.visitor_id == showing.visitor_id:
                _note(showing, SEEN[row.name], row.at)
        if (showing.shown_at, showing.clicked_at) != before:
            showing.save(update_fields=["shown_at", "clicked_at"])


def _note(showing: Showing, field: str, at: datetime) -> None:
    """The first time counts. Clicked is shown too, should that have been lost."""
    if getattr(showing, field) is None:
        # A client's clock may be behind ours.
        setattr(showing, field, max(at, showing.at))
    if showing.shown_at is None:
        showing.shown_at = showing.clicked_at


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _note_orders(rows: Sequence[Row]) -> None:
    """Orders that were bound to their visitor in this round."""
    visitors = {row.visitor_id for row in rows}
    times = [row.at for row in rows]
    if not rows:
        return
    bound = Sale.objects.filter(
        visitor_id__in=visitors, bound_at__gte=min(times), bound_at__lte=max(times)
    )
    sales: dict[UUID, Any] = dict(bound.values_list("pk", "visitor_id"))
    orders = list(Order.objects.filter(pk__in=list(sales)).order_by("placed_at", "pk"))
    if not orders:
        return
    codes = pricing.codes_of_orders(sales)
    made = _made_to({sales[order.pk] for order in orders}, orders[0].placed_at)
    for order in orders:
        for showing in made.get(sales[order.pk], ()):
            if timedelta() <= order.placed_at - showing.at < timedelta(days=settings.OFFER_DAYS):
                _note_order(showing, order, codes.get(order.pk, set()))


def _made_to(visitors: Iterable[UUID | None], first: datetime) -> dict[UUID, list[Showing]]:
    """What was offered to visitors in time for an order, the latest first."""
    since = first - timedelta(days=settings.OFFER_DAYS)
    rows = Showing.objects.filter(visitor_id__in=list(visitors), at__gte=since)
    found: defaultdict[UUID, list[Showing]] = defaultdict(list)
    for showing in rows.select_related("offer__page").order_by("-at"):
        found[showing.visitor_id].append(showing)
    return found


def _note_order(showing: Showing, order: Order, codes: set[tuple[int, int]]) -> None:
    """The order is the showing's success, and its use if it has the offer's code or promotion."""
    changed = []
    if showing.order_id is None:
        showing.order_id = order.pk
        changed.append("order_id")
    unused = not showing.is_held and showing.used_order_id is None
    if unused and _is_used(showing, order, codes):
        taken = Showing.objects.filter(offer_id=showing.offer_id, used_order_id=order.pk)
        if not taken.exists():
            showing.used_order_id = order.pk
            changed.append("used_order_id")
    if changed:
        showing.save(update_fields=changed)


def _is_used(showing: Showing, order: Order, codes: set[tuple[int, int]]) -> bool:
    offer = showing.offer
    if offer.code_id is not None:
        return any(code == offer.code_id for code, _ in codes)
    promotion = offer.page.promotion_id
    if promotion is None:
        return False
    held = {row.get("promotion_id") for row in order.discounts}
    return promotion in held | {each for _, each in codes}
