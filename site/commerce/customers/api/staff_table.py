"""The list of customers as CSV."""

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from django.conf import settings
from django.db.models import QuerySet

from commerce.customers import staff_selectors
from commerce.customers.models import User
from commerce.customers.staff_selectors import Figures
from core.money import Money
from core.rendering import utc_text

CHUNK = 500
COLUMNS = (
    "id", "email", "first_name", "last_name", "phone_number", "joined", "last_order_at",
    "orders_count", "groups", "is_staff", "marketing",
)  # fmt: skip


def csv_lines(customers: QuerySet[User]) -> Iterator[bytes]:
    """A heading, then a row for each, read in chunks: neither memory nor the queries for a
    chunk grow with their number.
    """
    yield _written([[*COLUMNS, *(f"spend_{currency}" for currency in settings.CURRENCIES)]])
    rows = customers.prefetch_related("groups").iterator(CHUNK)
    for chunk in iter(lambda: list(islice(rows, CHUNK)), []):
        figures = staff_selectors.figures_of(chunk)
        yield _written([_row(user, figures[user.pk]) for user in chunk])


def plain(text: str) -> str:
    """What somebody typed, so that a spreadsheet does not run it as a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text


def _row(user: User, figures: Figures) -> list[str]:
    last = figures.last_order_at
    return [
        str(user.pk),
        plain(user.email),
        plain(user.first_name),
        plain(user.last_name),
        plain(user.phone_number),
        utc_text(user.date_joined),
        utc_text(last) if last else "",
        str(figures.orders_count),
        plain(", ".join(sorted(group.name for group in user.groups.all()))),
        "yes" if user.is_staff else "no",
        "yes" if figures.wants_marketing else "no",
        *(Money(figures.spend.get(code, 0), code).amount for code in settings.CURRENCIES),
    ]


def _written(rows: list[list[str]]) -> bytes:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
