"""Traffic, sources, pages and the funnel of a few visits."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from core.money import Money
from realtime.analytics import rollups
from realtime.reports.every import REPORTS
from realtime.reports.figures import answer
from realtime.reports.spans import Span
from tests.factories import make_shipping, make_variant, sell_without_pages
from tests.realtime.analytics.events import MINUTE, NOON, came, raw
from tests.realtime.reports.history import sold

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

DAY = timedelta(days=1)
TENTH = date(2026, 3, 10)
SPAN = Span(TENTH, TENTH)


def made(name: str, span: Span = SPAN, **more):
    return answer(REPORTS[name], span, currency="USD", **more)


@pytest.fixture
def visits() -> None:
    """One who orders by way of a campaign, one who bounces, one without consent, one the day
    before; the shop sold something that day."""
    sell_without_pages()
    make_shipping()
    mug = make_variant("Mug", price={"USD": 1000}, stock=9)
    order = sold(NOON + 10 * MINUTE, {mug: 2})
    ada, other = uuid4(), uuid4()
    came(
        raw(path="/", utm={"source": "news", "medium": "mail", "campaign": "may"}),
        raw("product_view", NOON + MINUTE, product_id=mug.product_id),
        raw("page_view", NOON + 2 * MINUTE, path="/cart/"),
        raw("cart_add", NOON + 3 * MINUTE, product_id=mug.product_id, quantity=2),
        raw("checkout_start", NOON + 5 * MINUTE),
        raw("purchase", NOON + 10 * MINUTE, order_id=str(order.pk)),
        visitor=ada,
    )
    came(raw(path="/about/", referrer="https://example.com/x"), visitor=other)
    came(raw(path="/"))
    came(raw(path="/", at=NOON - DAY), visitor=other, received_at=NOON)
    rollups.run()


def test_traffic(visits: None) -> None:
    totals = {
        "visitors": 2,
        "sessions": 2,
        "views": 4,
        "anonymous_views": 1,
        "pages": 1.5,
        "seconds": 300.0,
        "bounce_rate": 0.5,
        "conversion": 0.5,
    }
    before = {
        "visitors": 1,
        "sessions": 1,
        "views": 1,
        "anonymous_views": 0,
        "pages": 1.0,
        "seconds": 0.0,
        "bounce_rate": 1.0,
        "conversion": 0.0,
    }
    assert made("traffic", compare="previous") == {
        "report": "traffic",
        "currency": "USD",
        "since": TENTH,
        "until": TENTH,
        "totals": totals,
        "rows": [{"day": TENTH, **totals}],
        "before": {
            "since": TENTH - DAY,
            "until": TENTH - DAY,
            "totals": before,
            "rows": [{"day": TENTH - DAY, **before}],
        },
    }
    two_days = made("traffic", Span(TENTH - DAY, TENTH))
    assert two_days["totals"]["visitors"] == 2, "who came on both days is one"
    assert [row["visitors"] for row in two_days["rows"]] == [1, 2]


def test_sources_and_pages(visits: None) -> None:
    sources = made("sources")
    assert sources["totals"] == {"sessions": 2, "referred": 2, "orders": 1, "conversion": 0.5}
    assert [(row["source"], row["medium"], row["sessions"], row["orders"], row["bounce_rate"])
            for row in sources["rows"]] == [
        ("example.com", "referral", 1, 0, 1.0), ("news", "mail", 1, 1, 0.0)
    ]  # fmt: skip
    pages = made("pages")
    assert pages["totals"] == {"pages": 3, "views": 4, "entrances": 2}
    assert [(row["path"], row["views"], row["entrances"], row["exits"]) for row in pages["rows"]] \
        == [("/", 2, 1, 0), ("/about/", 1, 1, 1), ("/cart/", 1, 0, 1)]  # fmt: skip


def test_funnel(visits: None) -> None:
    funnel = made("funnel")
    assert funnel["totals"] == {
        "sessions": 2,
        "orders": 1,
        "conversion": 0.5,
        "cart_rate": 0.5,
        "checkout_rate": 0.5,
    }
    assert [(r["step"], r["sessions"], r["of_all"], r["of_former"]) for r in funnel["rows"]] == [
        ("sessions", 2, 1.0, None),
        ("product", 1, 0.5, 0.5),
        ("cart", 1, 0.5, 1.0),
        ("checkout", 1, 0.5, 1.0),
        ("order", 1, 0.5, 1.0),
    ]


def test_products_from_view_to_order(visits: None) -> None:
    products = made("products")
    [row] = products["rows"]
    assert row == {
        "product_id": row["product_id"],
        "name": "Mug",
        "views": 1,
        "cart_adds": 1,
        "orders": 1,
        "units": 2,
        "revenue": Money(2000, "USD"),
        "cart_rate": 1.0,
        "order_rate": 1.0,
    }
    assert answer(REPORTS["products"], SPAN, currency="EUR")["totals"]["units"] == 0


def test_summary(visits: None) -> None:
    summary = made("summary")
    total = summary["totals"]["revenue"]
    assert total.minor >= 2000
    assert summary["totals"] == {
        "revenue": total,
        "orders": 1,
        "average_order": total,
        "visitors": 2,
        "sessions": 2,
        "conversion": 0.5,
        "abandoned_carts": 0,
        "abandoned_worth": Money(0, "USD"),
    }
    assert summary["rows"] == [
        {"day": TENTH, "visitors": 2, "sessions": 2, "orders": 1, "revenue": total}
    ]
    assert [each["name"] for each in summary["top_products"]] == ["Mug"]
    assert [each["sessions"] for each in summary["funnel"]] == [2, 1, 1, 1, 1]


@pytest.mark.parametrize("name", REPORTS)
def test_days_without_anything(name: str) -> None:
    empty = made(name, Span(TENTH - DAY, TENTH), compare="year")
    zeros = [value for value in empty["totals"].values() if value is not None]
    assert all(value in {0, Money(0, "USD")} for value in zeros)
    assert empty["before"]["since"] == date(2025, 3, 9)
