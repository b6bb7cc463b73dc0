"""Reports over HTTP: who may, which days, and the file."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from content.admin.groups import SHOP_MANAGERS
from realtime.reports.every import REPORTS
from tests.factories import (
    another_client,
    make_customer,
    make_shipping,
    make_staff,
    make_variant,
    place,
    sell_without_pages,
)
from tests.realtime.reports.history import sold

pytestmark = pytest.mark.django_db

URL = "/api/admin/analytics/"
VIEW = "realtime.view_reports"
PATHS = [*(f"{name}/" for name in REPORTS), "traffic/export/", "live/"]


@pytest.fixture
def staff():
    return another_client(make_staff(VIEW))


@pytest.mark.parametrize("path", PATHS)
def test_staff_with_the_permission_and_nobody_else(staff, path: str) -> None:
    for client, status in (
        (another_client(), 401),
        (another_client(make_customer()), 403),
        (another_client(make_staff("orders.view_order")), 403),
        (staff, 200),
    ):
        answer = client.get(URL + path)
        assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"


def test_shop_managers_may() -> None:
    manager = make_staff()
    manager.groups.add(Group.objects.get(name=SHOP_MANAGERS))
    assert another_client(manager).get(f"{URL}summary/").status_code == 200


def test_a_report_and_its_file(staff) -> None:
    sell_without_pages()
    make_shipping()
    mug = make_variant("=SUM(A1)", price={"USD": 1000}, stock=9)
    at = timezone.now() - timedelta(hours=1)
    sold(at, {mug: 2})
    answer = staff.get(f"{URL}products/?compare=previous").json()
    assert answer["rows"] == [
        {
            "product_id": mug.product_id,
            "name": "=SUM(A1)",
            "views": 0,
            "cart_adds": 0,
            "orders": 1,
            "units": 2,
            "revenue": {"amount": "20.00", "currency": "USD"},
            "cart_rate": None,
            "order_rate": None,
        }
    ]
    assert answer["before"]["rows"] == []
    file = staff.get(f"{URL}products/export/?until={at.date()}", headers={"accept": "text/csv"})
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    first = at.date() - timedelta(days=29)
    assert file.headers["Content-Disposition"] == (
        f'attachment; filename="products-{first}-{at.date()}.csv"'
    )
    assert b"".join(file.streaming_content).decode() == (
        "Product,Views,Carts,Orders,Units,Revenue (USD),Carts to views,Orders to views\r\n"
        "'=SUM(A1),0,0,1,2,20.00,,\r\n"
    )


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_a_file(staff, name: str) -> None:
    sell_without_pages()
    make_shipping()
    place({make_variant(): 1})
    lines = b"".join(staff.get(f"{URL}{name}/export/").streaming_content).decode().splitlines()
    assert len({line.count(",") for line in lines}) == 1, "as many cells as headings"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("since=2026-02-30", "since"),
        ("since=%00", "since"),
        ("since=0001-01-01&until=0001-01-02", "until"),
        ("since=1999-12-31&until=2000-01-02", "since"),
        ("until=9999-12-31", "until"),
        ("since=2026-03-02&until=2026-03-01", "since"),
        ("since=2020-01-01&until=2026-01-01", "since"),
        ("since=" + "9" * 400, "since"),
        ("currency=XYZ", "currency"),
        ("compare=never", "compare"),
    ],
)
def test_what_makes_no_sense_is_refused(staff, query: str, field: str) -> None:
    answer = staff.get(f"{URL}summary/?{query}")
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["code"] == "validation_error"
    assert [error["field"] for error in problem["errors"]] == [field]


def test_there_is_no_other_report(staff) -> None:
    assert staff.get(f"{URL}secrets/").status_code == 404
    assert staff.get(f"{URL}secrets/export/").status_code == 404
