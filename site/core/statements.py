"""SELECTs of the hot paths, compiled to SQL once and run with other parameters each time.

Django builds and compiles a queryset on every use, which takes longer than such a query does.
Rows come as the database gives them: JSON is text, and SQLite has numbers for booleans.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def compiled(rows: QuerySet[Any, Any], markers: Sequence[Any]) -> str:
    """The SQL of a `values_list` that was built with `markers` in the place of its parameters.

    Keep the answer for each `connection.vendor`. Raises RuntimeError where the compiler puts
    the parameters in another order, so that a new Django cannot mix them up unnoticed.
    """
    sql, parameters = rows.query.sql_with_params()
    if list(parameters) != list(markers):
        raise RuntimeError(f"The parameters of a statement are {parameters!r} now.")
    return sql


def padded(ids: Iterable[int]) -> list[int]:
    """Distinct ids, the last repeated up to a power of two: few statements serve all lengths."""
    distinct = list(dict.fromkeys(ids))
    if not distinct:
        return []
    size = 1 << (len(distinct) - 1).bit_length()
    return distinct + distinct[-1:] * (size - len(distinct))


def rows_of(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a compiled statement, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
