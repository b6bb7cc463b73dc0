"""Mails to the shop's staff: what runs low, and what a day brought."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from commerce.feedback.models import Inquiry, InquiryStatus
from commerce.inventory import selectors as inventory
from commerce.orders.models import Order, OrderStatus
from content.admin.work import rows as work
from content.mails.events import DIGEST_DUE, STOCK_RAN_LOW
from content.mails.kinds import Kind, Letter, Source, Text, declare, language
from content.mails.models import Mail, MailState
from content.mails.words import amount, day, words
from core.events import Event

SHOWN = 20
STAFF_VARIABLES = {"shop": "The shop's name."}
SAMPLE_TO = "staff@example.com"
Row = dict[str, str]


def _admin(path: str) -> str:
    return f"{settings.BASE_URL}/admin/{path}"


# ── Low stock ───────────────────────────────────────────────────────────────────────────
def _low_rows(locale: str, variant_ids: list[int] | None = None) -> tuple[list[Row], int]:
    """The scarcest variants as rows, and how many more there are."""
    rows = inventory.low_stock()
    if variant_ids is not None:
        rows = rows.filter(variant_id__in=variant_ids)
    levels = list(rows[: SHOWN + 1])
    more = rows.count() - SHOWN if len(levels) > SHOWN else 0
    said = words(locale)
    return [
        {
            "label": level.variant.product.name,
            "detail": " · ".join(filter(None, [level.variant.title, level.variant.sku])),
            "figure": f"{level.available} {said['left']}" if level.available else said["none_left"],
        }
        for level in levels[:SHOWN]
    ], more


def _more(locale: str, more: int) -> str:
    return words(locale)["and_more"].format(count=more) if more else ""


def _low_letter(to: str, locale: str, rows: list[Row], more: int) -> Letter:
    return Letter(
        to=to,
        locale=locale,
        values={"shop": settings.SHOP_NAME, "count": str(len(rows) + more)},
        parts={"sections": [{"rows": rows, "more": _more(locale, more)}]},
        button_url=_admin("shop/products/?stock=low"),
    )


def _build_low(source: Source) -> Letter | None:
    """None where everything was restocked meanwhile."""
    locale = language()
    rows, more = _low_rows(locale, source["variant_ids"])
    return _low_letter(source["to"], locale, rows, more) if rows else None


def _sample_low(locale: str) -> Letter:
    name = "Schwerelos-Sessel Aurora" if locale == "de" else "Aurora zero gravity chair"
    said = words(locale)
    rows = [
        {"label": name, "detail": "AUR-1", "figure": f"2 {said['left']}"},
        {"label": name, "detail": "AUR-2", "figure": said["none_left"]},
    ]
    return _low_letter(SAMPLE_TO, locale, rows, 0)


def _low_key(event: Event) -> str:
    return f"low_stock:{event.id}"


declare(
    Kind(
        name="low_stock",
        group="staff",
        label="Low stock",
        purpose="To STAFF_EMAILS, when variants run low: once for each until it is restocked,"
        " those of a minute in one mail.",
        event=STOCK_RAN_LOW,
        key=_low_key,
        build=_build_low,
        sample=_sample_low,
        template="report",
        why="why_staff",
        to_staff=True,
        variables={**STAFF_VARIABLES, "count": "How many variants ran low."},
        buttons={"en": "See the stock", "de": "Bestand ansehen"},
        texts={
            "en": Text(
                "Running low at {{ shop }}: {{ count }}",
                "Running low",
                "These reached their threshold:",
            ),
            "de": Text(
                "Wird knapp bei {{ shop }}: {{ count }}",
                "Wird knapp",
                "Hier ist die Meldeschwelle erreicht:",
            ),
        },
    )
)


# ── The day ─────────────────────────────────────────────────────────────────────────────
def _digest_letter(to: str, locale: str, when: date, sections: list[dict[str, Any]]) -> Letter:
    return Letter(
        to=to,
        locale=locale,
        values={"shop": settings.SHOP_NAME, "date": day(when, locale)},
        parts={"sections": sections},
        button_url=_admin(""),
    )


def _figures(
    locale: str, *, orders: int, revenue: dict[str, int], waiting: dict[str, int]
) -> dict[str, Any]:
    said = words(locale)
    money = ", ".join(amount(minor, code, locale) for code, minor in sorted(revenue.items()))
    rows: list[Row] = [
        {"label": said["orders"], "figure": str(orders)},
        {"label": said["revenue"], "figure": money or said["no_orders"]},
        *({"label": said[name], "figure": str(count)} for name, count in waiting.items()),
    ]
    return {"rows": rows}


def _stock_section(locale: str, rows: list[Row], more: int) -> dict[str, Any]:
    said = words(locale)
    return {
        "heading": said["low_stock"],
        "rows": rows,
        "more": _more(locale, more) if rows else said["nothing_low"],
    }


def _build_digest(source: Source) -> Letter:
    """The day by the shop's clock; what waits and what is low as it is now."""
    locale, when = language(), date.fromisoformat(source["date"])
    begin = timezone.make_aware(datetime.combine(when, time.min))
    end = timezone.make_aware(datetime.combine(when + timedelta(days=1), time.min))
    placed = Order.objects.filter(placed_at__gte=begin, placed_at__lt=end)
    by_currency = (
        placed.exclude(status=OrderStatus.CANCELLED)
        .order_by()
        .values("currency")
        .annotate(n=Count("pk"), total=Sum("total_minor"))
    )
    figures = _figures(
        locale,
        orders=placed.count(),
        revenue={row["currency"]: row["total"] for row in by_currency},
        waiting={
            "open_inquiries": Inquiry.objects.filter(status=InquiryStatus.OPEN).count(),
            "failed_mails": Mail.objects.filter(state=MailState.FAILED).count(),
            "failed_tasks": work.failed().count,
        },
    )
    sections = [figures, _stock_section(locale, *_low_rows(locale))]
    return _digest_letter(source["to"], locale, when, sections)


def _sample_digest(locale: str) -> Letter:
    waiting = {"open_inquiries": 2, "failed_mails": 0, "failed_tasks": 0}
    low = _sample_low(locale).parts["sections"][0]["rows"]
    sections = [
        _figures(locale, orders=14, revenue={"EUR": 1284300, "USD": 87450}, waiting=waiting),
        _stock_section(locale, low, 0),
    ]
    return _digest_letter(SAMPLE_TO, locale, date(2026, 5, 12), sections)


declare(
    Kind(
        name="daily_digest",
        group="staff",
        label="The day before",
        purpose="To STAFF_EMAILS, every morning after DIGEST_HOUR: orders, revenue, what waits,"
        " what runs low.",
        event=DIGEST_DUE,
        key=lambda event: f"daily_digest:{event.payload['date']}",
        build=_build_digest,
        sample=_sample_digest,
        template="report",
        why="why_staff",
        to_staff=True,
        variables={**STAFF_VARIABLES, "date": "The day that it tells about."},
        buttons={"en": "Open the admin", "de": "Zur Verwaltung"},
        texts={
            "en": Text(
                "{{ shop }} on {{ date }}",
                "Your shop on {{ date }}",
                "This is what the day brought.",
            ),
            "de": Text(
                "{{ shop }} am {{ date }}",
                "Ihr Laden am {{ date }}",
                "Das hat der Tag gebracht.",
            ),
        },
    )
)
