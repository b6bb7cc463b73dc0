"""The pages of the live dashboard and the reports: who sees them, what stands there, the file."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.money import Money
from realtime.admin.chart import chart
from realtime.admin.words import change, seconds, shown
from realtime.analytics import rollups
from realtime.reports.every import REPORTS
from realtime.reports.figures import ChartOf, Column
from tests.factories import make_shipping, make_staff, make_variant, sell_without_pages
from tests.realtime.analytics.events import came, raw
from tests.realtime.reports.history import sold

pytestmark = pytest.mark.django_db

LIVE = reverse("shop_live:index")


def page_of(name: str) -> str:
    return reverse("shop_reports:report", args=[name])


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_staff("wagtailadmin.access_admin", "realtime.view_reports"))
    return client


@pytest.mark.parametrize("address", [LIVE, page_of("traffic")])
def test_only_who_may_see_reports(client: Client, address: str) -> None:
    client.force_login(make_staff("wagtailadmin.access_admin"))
    assert client.get(address).status_code == 302
    menu = client.get(reverse("wagtailadmin_home")).content.decode()
    assert LIVE not in menu
    client.force_login(make_staff("wagtailadmin.access_admin", "realtime.view_reports"))
    assert client.get(address).status_code == 200
    menu = client.get(reverse("wagtailadmin_home")).content.decode()
    assert LIVE in menu


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_without_anything_says_so(desk: Client, name: str) -> None:
    page = desk.get(page_of(name)).content.decode()
    assert REPORTS[name].nothing in page
    assert "shop-reports__table" not in page


@pytest.mark.parametrize("name", REPORTS)
def test_figures_chart_table_and_file(desk: Client, name: str) -> None:
    sell_without_pages()
    make_shipping()
    now = timezone.now()
    mug = make_variant("<b>Mug</b>", price={"USD": 100_000}, stock=9)
    sold(now, {mug: 2}, email="one@example.com")
    came(raw(at=now), raw("product_view", now, product_id=mug.product_id), visitor=uuid4(),
         received_at=now)  # fmt: skip
    rollups.run()
    answer = desk.get(page_of(name), {"days": 7})
    page = answer.content.decode()
    if name in {"promotions", "offers", "abandoned-carts"}:
        return
    assert "<b>Mug</b>" not in page
    assert "shop-reports__table" in page
    assert "shop-plot__drawing" in page or "shop-bars__bar" in page or name == "stock-turnover"
    file = desk.get(page_of(name), {"days": 7, "export": "csv"})
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(b"".join(file.streaming_content).splitlines()) == len(answer.context["rows"]) + 1


def test_days_that_make_no_sense_are_named_and_the_usual_ones_shown(desk: Client) -> None:
    page = desk.get(page_of("traffic"), {"since": "2026-03-02", "until": "2026-03-01"})
    assert page.status_code == 200
    assert page.context["form"].errors == {"since": ["It is after `until`."]}
    assert page.context["span"].days == 30
    for query in ("since=%00", "compare=x&currency=y", "days=999999", "until=9999-12-31"):
        assert desk.get(f"{page_of('traffic')}?{query}").status_code == 200
    assert desk.get(page_of("nothing")).status_code == 404


def test_live_is_drawn_by_the_server(desk: Client) -> None:
    sell_without_pages()
    make_shipping()
    now = timezone.now()
    mug = make_variant("Mug", price={"USD": 1000}, stock=9)
    order = sold(now, {mug: 2})
    came(raw(at=now, path="/<script>/"), visitor=uuid4(), received_at=now)
    rollups.run()
    page = desk.get(LIVE)
    text = page.content.decode()
    assert page.context["now"]["visitors"] == 1
    assert order.number in text
    assert order.email not in text
    assert "/<script>/" not in text
    # Orders are opened by those who may see them.
    assert reverse("shop_orders:inspect", args=[order.pk]) not in text
    desk.force_login(
        make_staff("wagtailadmin.access_admin", "realtime.view_reports", "orders.view_order")
    )
    text = desk.get(LIVE).content.decode()
    assert reverse("shop_orders:inspect", args=[order.pk]) in text
    with CaptureQueriesContext(connection) as few:
        desk.get(LIVE)
    for number in range(4):
        sold(now, {make_variant(f"Cup {number}"): 1})
    with CaptureQueriesContext(connection) as more:
        desk.get(LIVE)
    assert len(few) == len(more)


@pytest.mark.parametrize(
    ("column", "now", "before", "wanted"),
    [
        (Column("a", "A"), 150, 100, ("+50 %", "positive", "100")),
        (Column("a", "A", more_is="worse"), 150, 100, ("+50 %", "critical", "100")),
        (Column("a", "A", more_is="neither"), 50, 100, ("−50 %", "", "100")),
        (Column("a", "A"), 1, 0, ("new", "positive", "0")),
        (Column("a", "A"), 3, 3, ("unchanged", "", "3")),
        (Column("a", "A", "share"), 0.25, 0.3, ("−5.0 points", "critical", "30.0 %")),
        (Column("a", "A", "share"), None, 0.3, ("", "", "30.0 %")),
        (Column("a", "A", "money"), Money(995, "USD"), Money(1000, "USD"),
         ("−0.5 %", "critical", "$10.00")),
    ],
)  # fmt: skip
def test_how_figures_changed(column: Column, now, before, wanted) -> None:
    assert tuple(change(column, now, before)) == wanted


def test_figures_in_words() -> None:
    assert [seconds(n) for n in (0, 59.6, 185, 3725)] == [
        "0 s", "1 min 00 s", "3 min 05 s", "1 h 02 min"
    ]  # fmt: skip
    assert shown(12345, "count") == "12,345"
    assert shown(None, "money") == "–"
    assert shown(date(2026, 3, 1), "month") == "Mar 2026"


def test_many_days_are_drawn_by_weeks() -> None:
    columns = [Column("day", "Day", "day"), Column("n", "N")]
    of = ChartOf("line", "day", "n", "Things")
    first = date(2026, 1, 1)
    rows = [{"day": first + timedelta(days=number), "n": 1} for number in range(100)]
    drawn = chart(of, columns, rows, rows[:8])
    assert drawn is not None
    assert (drawn.title, len(drawn.bars), drawn.top) == ("Things each week", 15, "8")
    assert drawn.bars[0].value == "7"
    assert drawn.before.count(" ") == 1
    assert chart(of, columns, [{"day": first, "n": 0}], []) is None
