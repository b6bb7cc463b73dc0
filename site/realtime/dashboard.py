"""What the live dashboard shows: this moment and today, in a constant number of queries.

- Visitors now: who has sent an event in the last five minutes; each is on the page viewed last.
- Carts open: carts with something in them that were touched in the last ABANDONED_CART_HOURS.
- Orders and revenue: those that count and were accepted since midnight, beside those of the same
  weekday last week until the same time of day.
- The funnel, the best products and searches without a result are today's, as far as events have
  been rolled up (some seconds behind).
- The latest orders are named by their number; nothing tells whose they are.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncMinute
from django.utils import timezone

from commerce.carts.models import CartLine
from commerce.orders.models import Order
from core.money import Money
from realtime.analytics import selectors
from realtime.analytics.periods import day_of
from realtime.models import Audience, Event, Sale
from realtime.reports.funnel import FunnelRow, steps
from realtime.reports.products import names_of

LATEST_ORDERS = 8
BEST_PRODUCTS = 5
MOST_PAGES = 8
MOST_SEARCHES = 8
MINUTES = 30
# Beyond them nobody looks where exactly everybody is.
MOST_VIEWS = 20_000
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)


class PageNow(TypedDict):
    """A page and how many look at it."""

    path: str
    visitors: int


class OpenCarts(TypedDict):
    """Carts being filled, and their worth in each currency."""

    count: int
    worth: list[Money]


class Today(TypedDict):
    """One currency's orders since midnight, and until this time of day a week ago."""

    currency: str
    orders: int
    revenue: Money
    orders_before: int
    revenue_before: Money


class BestProduct(TypedDict):
    """What was looked at and ordered most today."""

    product_id: int
    name: str
    views: int
    carts: int
    units: int


class FailedSearch(TypedDict):
    """What was searched for and not found today."""

    query: str
    count: int


class LatestOrder(TypedDict):
    """An order that came in."""

    id: str
    number: str
    total: Money
    status: str
    placed_at: datetime


class Snapshot(TypedDict):
    """Everything. `minutes` are page views of the last thirty minutes, the oldest first."""

    at: datetime
    visitors: int
    pages: list[PageNow]
    minutes: list[int]
    carts: OpenCarts
    today: list[Today]
    funnel: list[FunnelRow]
    products: list[BestProduct]
    searches: list[FailedSearch]
    orders: list[LatestOrder]


def snapshot(now: datetime | None = None) -> Snapshot:
    """The dashboard as it stands. Fourteen queries at most."""
    now = now or timezone.now()
    midnight = day_of(now)
    return {
        "at": now,
        "visitors": selectors.visitors_now(),
        "pages": _pages(now),
        "minutes": _minutes(now),
        "carts": _carts(now),
        "today": _today(now, midnight),
        "funnel": steps(selectors.totals(midnight, midnight + timedelta(hours=23))),
        "products": _products(midnight),
        "searches": _searches(midnight),
        "orders": _orders(),
    }


def _viewed(since: datetime) -> QuerySet[Event]:
    return Event.objects.filter(at__gte=since, audience=Audience.PEOPLE, name="page_view")


def _pages(now: datetime) -> list[PageNow]:
    """Where visitors are: on the page that each has viewed last."""
    rows = _viewed(now - selectors.NOW).filter(visitor_id__isnull=False).order_by("-at", "-id")
    last: dict[UUID | None, str] = {}
    for visitor, path in rows.values_list("visitor_id", "data__path")[:MOST_VIEWS]:
        last.setdefault(visitor, path)
    count = Counter(last.values())
    ranked = sorted(count.items(), key=lambda each: (-each[1], each[0]))
    return [{"path": path, "visitors": n} for path, n in ranked[:MOST_PAGES]]


def _minutes(now: datetime) -> list[int]:
    this = now.replace(second=0, microsecond=0)
    first = this - (MINUTES - 1) * MINUTE
    minutes = _viewed(first).annotate(minute=TruncMinute("at", tzinfo=UTC)).order_by()
    found = {row["minute"]: row["n"] for row in minutes.values("minute").annotate(n=Count("pk"))}
    return [found.get(first + number * MINUTE, 0) for number in range(MINUTES)]


def _carts(now: datetime) -> OpenCarts:
    idle = now - timedelta(hours=settings.ABANDONED_CART_HOURS)
    lines = CartLine.objects.filter(cart__ordered_at=None, cart__updated_at__gt=idle).order_by()
    rows = (
        lines.values("cart__currency")
        .annotate(n=Count("cart", distinct=True), worth=Sum(F("quantity") * F("unit_minor")))
        .order_by("cart__currency")
    )
    found = list(rows)
    return {
        "count": sum(row["n"] for row in found),
        "worth": [Money(row["worth"], row["cart__currency"]) for row in found],
    }


def _today(now: datetime, midnight: datetime) -> list[Today]:
    today = _sold(midnight, now + MINUTE)
    # By the calendar: a day of 23 or 25 hours between does not move midnight.
    week_ago = day_of(midnight - WEEK + timedelta(hours=2))
    before = _sold(week_ago, week_ago + (now - midnight))
    currencies = dict.fromkeys([settings.DEFAULT_CURRENCY, *today, *before])
    return [
        {
            "currency": currency,
            "orders": today.get(currency, (0, 0))[0],
            "revenue": Money(today.get(currency, (0, 0))[1], currency),
            "orders_before": before.get(currency, (0, 0))[0],
            "revenue_before": Money(before.get(currency, (0, 0))[1], currency),
        }
        for currency in currencies
    ]


def _sold(since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    sales = Sale.objects.filter(counts=True, accepted_at__gte=since, accepted_at__lt=until)
    rows = sales.order_by().values("currency")
    summed = rows.annotate(n=Count("pk"), net=Sum(F("total_minor") - F("refunded_minor")))
    return {row["currency"]: (row["n"], row["net"]) for row in summed.order_by("currency")}


def _products(midnight: datetime) -> list[BestProduct]:
    end = midnight + timedelta(hours=23)
    views = {row["product_id"]: row for row in selectors.products(midnight, end)}
    units: Counter[int] = Counter()
    for row in selectors.product_sales(midnight, end):
        units[row["product_id"]] += row["quantity_sum"]

    def seen(product: int, column: str) -> int:
        return views[product][column] if product in views else 0

    best = sorted(
        views.keys() | units.keys(),
        key=lambda each: (
            -units[each],
            -seen(each, "cart_adds_sum"),
            -seen(each, "views_sum"),
            each,
        ),
    )[:BEST_PRODUCTS]
    names = names_of(best)
    return [
        {
            "product_id": product,
            "name": names.get(product, ""),
            "views": seen(product, "views_sum"),
            "carts": seen(product, "cart_adds_sum"),
            "units": units[product],
        }
        for product in best
    ]


def _searches(midnight: datetime) -> list[FailedSearch]:
    end = midnight + timedelta(hours=23)
    rows = selectors.searches(midnight, end, without_results=True)[:MOST_SEARCHES]
    return [{"query": row["query"], "count": row["without_results_sum"]} for row in rows]


def _orders() -> list[LatestOrder]:
    rows = Order.objects.order_by("-placed_at", "-pk").values(
        "pk", "number", "total_minor", "currency", "status", "placed_at"
    )
    return [
        {
            "id": str(row["pk"]),
            "number": row["number"],
            "total": Money(row["total_minor"], row["currency"]),
            "status": row["status"],
            "placed_at": row["placed_at"],
        }
        for row in rows[:LATEST_ORDERS]
    ]
