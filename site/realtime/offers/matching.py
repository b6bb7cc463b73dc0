"""Whether what a shopper has just done fits an offer.

    for message in matching.offers_for(batch.events, batch.sender, locale="en", now=now): ...

What an event says by itself (time on a page, the cart's worth, leaving, a campaign) needs no
query. What has to be remembered (views of a product, an idle cart, an earlier visit) takes one,
for all offers together, and only after an event that could decide it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, JSONField, Q, Value
from django.db.models.functions import Cast

from core.money import Money
from realtime.analytics.schemas import Checked
from realtime.analytics.senders import Sender
from realtime.analytics.sessions import PAUSE
from realtime.models import Audience, Event, OfferKind, Session
from realtime.offers import rulebook, showing
from realtime.offers.rulebook import Rule

# How far back views and carts are remembered.
MEMORY = timedelta(days=30)
MOST_ROWS = 1000

CART_ACTS = frozenset({"cart_add", "cart_remove", "checkout_start", "purchase"})
HERE = frozenset({"page_view", "product_view", "heartbeat", "search"})
# Kinds that nothing but the past decides, and the events that make it worth a look.
REMEMBERED: dict[str, frozenset[str]] = {
    OfferKind.PRODUCT_VIEWED: frozenset({"product_view"}),
    OfferKind.IDLE_CART: HERE,
    OfferKind.RETURNING: frozenset({"page_view", "product_view"}),
}


@dataclass(slots=True)
class Past:
    """What is remembered of a shopper."""

    views: Counter[int] = field(default_factory=Counter)
    cart_touched_at: datetime | None = None
    in_cart: bool = False
    was_here: bool = False


# ── What an event says by itself ────────────────────────────────────────────────────────
def _stays(rule: Rule, event: Checked) -> bool:
    return (
        event.name == "heartbeat"
        and event.data.get("seconds", 0) >= rule.seconds
        and event.data.get("path", "").startswith(rule.path)
    )


def _has_worth(rule: Rule, event: Checked) -> bool:
    worth = event.data.get("worth")
    if not worth or worth["currency"] != rule.currency or rule.amount_minor is None:
        return False
    return Money.parse(worth["amount"], rule.currency).minor >= rule.amount_minor


def _leaves(rule: Rule, event: Checked) -> bool:
    return event.name == "exit_intent" and event.data.get("path", "").startswith(rule.path)


def _comes_with(rule: Rule, event: Checked) -> bool:
    campaign: str = event.data.get("utm", {}).get("campaign", "")
    return event.name == "page_view" and campaign.casefold() == rule.campaign


AT_ONCE: dict[str, Callable[[Rule, Checked], bool]] = {
    OfferKind.TIME_ON_PAGE: _stays,
    OfferKind.CART_WORTH: _has_worth,
    OfferKind.EXIT: _leaves,
    OfferKind.CAMPAIGN: _comes_with,
}


def _might(rule: Rule, event: Checked) -> bool:
    at_once = AT_ONCE.get(rule.kind)
    if at_once is not None:
        return at_once(rule, event)
    if event.name not in REMEMBERED[rule.kind]:
        return False
    looked_at = {None, event.product_id}
    return rule.kind != OfferKind.PRODUCT_VIEWED or rule.product_id in looked_at


def candidates(rules: Iterable[Rule], events: Sequence[Checked], now: datetime) -> list[Rule]:
    """The live rules that these events meet, or might together with the past; without a query."""
    return [
        rule for rule in rules if rule.is_live(now) and any(_might(rule, each) for each in events)
    ]


# ── What is remembered ──────────────────────────────────────────────────────────────────
def _remember(
    visitor_id: UUID, rules: Sequence[Rule], events: Sequence[Checked], now: datetime
) -> Past:
    kinds = {rule.kind for rule in rules}
    wanted = Q(pk=None)
    if OfferKind.PRODUCT_VIEWED in kinds:
        products = {event.product_id for event in events if event.name == "product_view"}
        wanted |= Q(name="product_view", product_id__in=products)
    if OfferKind.IDLE_CART in kinds:
        wanted |= Q(name__in=CART_ACTS)
    columns = ("name", "product_id", "at", "data")
    rows: Any = Event.objects.filter(
        wanted, visitor_id=visitor_id, audience=Audience.PEOPLE, at__gte=now - MEMORY
    ).values_list(*columns)
    if OfferKind.RETURNING in kinds:
        earlier = Session.objects.filter(visitor_id=visitor_id, ended_at__lt=now - PAUSE)
        rows = rows.union(
            earlier.annotate(
                name=Value("session"),
                product_id=Cast(Value(None), Event._meta.get_field("product_id")),
                at=F("ended_at"),
                data=Cast(Value("{}"), JSONField()),
            ).values_list(*columns),
            all=True,
        )
    return _past(sorted(rows.order_by("-at")[:MOST_ROWS], key=lambda row: row[2]))


def _past(rows: Sequence[tuple[str, int | None, datetime, dict[str, Any]]]) -> Past:
    """Rows in order of time, as a past."""
    past = Past()
    units: defaultdict[Any, int] = defaultdict(int)
    for name, product_id, at, data in rows:
        if name == "session":
            past.was_here = True
        elif name == "product_view" and product_id is not None:
            past.views[product_id] += 1
        elif name == "purchase":
            units.clear()
            past.cart_touched_at = None
        elif name in CART_ACTS:
            past.cart_touched_at = at
            line = data.get("variant_id") or product_id
            if name == "cart_add":
                units[line] += data.get("quantity", 1)
            elif name == "cart_remove":
                units[line] = max(units[line] - data.get("quantity", units[line]), 0)
            if "worth" in data and not float(data["worth"]["amount"]):
                units.clear()
    past.in_cart = any(units.values())
    return past


def _fits(rule: Rule, past: Past, events: Sequence[Checked], now: datetime) -> bool:
    if rule.kind == OfferKind.PRODUCT_VIEWED:
        return any(
            past.views[event.product_id] >= rule.views
            for event in events
            if event.name == "product_view"
            and event.product_id is not None
            and rule.product_id in {None, event.product_id}
        )
    if rule.kind == OfferKind.IDLE_CART:
        touched = past.cart_touched_at
        return (
            past.in_cart
            and touched is not None
            and now - touched >= timedelta(minutes=rule.minutes)
        )
    return rule.kind != OfferKind.RETURNING or past.was_here


# ── Both ────────────────────────────────────────────────────────────────────────────────
def is_worth_a_look(events: Sequence[Checked], sender: Sender, now: datetime) -> bool:
    """Whether `offers_for` may have an answer, without a query: most events end here."""
    if sender.visitor_id is None or sender.audience != Audience.PEOPLE or not events:
        return False
    book = rulebook.held()
    return book is None or bool(candidates(book.rules, events, now))


def offers_for(
    events: Sequence[Checked], sender: Sender, *, locale: str, now: datetime
) -> list[showing.Message]:
    """The offers that events which were just stored have earned their shopper, one at most.

    Each answer is written down as made before it is given. At most one query where nothing fits
    (two once a second, when the book is looked at).
    """
    visitor_id = sender.visitor_id
    if visitor_id is None or sender.audience != Audience.PEOPLE:
        return []
    found = candidates(rulebook.current().rules, events, now)
    found = [rule for rule in found if showing.may_come(rule, sender, now)]
    if not found:
        return []
    past = Past()
    if any(rule.kind in REMEMBERED for rule in found):
        past = _remember(visitor_id, found, events, now)
    for rule in found:
        if not _fits(rule, past, events, now):
            continue
        made = showing.make(rule, sender, now)
        if made is not None:
            return [showing.message(made, rule, locale)]
    return []
