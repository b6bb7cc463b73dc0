"""Looks for words in every column of every table, as the database itself lists them."""

import json
from collections.abc import Iterable

from django.db import connection


def traces_of(words: Iterable[str], *, but_in: Iterable[str] = ()) -> list[str]:
    """Where a word stands in any case: `table.column: word`. Sessions are read decoded."""
    wanted, left_out = list(words), set(but_in)
    found = []
    for table in tables():
        if table not in left_out:
            found += [f"{table}.{name}: {word}" for name, word in _of_table(table, wanted)]
    return sorted(found)


def tables() -> list[str]:
    """Every table of the database, virtual ones and those of no model included."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        else:
            cursor.execute(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            )
        return sorted(row[0] for row in cursor.fetchall())


def _of_table(table: str, words: list[str]) -> Iterable[tuple[str, str]]:
    quoted = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quoted}")  # noqa: S608
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    for row in rows:
        for name, value in zip(names, row, strict=True):
            text = _text(value).lower()
            for word in words:
                # JSON may have escaped what is not ASCII.
                escaped = json.dumps(word.lower())[1:-1]
                if word.lower() in text or escaped in text:
                    yield name, word


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return "" if value is None else str(value)
