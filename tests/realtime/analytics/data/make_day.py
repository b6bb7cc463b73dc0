"""Writes day.jsonl, a day of events, and day.json, the figures that it has to give.

    python tests/realtime/analytics/data/make_day.py

The figures are noted while the visits are made up, visit by visit, and not computed from the
events: whoever counts the events has to come to them by another way. Always the same files.
"""

import json
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

HERE = Path(__file__).parent
DAY = datetime(2026, 3, 10, tzinfo=UTC)
VISITORS = 60
PATHS = ["/", "/products/", "/products/mug/", "/products/scarf/", "/about/", "/cart/", "/checkout/"]
PRODUCTS = {"/products/mug/": 1, "/products/scarf/": 2}
QUERIES = ["mug", "Red Scarf", "teapot"]
ORIGINS = [
    ("direct", ("(direct)", "(none)", "(none)")),
    ("https://search.example/find?q=secret", ("search.example", "referral", "(none)")),
    ("spring", ("news", "mail", "spring")),
    ("summer", ("news", "mail", "summer")),
]


class Day:
    """The events so far and what is known of them."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.events: list[dict[str, object]] = []
        self.hours: dict[str, Counter[str]] = defaultdict(Counter)
        self.visitors: dict[str, set[str]] = defaultdict(set)
        self.tables: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        self.source_visitors: dict[str, set[str]] = defaultdict(set)
        self.orders: list[dict[str, object]] = []

    def uuid(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def event(self, name: str, at: datetime, visitor: str | None, data: object, **more: str) -> str:
        event_id = self.uuid()
        self.events.append(
            {"id": event_id, "name": name, "at": at.isoformat(), "data": data, "visitor": visitor}
            | more
        )
        return event_id

    def note(self, at: datetime, **amounts: int) -> None:
        self.hours[at.strftime("%Y-%m-%dT%H")].update(amounts)

    def page(self, path: str, **amounts: int) -> None:
        self.tables["pages"][path].update(amounts)

    # ── One visit ───────────────────────────────────────────────────────────────────────
    def visit(self, visitor: str, at: datetime, origin: int) -> datetime:
        """Make up a visit and note what it adds; when its last event is."""
        chance = self.chance
        said, (source, medium, campaign) = ORIGINS[origin]
        started, views, did = at, [], Counter[str]()
        for number in range(chance.choice([1, 1, 2, 3, 4, 5])):
            path = chance.choice(PATHS)
            data: dict[str, object] = {"path": path, "unknown": "passed over"}
            if number == 0 and said.startswith("https"):
                data["referrer"] = said
            elif number == 0 and said != "direct":
                if chance.random() < 0.5:
                    data["utm"] = {"source": source, "medium": medium, "campaign": campaign}
                else:
                    data["path"] = (
                        f"{path}?utm_source=news&utm_medium=mail&utm_campaign={campaign}&email=x"
                    )
            view = self.event("page_view", at, visitor, data)
            views.append(path)
            self.note(at, views=1)
            self.page(path, views=1)
            at = self._on_page(view, path, at, visitor, did) + timedelta(seconds=1)
        self._close(visitor, started, at, views, did, (source, medium, campaign))
        return at

    def _on_page(
        self, view: str, path: str, at: datetime, visitor: str, did: Counter[str]
    ) -> datetime:
        chance, seen = self.chance, at
        if product := PRODUCTS.get(path):
            at += timedelta(seconds=1)
            self.event("product_view", at, visitor, {"product_id": product})
            self.tables["products"][str(product)]["views"] += 1
            did["product"] += 1
            if chance.random() < 0.4:
                at += timedelta(seconds=chance.randint(5, 60))
                units = chance.randint(1, 3)
                self.event("cart_add", at, visitor, {"product_id": product, "quantity": units})
                self.tables["products"][str(product)].update(cart_adds=1, units_added=units)
                did["cart"] += 1
        elif path == "/products/" and chance.random() < 0.6:
            at += timedelta(seconds=chance.randint(2, 30))
            query = chance.choice(QUERIES)
            results = 0 if query == "teapot" else chance.randint(1, 9)
            self.event("search", at, visitor, {"query": f" {query} ", "results": results})
            self.tables["searches"][query.lower()].update(
                searches=1, without_results=int(not results)
            )
            did["search"] += 1
        elif path == "/checkout/":
            at += timedelta(seconds=2)
            self.event("checkout_start", at, visitor, {})
            did["checkout"] += 1
            if chance.random() < 0.6:
                at += timedelta(seconds=90)
                number = f"DAY{len(self.orders):05}"
                self.event("purchase", at, visitor, {"order_number": number})
                counts = chance.random() < 0.75
                self.orders.append({"number": number, "at": at.isoformat(), "counts": counts})
                did["purchase"] += 1
                did["order"] += counts
        how = chance.choice(["leave", "leave", "said", "heartbeats", "nothing"])
        if how == "nothing":
            return at + timedelta(seconds=chance.randint(1, 600))
        at += timedelta(seconds=chance.randint(3, 400))
        lasted = int((at - seen).total_seconds())
        if how == "leave":
            self.event("page_leave", at, visitor, {"path": path})
        elif how == "said":
            lasted = chance.randint(1, lasted)
            self.event("heartbeat", at, visitor, {"view": view, "seconds": max(1, lasted - 1)})
            self.event("page_leave", at, visitor, {"view": view, "seconds": lasted})
        else:
            for beat in range(30, lasted, 30):
                self.event("heartbeat", seen + timedelta(seconds=beat), visitor, {"view": view})
            self.event("heartbeat", at, visitor, {"view": view})
        self.page(path, timed=1, seconds=min(lasted, 1800))
        return at

    def _close(
        self,
        visitor: str,
        started: datetime,
        at: datetime,
        views: list[str],
        did: Counter[str],
        origin: tuple[str, str, str],
    ) -> None:
        last = max(
            datetime.fromisoformat(str(event["at"]))
            for event in self.events
            if event["visitor"] == visitor and started <= datetime.fromisoformat(str(event["at"]))
        )
        engaged = any(did[name] for name in ("cart", "search", "checkout", "purchase"))
        bounced = int(len(views) == 1 and not engaged)
        of_all = Counter(
            sessions=1,
            session_views=len(views),
            seconds=int((last - started).total_seconds()),
            bounces=bounced,
            with_order=int(did["order"] > 0),
        )
        self.note(started, **of_all)
        self.note(
            started,
            with_product=int(did["product"] > 0),
            with_cart=int(did["cart"] > 0),
            with_checkout=int(did["checkout"] > 0),
        )
        source = " / ".join(origin)
        self.tables["sources"][source].update(of_all)
        self.source_visitors[source].add(visitor)
        self.visitors[started.strftime("%Y-%m-%dT%H")].add(visitor)
        self.page(views[0], entrances=1, bounces=bounced)
        self.page(views[-1], exits=1)


def make() -> Day:
    """The whole day."""
    day = Day()
    chance = day.chance
    for number in range(VISITORS):
        visitor = day.uuid()
        at = DAY + timedelta(seconds=chance.randint(0, 12 * 3600))
        origin = chance.randrange(len(ORIGINS))
        for _ in range(chance.choice([1, 1, 2, 3])):
            at = day.visit(visitor, at, origin)
            if chance.random() < 0.3:
                # Another campaign begins another visit at once.
                at += timedelta(minutes=5)
                origin = 3 if origin == 2 else 2
            else:
                pause = chance.randint(31, 150)
                if number % 5 == 0:
                    # A page that is left much later belongs to no visit.
                    late = at + timedelta(minutes=45)
                    day.event("page_leave", late, visitor, {"path": "/"})
                    pause = chance.randint(90, 150)
                at += timedelta(minutes=pause)
                origin = chance.randrange(len(ORIGINS))
    for number in range(40):
        at = DAY + timedelta(minutes=30 * number)
        path = chance.choice(PATHS)
        day.event("page_view", at, None, {"path": path})
        day.note(at, views=1, anonymous_views=1)
        day.page(path, views=1)
        day.event("page_view", at, day.uuid(), {"path": "/"}, audience="bot")
        day.note(at, bot_events=1)
        if number % 4 == 0:
            day.event("cart_add", at, day.uuid(), {"product_id": 1}, audience="staff")
            day.note(at, staff_events=1)
    return day


def expected(day: Day) -> dict[str, object]:
    """The figures of the whole day, and of each of its hours."""
    hours = {
        hour: {name: amount for name, amount in amounts.items() if amount}
        for hour, amounts in sorted(day.hours.items())
    }
    for hour, visitors in day.visitors.items():
        hours[hour]["visitors"] = len(visitors)
    total: Counter[str] = Counter()
    for amounts in day.hours.values():
        total.update(amounts)
    everybody = set().union(*day.visitors.values())
    for source, visitors in day.source_visitors.items():
        day.tables["sources"][source]["visitors"] = len(visitors)
    return {
        "day": dict(total) | {"visitors": len(everybody)},
        "hours": hours,
        "orders": day.orders,
        **{
            table: {
                key: {name: amount for name, amount in row.items() if amount}
                for key, row in sorted(rows.items())
            }
            for table, rows in day.tables.items()
        },
    }


if __name__ == "__main__":
    made = make()
    made.events.sort(key=lambda event: (str(event["at"]), str(event["id"])))
    lines = [json.dumps(event, separators=(",", ":")) for event in made.events]
    (HERE / "day.jsonl").write_text("\n".join(lines) + "\n")
    (HERE / "day.json").write_text(json.dumps(expected(made), indent=1, sort_keys=True) + "\n")
