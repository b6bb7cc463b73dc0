"""Reads of what shoppers did. Periods are [since, until); docs/analytics.md says what counts."""

from datetime import date, datetime, timedelta
from typing import Any, TypedDict, cast

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from realtime.models import (
    Audience,
    Event,
    Figures,
    Grain,
    PageFigures,
    ProductFigures,
    ProductSalesFigures,
    RollupLock,
    SalesFigures,
    SearchFigures,
    Session,
    SourceFigures,
    TrafficFigures,
)

NOW = timedelta(minutes=5)
# Rows by name: the columns that were summed end in `_sum`.
SummedRows = QuerySet[Any, dict[str, Any]]


class Totals(TypedDict):
    """Everything of a span of days. `visitors` is exact: somebody who came on two days is one."""

    views: int
    anonymous_views: int
    visitors: int
    sessions: int
    session_views: int
    seconds: int
    bounces: int
    with_product: int
    with_cart: int
    with_checkout: int
    with_order: int


# ── This moment, from the events themselves ─────────────────────────────────────────────
def _recent(since: datetime) -> QuerySet[Event]:
    return Event.objects.filter(at__gte=since, audience=Audience.PEOPLE, visitor_id__isnull=False)


def visitors_now(*, within: timedelta = NOW) -> int:
    """How many visitors have sent something in the last minutes."""
    recent = _recent(timezone.now() - within)
    return recent.aggregate(n=Count("visitor_id", distinct=True))["n"]


def pages_now(*, within: timedelta = NOW, limit: int = 10) -> list[tuple[str, int]]:
    """The pages viewed in the last minutes and by how many visitors, most first."""
    viewed = _recent(timezone.now() - within).filter(name="page_view").values("data__path")
    rows = viewed.annotate(n=Count("visitor_id", distinct=True)).order_by("-n", "data__path")
    return [(row["data__path"], row["n"]) for row in rows[:limit]]


def rolled_up_at() -> datetime | None:
    """When events were last added to the figures; None if never."""
    return RollupLock.objects.values_list("rolled_at", flat=True).first()


# ── Figures ─────────────────────────────────────────────────────────────────────────────
def traffic(grain: Grain, since: datetime, until: datetime) -> QuerySet[TrafficFigures]:
    """Rows of everything, hour by hour or day by day. A period without any event has no row."""
    return TrafficFigures.objects.filter(grain=grain, start__gte=since, start__lt=until).order_by(
        "start"
    )


def traffic_by_day(since: datetime, until: datetime) -> dict[date, TrafficFigures]:
    """The rows of days with any event, by the shop's date."""
    zone = timezone.get_default_timezone()
    rows = traffic(Grain.DAY, since, until)
    return {row.start.astimezone(zone).date(): row for row in rows}


def totals(since: datetime, until: datetime) -> Totals:
    """Everything of a span of whole days (`periods.day_of`).

    Visitors are counted from sessions; before ANALYTICS_SESSION_DAYS there are none any more,
    and only single days know theirs.
    """
    names = [name for name in Totals.__annotations__ if name != "visitors"]
    days: Any = traffic(Grain.DAY, since, until)
    sums = days.aggregate(**{name: Sum(name, default=0) for name in names})
    return cast("Totals", sums | {"visitors": visitors_between(since, until)})


def visitors_between(since: datetime, until: datetime) -> int:
    """How many different visitors began a session in that time."""
    begun = Session.objects.filter(started_at__gte=since, started_at__lt=until)
    return begun.aggregate(n=Count("visitor_id", distinct=True))["n"]


def _days(table: type[Figures], since: datetime, until: datetime) -> Any:
    days = table._default_manager.filter(grain=Grain.DAY, start__gte=since, start__lt=until)
    return days.order_by()


def sources(since: datetime, until: datetime) -> SummedRows:
    """Days added up by source, medium and campaign, most sessions first.

    Visitors are left out: they cannot be added.
    """
    rows = _days(SourceFigures, since, until)
    names = ("sessions", "session_views", "seconds", "bounces", "with_order")
    summed = rows.values("source", "medium", "campaign").annotate(
        **{f"{name}_sum": Sum(name) for name in names}
    )
    return summed.order_by("-sessions_sum", "source", "medium", "campaign")


def pages(since: datetime, until: datetime) -> SummedRows:
    """Days added up by path (`views_sum` and so on), most viewed first.

    Average time is `seconds_sum / timed_sum`.
    """
    rows = _days(PageFigures, since, until)
    names = ("views", "entrances", "exits", "bounces", "timed", "seconds")
    summed = rows.values("path").annotate(**{f"{name}_sum": Sum(name) for name in names})
    return summed.order_by("-views_sum", "path")


def products(since: datetime, until: datetime) -> SummedRows:
    """Days added up by product (`views_sum`, `cart_adds_sum` and so on), most viewed first."""
    rows = _days(ProductFigures, since, until)
    names = ("views", "cart_adds", "units_added", "cart_removes")
    summed = rows.values("product_id").annotate(**{f"{name}_sum": Sum(name) for name in names})
    return summed.order_by("-views_sum", "product_id")


def product_sales(since: datetime, until: datetime) -> SummedRows:
    """Days added up by product and currency (`orders_sum`, `quantity_sum`, `total_minor_sum`)."""
    rows = _days(ProductSalesFigures, since, until)
    summed = rows.values("product_id", "currency").annotate(
        orders_sum=Sum("orders"), quantity_sum=Sum("quantity"), total_minor_sum=Sum("total_minor")
    )
    return summed.order_by("currency", "-total_minor_sum", "product_id")


def sales(grain: Grain, since: datetime, until: datetime) -> QuerySet[SalesFigures]:
    """Rows of orders and revenue per currency: `total_minor − refunded_minor` is what came."""
    rows = SalesFigures.objects.filter(grain=grain, start__gte=since, start__lt=until)
    return rows.order_by("start", "currency")


def searches(since: datetime, until: datetime, *, without_results: bool = False) -> SummedRows:
    """Days added up by query (`searches_sum`, `without_results_sum`), most frequent first.

    `without_results`: only those that ever found nothing, by how often they did.
    """
    rows = _days(SearchFigures, since, until)
    summed = rows.values("query").annotate(
        searches_sum=Sum("searches"), without_results_sum=Sum("without_results")
    )
    if without_results:
        return summed.filter(without_results_sum__gt=0).order_by("-without_results_sum", "query")
    return summed.order_by("-searches_sum", "query")
