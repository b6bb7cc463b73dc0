"""The day of events in data/, read, sent and counted."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from commerce.orders.models import HistoryEntry, Order, OrderStatus
from realtime.analytics import ingest, schemas
from realtime.analytics.senders import Sender
from realtime.models import (
    Audience,
    Event,
    Figures,
    PageFigures,
    ProductFigures,
    SearchFigures,
    SourceFigures,
    TrafficFigures,
)

DATA = Path(__file__).parent / "data"
START = datetime(2026, 3, 10, tzinfo=UTC)
# When all of it has come: nothing is moved.
RECEIVED = START + timedelta(hours=23, minutes=59)

Raw = dict[str, Any]


def events() -> list[Raw]:
    """Every event with its `visitor` and, for bots and staff, `audience`."""
    return [json.loads(line) for line in (DATA / "day.jsonl").read_text().splitlines()]


def expected() -> dict[str, Any]:
    """The figures that it has to give."""
    return json.loads((DATA / "day.json").read_text())


def sender_of(event: Raw) -> Sender:
    visitor = UUID(event["visitor"]) if event["visitor"] else None
    return Sender(visitor, None, event.get("audience", Audience.PEOPLE))


def send(batch: Sequence[Raw], *, received_at: datetime = RECEIVED) -> int:
    """Store events as their senders' batches; how many were new."""
    incoming = []
    for event in batch:
        checked, errors = schemas.check_all([event])
        assert errors == []
        incoming.append(ingest.Incoming(checked, sender_of(event), received_at))
    return len(ingest.store(incoming))


def in_batches(rows: Sequence[Raw], size: int = 20) -> Iterable[Sequence[Raw]]:
    return (rows[begin : begin + size] for begin in range(0, len(rows), size))


def make_orders(order: Order, wanted: list[dict[str, Any]]) -> None:
    """Copies of an order, numbered as the day wants them; some were cancelled since."""
    template = Order.objects.get(pk=order.pk)
    for each in wanted:
        copy = Order.objects.get(pk=template.pk)
        copy.pk = copy.cart_id = None
        copy.id = Order._meta.pk.get_default()
        copy.token = f"token-{each['number']}"
        copy.number = each["number"]
        copy.status = OrderStatus.PROCESSING if each["counts"] else OrderStatus.CANCELLED
        copy.save(force_insert=True)
        entry = HistoryEntry.objects.create(
            order=copy, from_status=OrderStatus.PENDING, to_status=OrderStatus.PROCESSING
        )
        HistoryEntry.objects.filter(pk=entry.pk).update(at=datetime.fromisoformat(each["at"]))


def figures() -> dict[str, Any]:
    """What has been counted, in the shape of `expected`."""
    [day] = TrafficFigures.objects.filter(grain="day")
    assert day.start == START
    return {
        "day": _amounts(day),
        "hours": {
            row.start.strftime("%Y-%m-%dT%H"): amounts
            for row in TrafficFigures.objects.filter(grain="hour")
            if (amounts := _amounts(row))
        },
        "pages": _table(PageFigures, "path"),
        "products": _table(ProductFigures, "product_id"),
        "searches": _table(SearchFigures, "query"),
        "sources": _table(SourceFigures, "source", "medium", "campaign"),
    }


def _table(table: type[Figures], *keys: str) -> dict[str, dict[str, int]]:
    """Rows of the day, which have to be what the hours add up to."""
    found = {}
    for grain in ("day", "hour"):
        rows: dict[str, Counter[str]] = {}
        for row in table.objects.filter(grain=grain):
            key = " / ".join(str(getattr(row, name)) for name in keys)
            rows.setdefault(key, Counter()).update(_amounts(row, *keys))
        found[grain] = rows
    for key, row in found["day"].items():
        for name in row.keys() - {"visitors"}:
            assert found["hour"][key][name] == row[name], (table, key, name)
    return {key: dict(row) for key, row in found["day"].items() if row}


def _amounts(row: Figures, *keys: str) -> dict[str, int]:
    fields = {field.attname for field in row._meta.concrete_fields}
    names = fields - {"id", "grain", "start", *keys}
    return {name: amount for name in names if (amount := getattr(row, name))}


def stored() -> int:
    return Event.objects.count()
