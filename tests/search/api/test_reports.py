"""What was searched for, for staff."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from search import counting
from search.counting import Counts, Key
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
QUERIES = "/api/admin/search/queries/"
FIGURES = ("searches", "without_results", "clicks", "conversions", "failure_rate",
           "click_through", "conversion_rate")  # fmt: skip
NONE = dict(zip(FIGURES, (0, 0, 0, 0, None, None, None), strict=True))


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 11, 21))


@pytest.fixture
def staff(api: APIClient) -> APIClient:
    api.force_authenticate(make_staff("search.view_dailyquery"))
    return api


@pytest.fixture
def counted() -> None:
    first, second, old = date(2026, 11, 19), date(2026, 11, 20), date(2026, 9, 1)
    counting.write(
        [
            (Key(first, "en", "teapot"), Counts(8, 0, 5, 4, 2, 2)),
            (Key(second, "en", "teapot"), Counts(2, 1, 0, 0, 0, 0)),
            (Key(second, "en", "sofa"), Counts(3, 3, 0, 0, 0, 0)),
            (Key(second, "de", "kanne"), Counts(1, 0, 3, 2, 0, 0)),
            (Key(old, "en", "rug"), Counts(1, 0, 0, 0, 0, 0)),
        ]
    )


def row(text: str, locale: str, *figures: Any) -> dict[str, Any]:
    return {"text": text, "locale": locale, **dict(zip(FIGURES, figures, strict=True))}


TEAPOT = row("teapot", "en", 10, 1, 5, 2, 0.1, 0.4, 0.2)
SOFA = row("sofa", "en", 3, 3, 0, 0, 1.0, 0.0, 0.0)
KANNE = row("kanne", "de", 1, 0, 3, 0, 0.0, 1.0, 0.0)


@pytest.mark.engines
@pytest.mark.usefixtures("counted")
def test_the_whole_answer(
    staff: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        answer = staff.get(QUERIES, {"days": 3})

    assert answer.json() == {
        "since": "2026-11-19",
        "until": "2026-11-21",
        "totals": dict(zip(FIGURES, (14, 4, 8, 2, 0.2857, 0.4286, 0.1429), strict=True)),
        "days": [
            {"day": "2026-11-19"} | dict(zip(FIGURES, (8, 0, 5, 2, 0.0, 0.5, 0.25), strict=True)),
            {"day": "2026-11-20"}
            | dict(zip(FIGURES, (6, 4, 3, 0, 0.6667, 0.3333, 0.0), strict=True)),
            {"day": "2026-11-21", **NONE},
        ],
        "count": 3,
        "next": None,
        "previous": None,
        "results": [TEAPOT, SOFA, KANNE],
    }


@pytest.mark.engines
@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ({"locale": "de"}, ["kanne"]),
        ({"q": " TEA "}, ["teapot"]),
        ({"without_results": "true", "ordering": "without_results"}, ["sofa", "teapot"]),
        ({"ordering": "text"}, ["kanne", "sofa", "teapot"]),
        ({"ordering": "clicks"}, ["teapot", "kanne", "sofa"]),
        ({"since": "2026-11-20", "until": "2026-11-20"}, ["sofa", "teapot", "kanne"]),
        ({"since": "2026-08-01", "q": "rug"}, ["rug"]),
        ({"until": "2026-11-19"}, ["teapot"]),
        ({"until": "2026-09-01"}, ["rug"]),
        ({"until": "0001-01-01"}, []),
        ({"page_size": "1", "page": "2"}, ["sofa"]),
        ({"page_size": "2", "cursor": ""}, ["teapot", "sofa"]),
    ],
)
def test_filters_and_orders(staff: APIClient, asked: dict[str, str], texts: list[str]) -> None:
    answer = staff.get(QUERIES, asked)

    assert answer.status_code == 200, answer.content
    assert [each["text"] for each in answer.json()["results"]] == texts


@pytest.mark.usefixtures("counted")
def test_a_cursor_goes_on(staff: APIClient) -> None:
    first = staff.get(QUERIES, {"page_size": "2", "cursor": ""}).json()
    second = staff.get(first["next"]).json()

    assert [each["text"] for each in second["results"]] == ["kanne"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"days": "0"}, "days"),
        ({"days": "x"}, "days"),
        ({"since": "2026-13-01"}, "since"),
        ({"since": "2026-11-21", "until": "2026-11-20"}, "since"),
        ({"since": "2026-11-22"}, "since"),
        ({"since": "1999-01-01"}, "since"),
        ({"ordering": "password"}, "ordering"),
        ({"q": "\0"}, "q"),
        ({"locale": "\0"}, "locale"),
    ],
)
def test_what_makes_no_sense_is_refused(
    staff: APIClient, asked: dict[str, str], field: str
) -> None:
    answer = staff.get(QUERIES, asked)

    assert answer.status_code == 400, answer.content
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_only_for_those_who_may(api: APIClient) -> None:
    assert api.get(QUERIES).status_code == 401
    api.force_authenticate(make_staff("orders.view_order"))
    assert api.get(QUERIES).status_code == 403


def test_nothing_yet(staff: APIClient) -> None:
    answer = staff.get(QUERIES, {"days": 1}).json()

    assert answer["totals"] == NONE
    assert answer["days"] == [{"day": "2026-11-21", **NONE}]
    assert answer["results"] == []
