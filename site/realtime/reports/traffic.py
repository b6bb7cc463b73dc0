"""Visits: how many came, from where, and what they looked at.

- Visitor, session, bounce and view: docs/analytics.md. A session belongs to the day it began on.
- `visitors` of a span are exact (who came on two days is one), so days do not add up to it.
- `seconds` is the average length of a session, `pages` its average number of views.
- `conversion` is the share of sessions with an order that counts.
"""

from datetime import date
from typing import Any, TypedDict

from realtime.analytics import selectors
from realtime.reports.figures import ChartOf, Column, Part, Report, each, shape_of, share
from realtime.reports.spans import Span

MOST_ROWS = 500


class TrafficTotals(TypedDict):
    """A whole span. `views` has those without consent, which belong to no session."""

    visitors: int
    sessions: int
    views: int
    anonymous_views: int
    pages: float | None
    seconds: float | None
    bounce_rate: float | None
    conversion: float | None


class TrafficRow(TrafficTotals):
    """One day."""

    day: date


class SourceRow(TypedDict):
    """Where sessions came from: the campaign's words, or the site that led here."""

    source: str
    medium: str
    campaign: str
    sessions: int
    pages: float | None
    seconds: float | None
    bounce_rate: float | None
    orders: int
    conversion: float | None


class SourceTotals(TypedDict):
    """All sessions, and those that followed a campaign or a link."""

    sessions: int
    referred: int
    orders: int
    conversion: float | None


class PageRow(TypedDict):
    """One path. `seconds` is the average time of the views whose end is known."""

    path: str
    views: int
    entrances: int
    exits: int
    bounce_rate: float | None
    seconds: float | None


class PageTotals(TypedDict):
    """All pages."""

    pages: int
    views: int
    entrances: int


def days(span: Span, currency: str) -> Part:
    """Day by day, with the days on which nobody came. Three queries."""
    found = selectors.traffic_by_day(span.since, span.until)
    rows: list[TrafficRow] = []
    for day in span.each_day():
        row = found.get(day)
        figures = vars(row) if row else dict.fromkeys(selectors.Totals.__annotations__, 0)
        rows.append({"day": day, **_figures(figures)})
    return Part(_figures(dict(selectors.totals(span.since, span.until))), rows)


def _figures(sums: dict[str, Any]) -> TrafficTotals:
    sessions = sums["sessions"]
    return {
        "visitors": sums["visitors"],
        "sessions": sessions,
        "views": sums["views"],
        "anonymous_views": sums["anonymous_views"],
        "pages": each(sums["session_views"], sessions),
        "seconds": each(sums["seconds"], sessions),
        "bounce_rate": share(sums["bounces"], sessions),
        "conversion": share(sums["with_order"], sessions),
    }


def sources(span: Span, currency: str) -> Part:
    """Sessions by source, most first. One query."""
    rows: list[SourceRow] = []
    totals: SourceTotals = {"sessions": 0, "referred": 0, "orders": 0, "conversion": None}
    for row in selectors.sources(span.since, span.until):
        sessions, orders = row["sessions_sum"], row["with_order_sum"]
        totals["sessions"] += sessions
        totals["orders"] += orders
        totals["referred"] += 0 if row["source"] == "(direct)" else sessions
        if len(rows) < MOST_ROWS:
            rows.append(
                {
                    "source": row["source"],
                    "medium": row["medium"],
                    "campaign": row["campaign"],
                    "sessions": sessions,
                    "pages": each(row["session_views_sum"], sessions),
                    "seconds": each(row["seconds_sum"], sessions),
                    "bounce_rate": share(row["bounces_sum"], sessions),
                    "orders": orders,
                    "conversion": share(orders, sessions),
                }
            )
    totals["conversion"] = share(totals["orders"], totals["sessions"])
    return Part(totals, rows)


def pages(span: Span, currency: str) -> Part:
    """Views by path, most first. One query."""
    rows: list[PageRow] = []
    totals: PageTotals = {"pages": 0, "views": 0, "entrances": 0}
    for row in selectors.pages(span.since, span.until):
        totals["pages"] += 1
        totals["views"] += row["views_sum"]
        totals["entrances"] += row["entrances_sum"]
        if len(rows) < MOST_ROWS:
            rows.append(
                {
                    "path": row["path"],
                    "views": row["views_sum"],
                    "entrances": row["entrances_sum"],
                    "exits": row["exits_sum"],
                    "bounce_rate": share(row["bounces_sum"], row["entrances_sum"]),
                    "seconds": each(row["seconds_sum"], row["timed_sum"]),
                }
            )
    return Part(totals, rows)


_FIGURES = (
    Column("visitors", "Visitors"),
    Column("sessions", "Sessions"),
    Column("views", "Page views"),
    Column("pages", "Pages a session", "number"),
    Column("seconds", "Time a session", "seconds"),
    Column("bounce_rate", "Bounces", "share", "worse"),
    Column("conversion", "Conversion", "share"),
)

TRAFFIC = Report(
    name="traffic",
    title="Traffic",
    lead="Who came, day by day.",
    make=days,
    shape=shape_of("Traffic", TrafficTotals, TrafficRow),
    totals=_FIGURES,
    columns=(Column("day", "Day", "day"), *_FIGURES),
    chart=ChartOf("line", "day", "sessions", "Sessions"),
    nothing="Nobody came on these days. Visits are counted some seconds after they happen.",
)
SOURCES = Report(
    name="sources",
    title="Sources",
    lead="Where visits came from: campaigns, sites that lead here, or straight.",
    make=sources,
    shape=shape_of("Source", SourceTotals, SourceRow),
    totals=(
        Column("sessions", "Sessions"),
        Column("referred", "By a link or campaign"),
        Column("orders", "With an order"),
        Column("conversion", "Conversion", "share"),
    ),
    columns=(
        Column("source", "Source", "text"),
        Column("medium", "Medium", "text"),
        Column("campaign", "Campaign", "text"),
        Column("sessions", "Sessions"),
        Column("pages", "Pages a session", "number"),
        Column("seconds", "Time a session", "seconds"),
        Column("bounce_rate", "Bounces", "share", "worse"),
        Column("orders", "With an order"),
        Column("conversion", "Conversion", "share"),
    ),
    chart=ChartOf("bars", "source", "sessions", "Sessions"),
    nothing="Nobody came on these days.",
)
PAGES = Report(
    name="pages",
    title="Pages",
    lead="What visitors look at, where they begin and where they leave.",
    make=pages,
    shape=shape_of("Page", PageTotals, PageRow),
    totals=(
        Column("pages", "Pages viewed"),
        Column("views", "Views"),
        Column("entrances", "Entrances"),
    ),
    columns=(
        Column("path", "Page", "text"),
        Column("views", "Views"),
        Column("entrances", "Entrances"),
        Column("exits", "Exits"),
        Column("bounce_rate", "Bounces", "share", "worse"),
        Column("seconds", "Time on it", "seconds"),
    ),
    chart=ChartOf("bars", "path", "views", "Views"),
    nothing="No page was looked at on these days.",
)
