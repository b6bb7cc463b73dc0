"""What a visit is: a pure function of one visitor's events. docs/analytics.md says it in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

PAUSE = timedelta(minutes=30)
# What a visitor does; leaving, heartbeats and offers go with a visit and begin none.
ACTS = frozenset(
    {"page_view", "product_view", "search", "cart_add", "cart_remove", "checkout_start", "purchase"}
)
# After one of these a visit with a single page was no bounce.
ENGAGED = ACTS - {"page_view", "product_view"}
ENDS_OF_VIEW = frozenset({"page_leave", "heartbeat"})
LONGEST_VIEW = 1800  # seconds
DIRECT, REFERRAL, NONE = "(direct)", "referral", "(none)"


class Row(NamedTuple):
    """An event as the rollup reads it."""

    id: UUID
    at: datetime
    batch_id: int
    name: str
    audience: str
    visitor_id: UUID | None
    customer_id: UUID | None
    product_id: int | None
    data: dict[str, Any]


Origin = tuple[str, str, str]


@dataclass(slots=True)
class View:
    """A page that was looked at. `seconds` is None where nothing told of its end."""

    id: UUID
    path: str
    at: datetime
    said: int | None = None  # by the client: how long it was visible
    seen_until: datetime | None = None

    @property
    def seconds(self) -> int | None:
        """How long it was looked at, at most LONGEST_VIEW."""
        if self.said is not None:
            return min(self.said, LONGEST_VIEW)
        if self.seen_until is None:
            return None
        return min(int((self.seen_until - self.at).total_seconds()), LONGEST_VIEW)


@dataclass(slots=True)
class Visit:
    """One session, as it will stand in its row."""

    id: UUID
    visitor_id: UUID
    started_at: datetime
    ended_at: datetime
    origin: Origin
    referrer: str = ""
    customer_id: UUID | None = None
    events: int = 0
    product_views: int = 0
    searches: int = 0
    cart_adds: int = 0
    checkouts: int = 0
    engaged: bool = False
    views: list[View] = field(default_factory=list)

    @property
    def bounced(self) -> bool:
        """At most one page, and nothing done there."""
        return len(self.views) <= 1 and not self.engaged


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By time; the id decides between equal times, so that every run gives the same."""
    return sorted(rows, key=lambda row: (row.at, row.id))


def campaign_of(row: Row) -> Origin | None:
    """The campaign that an event came with."""
    utm = row.data.get("utm")
    if not utm:
        return None
    return utm.get("source", NONE), utm.get("medium", NONE), utm.get("campaign", NONE)


def origin_of(row: Row) -> Origin:
    """Where a visit that begins with this event came from: campaign, else referrer, else direct."""
    if campaign := campaign_of(row):
        return campaign
    host = urlsplit(row.data.get("referrer", "")).hostname
    return (host[:100], REFERRAL, NONE) if host else (DIRECT, NONE, NONE)


def visits_of(rows: Sequence[Row]) -> Iterator[Visit]:
    """The visits in all events of one visitor, which have to be in order.

    A visit ends with a pause of more than 30 minutes, or with an act under another campaign.
    """
    visit: Visit | None = None
    for row in rows:
        pausing = visit is None or row.at - visit.ended_at > PAUSE
        campaign = campaign_of(row)
        other = visit is not None and campaign is not None and campaign != visit.origin
        if pausing or other:
            if row.name not in ACTS:
                continue
            if visit is not None:
                yield visit
            visit = _begun(row)
        assert visit is not None  # noqa: S101 (for mypy: it has just begun)
        _count(visit, row)
    if visit is not None:
        yield visit


def _begun(row: Row) -> Visit:
    assert row.visitor_id is not None  # noqa: S101 (for mypy: callers leave out who has none)
    return Visit(
        id=row.id,
        visitor_id=row.visitor_id,
        started_at=row.at,
        ended_at=row.at,
        origin=origin_of(row),
        referrer=row.data.get("referrer", ""),
    )


def _count(visit: Visit, row: Row) -> None:
    name = row.name
    visit.ended_at = row.at
    visit.events += 1
    visit.customer_id = row.customer_id or visit.customer_id
    visit.engaged |= name in ENGAGED
    if name == "page_view":
        visit.views.append(View(row.id, row.data["path"], row.at))
    elif name == "product_view":
        visit.product_views += 1
    elif name == "search":
        visit.searches += 1
    elif name == "cart_add":
        visit.cart_adds += 1
    elif name == "checkout_start":
        visit.checkouts += 1
    elif name in ENDS_OF_VIEW and (view := _viewed(visit, row)):
        view.seen_until = row.at
        if "seconds" in row.data:
            view.said = max(view.said or 0, row.data["seconds"])


def _viewed(visit: Visit, row: Row) -> View | None:
    """Which view is meant: the one it names, else the last one of its path, else the last."""
    wanted, path = row.data.get("view"), row.data.get("path")
    for view in reversed(visit.views):
        if wanted:
            if str(view.id) == wanted:
                return view
        elif not path or view.path == path:
            return view
    return None
