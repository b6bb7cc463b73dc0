from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.errors import NotFound, ValidationFailed
from core.models import OutboxEvent
from core.pagination import CursorPagination, PagePagination, paginate

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
FORWARD = ("name", "-recorded_at", "id")


@pytest.fixture
def rows():
    """50 rows, many of which share a name and a time."""
    return OutboxEvent.objects.bulk_create(
        OutboxEvent(
            name=f"n{number % 3}",
            key=str(number),
            recorded_at=BEGIN + timedelta(microseconds=number // 10),
        )
        for number in range(50)
    )


def ask(query="", *, ordering=("id",), queryset=None, present=lambda row: row.key):
    request = Request(APIRequestFactory().get(f"/api/things/?{query}"))
    found = OutboxEvent.objects.all() if queryset is None else queryset
    return paginate(request, found, ordering=ordering, present=present)


def query_of(link):
    return urlsplit(link).query


def test_a_numbered_page(rows, django_assert_num_queries):
    with django_assert_num_queries(2):
        body = ask("page=2&page_size=20&colour=red")

    assert body == {
        "count": 50,
        "next": "http://testserver/api/things/?page=3&page_size=20&colour=red",
        "previous": "http://testserver/api/things/?page=1&page_size=20&colour=red",
        "results": [str(number) for number in range(20, 40)],
    }


def test_without_parameters_it_is_the_first_24(rows):
    body = ask()

    assert (len(body["results"]), body["previous"]) == (24, None)
    assert parse_qs(query_of(body["next"])) == {"page": ["2"]}


def test_the_last_page_has_no_next(rows):
    body = ask("page=3")

    assert (len(body["results"]), body["next"]) == (2, None)


def test_nothing_is_one_empty_page(django_assert_num_queries):
    with django_assert_num_queries(1):
        body = ask()

    assert body == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_page_beyond_the_end_is_not_found(rows):
    for query in ("page=4", "page=999999999999999999"):
        with pytest.raises(NotFound):
            ask(query)


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("text", ["x", "0", "-1", "1.5", "", "１", "1_0", "9" * 30, "%00"])
def test_what_is_no_number_is_refused(rows, name, text):
    with pytest.raises(ValidationFailed) as caught:
        ask(f"{name}={text}")

    assert [each["field"] for each in caught.value.errors] == [name]


def test_a_page_has_at_most_100_rows(rows):
    OutboxEvent.objects.bulk_create(OutboxEvent(name="m", key="k") for _ in range(60))

    assert len(ask("page_size=1000")["results"]) == 100
    assert len(ask("cursor=&page_size=1000")["results"]) == 100


@pytest.mark.parametrize(
    "ordering",
    [("id",), ("-id",), FORWARD, ("-name", "recorded_at", "-id"), ("-recorded_at", "id")],
)
def test_a_cursor_walks_there_and_back(rows, ordering, django_assert_num_queries):
    everything = [row.key for row in OutboxEvent.objects.order_by(*ordering)]
    query, there, pages = "cursor=&page_size=7", [], []
    while query:
        with django_assert_num_queries(1):
            body = ask(query, ordering=ordering)
        assert set(body) == {"next", "previous", "results"}
        pages.append(body)
        there += body["results"]
        query = query_of(body["next"]) if body["next"] else ""

    assert there == everything
    assert (pages[0]["previous"], pages[-1]["next"]) == (None, None)

    back, query = pages[-1]["results"], query_of(pages[-1]["previous"])
    while query:
        body = ask(query, ordering=ordering)
        back = body["results"] + back
        assert body["next"]
        query = query_of(body["previous"]) if body["previous"] else ""

    assert back == everything


def test_rows_that_come_and_go_shift_nothing(rows):
    first = ask("cursor=&page_size=10")
    OutboxEvent.objects.filter(pk__in=[row.pk for row in rows[:5]]).delete()

    second = ask(query_of(first["next"]))

    assert second["results"] == [str(number) for number in range(10, 20)]


def test_a_cursor_works_on_values(rows):
    values = OutboxEvent.objects.values("id", "key", "name", "recorded_at")

    def keys(query):
        return ask(query, ordering=FORWARD, queryset=values, present=lambda row: row["key"])

    first = keys("cursor=&page_size=30")
    second = keys(query_of(first["next"]))

    assert len({*first["results"], *second["results"]}) == 50


def test_a_cursor_is_nothing_to_write_oneself(rows):
    good = parse_qs(query_of(ask("cursor=&page_size=5")["next"]))["cursor"][0]

    for cursor in ("x", good[:-1], good + "x", "a" + good, "W10:abc", "%00"):
        with pytest.raises(ValidationFailed):
            ask(f"cursor={cursor}")
    with pytest.raises(ValidationFailed):
        ask(f"cursor={good}", ordering=("-id",))


def test_an_empty_list_by_cursor():
    assert ask("cursor=") == {"next": None, "previous": None, "results": []}


def test_generic_views_page_the_same_way(rows):
    for kind, query, keys in (
        (PagePagination, "", {"count", "next", "previous", "results"}),
        (PagePagination, "cursor=", {"next", "previous", "results"}),
        (CursorPagination, "", {"next", "previous", "results"}),
    ):
        request = Request(APIRequestFactory().get(f"/api/things/?{query}"))
        paginator = kind()
        found = paginator.paginate_queryset(OutboxEvent.objects.all(), request)
        body = paginator.get_paginated_response([row.key for row in found]).data

        assert set(body) == keys
        assert len(body["results"]) == 24
