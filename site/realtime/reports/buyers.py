"""Buyers: when they first ordered, whether they came back, and what they are worth.

- A buyer is a customer's account, or the mail address of an order without one. Orders of which
  nobody knows any more whose they were (erased guests) are left out.
- Only orders that count (docs/analytics.md), at the moment they were accepted.
- A cohort is everybody whose first order was in one month. Cohorts look at orders in every
  currency; lifetime value at those in one, so that amounts can be added.
- Everything is as it was known at the end of the span: later orders change nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce, Lower
from django.utils import timezone

from commerce.orders.models import Order
from core.money import Money
from realtime.models import Sale
from realtime.reports.figures import (
    ChartOf,
    Column,
    Part,
    Report,
    each,
    money_each,
    shape_of,
    share,
)
from realtime.reports.spans import Span

MONTHS = 12
AGES = (30, 90, 365)

# When, and how much in minor units: what came less what was refunded.
Purchase = tuple[datetime, int]


class CohortRow(TypedDict):
    """Everybody whose first order was in one month (named by its first day).

    `again` has, for each of the twelve months after it, the share that ordered then; None for
    months that had not begun at the end of the span.
    """

    month: date
    buyers: int
    repeat_buyers: int
    repeat_rate: float | None
    again: list[float | None]


class CohortTotals(TypedDict):
    """Who ordered in the span: for the first time, or having ordered before it."""

    buyers: int
    new_buyers: int
    returning_buyers: int
    returning_rate: float | None
    orders: int
    repeat_orders: int


class ValueTotals(TypedDict):
    """What buyers have brought. `value_30` is what each had brought 30 days after the first
    order; None while somebody's days are not over.
    """

    buyers: int
    orders: int
    revenue: Money
    orders_each: float | None
    value: Money | None
    value_30: Money | None
    value_90: Money | None
    value_365: Money | None


class ValueRow(ValueTotals):
    """Everybody whose first order was in one month."""

    month: date


def _purchases(until: datetime, currency: str = "") -> Iterator[tuple[str, datetime, int]]:
    """Every order that counts, by buyer and time. One query."""
    whose = Order.objects.filter(pk=OuterRef("pk")).annotate(
        buyer=Coalesce(Cast("customer_id", CharField()), Lower("email"), output_field=CharField())
    )
    sales: Any = Sale.objects.filter(counts=True, accepted_at__lt=until)
    if currency:
        sales = sales.filter(currency=currency)
    rows = sales.annotate(buyer=Subquery(whose.values("buyer")[:1])).order_by("buyer", "pk")
    for buyer, at, total, refunded in rows.values_list(
        "buyer", "accepted_at", "total_minor", "refunded_minor"
    ).iterator(2000):
        if buyer:
            yield buyer, at, total - refunded


def _by_buyer(until: datetime, currency: str = "") -> Iterator[list[Purchase]]:
    """Each buyer's orders, the first one first."""
    whose, found = "", list[Purchase]()
    for buyer, at, net in _purchases(until, currency):
        if buyer != whose and found:
            yield sorted(found)
            found = []
        whose = buyer
        found.append((at, net))
    if found:
        yield sorted(found)


def _month(moment: datetime) -> date:
    return moment.astimezone(timezone.get_default_timezone()).date().replace(day=1)


def _between(first: date, second: date) -> int:
    return (second.year - first.year) * 12 + second.month - first.month


def cohorts(span: Span, currency: str) -> Part:
    """Cohorts of the span's months. One query."""
    last = _month(span.until - timedelta(seconds=1))
    size: defaultdict[date, int] = defaultdict(int)
    repeat: defaultdict[date, int] = defaultdict(int)
    again: defaultdict[date, list[int]] = defaultdict(lambda: [0] * MONTHS)
    buyers = new = orders = first_orders = 0
    for purchases in _by_buyer(span.until):
        first = purchases[0][0]
        inside = sum(at >= span.since for at, _ in purchases)
        buyers += bool(inside)
        orders += inside
        if first < span.since:
            continue
        new += 1
        first_orders += 1
        month = _month(first)
        size[month] += 1
        repeat[month] += len(purchases) > 1
        later = {_between(month, _month(at)) for at, _ in purchases}
        for number in later & set(range(1, MONTHS + 1)):
            again[month][number - 1] += 1
    rows: list[CohortRow] = [
        {
            "month": month,
            "buyers": size[month],
            "repeat_buyers": repeat[month],
            "repeat_rate": share(repeat[month], size[month]),
            "again": [
                share(again[month][n - 1], size[month]) if n <= _between(month, last) else None
                for n in range(1, MONTHS + 1)
            ],
        }
        for month in sorted(size)
    ]
    totals: CohortTotals = {
        "buyers": buyers,
        "new_buyers": new,
        "returning_buyers": buyers - new,
        "returning_rate": share(buyers - new, buyers),
        "orders": orders,
        "repeat_orders": orders - first_orders,
    }
    return Part(totals, rows)


class _Worth:
    """The sum over some buyers."""

    def __init__(self) -> None:
        self.buyers = self.orders = self.minor = 0
        self.youngest: datetime | None = None
        self.by_age = dict.fromkeys(AGES, 0)

    def add(self, purchases: list[Purchase]) -> None:
        first = purchases[0][0]
        self.youngest = max(first, self.youngest or first)
        self.buyers += 1
        self.orders += len(purchases)
        for at, net in purchases:
            self.minor += net
            for age in AGES:
                if at < first + timedelta(days=age):
                    self.by_age[age] += net

    def figures(self, until: datetime, currency: str) -> ValueTotals:
        def after(age: int) -> Money | None:
            if self.youngest is None or self.youngest + timedelta(days=age) > until:
                return None
            return money_each(self.by_age[age], self.buyers, currency)

        return {
            "buyers": self.buyers,
            "orders": self.orders,
            "revenue": Money(self.minor, currency),
            "orders_each": each(self.orders, self.buyers),
            "value": money_each(self.minor, self.buyers, currency),
            "value_30": after(30),
            "value_90": after(90),
            "value_365": after(365),
        }


def lifetime_value(span: Span, currency: str) -> Part:
    """What the buyers won in the span have brought by its end. One query."""
    whole = _Worth()
    months: defaultdict[date, _Worth] = defaultdict(_Worth)
    for purchases in _by_buyer(span.until, currency):
        if purchases[0][0] >= span.since:
            whole.add(purchases)
            months[_month(purchases[0][0])].add(purchases)
    rows: list[ValueRow] = [
        {"month": month, **months[month].figures(span.until, currency)} for month in sorted(months)
    ]
    return Part(whole.figures(span.until, currency), rows)


COHORTS = Report(
    name="cohorts",
    title="Repeat customers",
    lead="Who came back: buyers by the month of their first order, and how many ordered again.",
    make=cohorts,
    shape=shape_of("Cohort", CohortTotals, CohortRow),
    totals=(
        Column("buyers", "Buyers"),
        Column("new_buyers", "New"),
        Column("returning_buyers", "Returning"),
        Column("returning_rate", "Share returning", "share"),
        Column("orders", "Orders"),
        Column("repeat_orders", "Repeat orders"),
    ),
    columns=(
        Column("month", "First order", "month"),
        Column("buyers", "Buyers"),
        Column("repeat_buyers", "Ordered again"),
        Column("repeat_rate", "Share", "share"),
        Column("again", "Month", "shares"),
    ),
    chart=ChartOf("bars", "month", "buyers", "New buyers"),
    nothing="Nobody ordered for the first time in these months.",
)
_VALUE = (
    Column("buyers", "New buyers"),
    Column("orders", "Orders"),
    Column("orders_each", "Orders each", "number"),
    Column("revenue", "Revenue", "money"),
    Column("value", "Value each", "money"),
    Column("value_30", "After 30 days", "money"),
    Column("value_90", "After 90 days", "money"),
    Column("value_365", "After a year", "money"),
)
LIFETIME_VALUE = Report(
    name="lifetime-value",
    title="Lifetime value",
    lead="What buyers bring over time, by the month of their first order.",
    make=lifetime_value,
    shape=shape_of("LifetimeValue", ValueTotals, ValueRow),
    totals=_VALUE[:5],
    columns=(Column("month", "First order", "month"), *_VALUE),
    chart=ChartOf("bars", "month", "value", "Value each"),
    nothing="Nobody ordered for the first time in these months.",
)
