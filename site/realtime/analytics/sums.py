"""Adds to rows of figures: `x = x + n` in the database, one statement for each table."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from core.personal import is_personal
from realtime.analytics.periods import periods_of
from realtime.analytics.sessions import Row, Visit
from realtime.models import (
    Audience,
    Figures,
    PageFigures,
    ProductFigures,
    SearchFigures,
    TrafficFigures,
)

Key = tuple[object, ...]
ROWS_AT_ONCE = 100
KEYS: dict[type[Figures], tuple[str, ...]] = {
    TrafficFigures: (),
    PageFigures: ("path",),
    ProductFigures: ("product_id",),
    SearchFigures: ("query",),
}


class Sums:
    """What is to be added, by table and key (period first)."""

    def __init__(self) -> None:
        self._tables: dict[type[Figures], dict[Key, Counter[str]]] = {}

    def add(self, table: type[Figures], at: datetime, *key: object, **amounts: int) -> None:
        """Add amounts to the hour and to the day of `at`."""
        rows = self._tables.setdefault(table, {})
        for period in periods_of(at):
            row = rows.setdefault((*period, *key), Counter())
            for name, amount in amounts.items():
                row[name] += amount

    def event(self, row: Row) -> None:
        """What one event adds by itself, whoever sent it and whatever else they did."""
        at, name = row.at, row.name
        if row.audience == Audience.BOT:
            self.add(TrafficFigures, at, bot_events=1)
        elif row.audience == Audience.STAFF:
            self.add(TrafficFigures, at, staff_events=1)
        elif name == "page_view":
            self.add(TrafficFigures, at, views=1, anonymous_views=int(row.visitor_id is None))
            self.add(PageFigures, at, row.data["path"], views=1)
        elif name == "search":
            found = row.data.get("results") != 0
            query = row.data["query"].lower()[:200]
            if not is_personal(query, found=found):
                self.add(SearchFigures, at, query, searches=1, without_results=int(not found))
        elif row.product_id is not None:
            self._product(row, row.product_id)

    def _product(self, row: Row, product_id: int) -> None:
        if row.name == "product_view":
            self.add(ProductFigures, row.at, product_id, views=1)
        elif row.name == "cart_add":
            units = row.data.get("quantity", 1)
            self.add(ProductFigures, row.at, product_id, cart_adds=1, units_added=units)
        elif row.name == "cart_remove":
            self.add(ProductFigures, row.at, product_id, cart_removes=1)

    def visit(self, visit: Visit, sign: int) -> None:
        """What a visit adds to its pages, or with the sign −1 what it had added."""
        if not visit.views:
            return
        first, last = visit.views[0], visit.views[-1]
        self.add(PageFigures, first.at, first.path, entrances=sign)
        self.add(PageFigures, last.at, last.path, exits=sign)
        if visit.bounced:
            self.add(PageFigures, first.at, first.path, bounces=sign)
        for view in visit.views:
            if view.seconds is not None:
                self.add(PageFigures, view.at, view.path, timed=sign, seconds=sign * view.seconds)

    def write(self) -> None:
        """Add all of it, in the caller's transaction."""
        for table, rows in self._tables.items():
            changed = sorted(key for key, amounts in rows.items() if any(amounts.values()))
            for begin in range(0, len(changed), ROWS_AT_ONCE):
                keys = changed[begin : begin + ROWS_AT_ONCE]
                _write(table, [(key, rows[key]) for key in keys])


def _write(table: type[Figures], rows: Iterable[tuple[Key, Counter[str]]]) -> None:
    keys = ("grain", "start", *KEYS[table])
    fields = [field for field in table._meta.concrete_fields if not field.primary_key]
    amounts = [field.attname for field in fields if field.attname not in keys]
    by_name = {field.attname: field for field in fields}
    parameters: list[Any] = []
    count = 0
    for key, added in rows:
        values = dict(zip(keys, key, strict=True)) | {name: added[name] for name in amounts}
        for name in (*keys, *amounts):
            parameters.append(by_name[name].get_db_prep_save(values[name], connection))
        count += 1
    columns = (*keys, *amounts)
    name = table._meta.db_table
    one = f"({', '.join(['%s'] * len(columns))})"
    more = ", ".join(f"{column} = {name}.{column} + excluded.{column}" for column in amounts)
    # Names of tables and columns are the models' own.
    statement = (
        f"INSERT INTO {name} ({', '.join(columns)}) VALUES {', '.join([one] * count)}"  # noqa: S608
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {more}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
