"""A report's rows as CSV: UTF-8, one heading, nothing that a spreadsheet runs as a formula."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from commerce.customers.api.staff_table import plain
from core.money import Money
from realtime.reports.buyers import MONTHS
from realtime.reports.figures import Column, Report
from realtime.reports.spans import Span

CHUNK = 500


def file_name(report: Report, span: Span) -> str:
    """What the file is called."""
    return f"{report.name}-{span.first}-{span.last}.csv"


def csv_lines(report: Report, rows: Sequence[Any], currency: str) -> Iterator[bytes]:
    """A heading, then every row; amounts in whole units, shares from 0 to 1, times in seconds."""
    yield _written([_heading(report.columns, currency)])
    for begin in range(0, len(rows), CHUNK):
        yield _written([_cells(report.columns, row) for row in rows[begin : begin + CHUNK]])


def _heading(columns: Sequence[Column], currency: str) -> list[str]:
    names: list[str] = []
    for column in columns:
        if column.kind == "shares":
            names += [f"{column.label} {number}" for number in range(1, MONTHS + 1)]
        elif column.kind == "money":
            names.append(f"{column.label} ({currency})")
        else:
            names.append(column.label)
    return names


def _cells(columns: Sequence[Column], row: Any) -> list[str]:
    cells: list[str] = []
    for column in columns:
        value = row[column.key]
        cells += [_cell(each) for each in value] if column.kind == "shares" else [_cell(value)]
    return cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Money):
        return value.amount
    return plain(value) if isinstance(value, str) else str(value)


def _written(rows: list[list[str]]) -> bytes:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
