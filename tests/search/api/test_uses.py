"""What came of a search: signed ids go out, each product counts once when they come back."""

import json
import threading
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from commerce.catalogue.models import ProductStatus
from core import relay
from search import counting, engines, uses
from search.engines.base import Reaction
from search.models import DailyQuery, EventKind, SearchUse
from tests.factories import make_variant

EVENTS = "/api/search/events/"


@pytest.fixture(autouse=True)
def nothing_held() -> None:
    counting._begin_anew()


def searched(text: str = "Teapot", **changed: Any) -> str:
    asked: dict[str, Any] = {
        "locale": "en",
        "total": 3,
        "is_first_page": True,
        "user_agent": "Mozilla/5.0",
        "reference": None,
    }
    query_id = uses.searched(text, **asked | changed)
    assert query_id
    return query_id


def product() -> int:
    variant = make_variant()
    variant.product.status = ProductStatus.LISTED
    variant.product.save()
    return variant.product_id


def send(api: APIClient, query_id: str, product_id: int, kind: str = "click", **more: Any) -> Any:
    body = {"query_id": query_id, "kind": kind, "product_id": product_id, **more}
    answer = api.post(EVENTS, body)
    assert answer.status_code == 202, answer.content
    return answer.json()


def counted() -> dict[str, Any]:
    counting.flush()
    return DailyQuery.objects.values(
        "day", "locale", "text", "searches", "without_results",
        "clicks", "clicked", "conversions", "converted",
    ).get()  # fmt: skip


@pytest.mark.engines
@pytest.mark.django_db
def test_each_product_of_a_search_counts_once(api: APIClient) -> None:
    one, other = product(), product()
    query_id, another = searched(), searched(total=0)

    assert send(api, query_id, one, position=1, variant_id=None) == {"counted": True}
    assert send(api, query_id, one) == {"counted": False}
    assert send(api, query_id, other) == {"counted": True}
    assert send(api, another, one) == {"counted": True}
    assert send(api, query_id, one, "conversion") == {"counted": True}
    assert send(api, query_id, 2**53) == {"counted": False}

    assert counted() == {
        "day": timezone.localdate(), "locale": "en", "text": "teapot",
        "searches": 2, "without_results": 1,
        "clicks": 3, "clicked": 2, "conversions": 1, "converted": 1,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_further_page_is_the_same_search(api: APIClient) -> None:
    searched()
    query_id = searched(is_first_page=False)
    send(api, query_id, product())

    row = counted()
    assert (row["searches"], row["clicks"]) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "agent"), [("", "x"), ("ada@example.com", "x"), ("teapot", "Googlebot/2.1")]
)
def test_what_is_not_counted_has_no_id(text: str, agent: str) -> None:
    found = uses.searched(
        text, locale="en", total=1, is_first_page=True, user_agent=agent, reference=None
    )
    counting.flush()

    assert found is None
    assert not DailyQuery.objects.exists()


@pytest.mark.django_db
def test_a_beacon_is_read_and_its_sender_is_not_looked_at() -> None:
    api = APIClient(enforce_csrf_checks=True)
    api.cookies["sessionid"] = "whoever"
    body = {"query_id": searched(), "kind": "click", "product_id": product()}
    answer = api.generic("POST", EVENTS, json.dumps(body), content_type="text/plain;charset=UTF-8")

    assert (answer.status_code, answer.json()) == (202, {"counted": True})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"query_id": ""},
        {"query_id": "a:b:c"},
        {"query_id": "\0"},
        {"query_id": "x" * 2001},
        {"kind": "purchase"},
        {"product_id": 0},
        {"product_id": 10**30},
        {"product_id": "x"},
        {"position": -1},
        {"variant_id": {}},
    ],
)
def test_what_makes_no_sense_is_refused(api: APIClient, changed: dict[str, Any]) -> None:
    body = {"query_id": searched(), "kind": "click", "product_id": 1} | changed
    answer = api.post(EVENTS, body)

    assert answer.status_code == 400
    assert not SearchUse.objects.exists()


@pytest.mark.django_db
def test_an_id_is_worth_something_for_two_days(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"query_id": searched(), "kind": "click", "product_id": product()}
    now = time.time()

    def after(seconds: float) -> Any:
        monkeypatch.setattr(signing.time, "time", lambda: now + seconds)
        return api.post(EVENTS, body)

    two_days = uses.KEEP_TOKENS.total_seconds()
    late = after(two_days + 2)
    assert (late.status_code, late.json()["code"]) == (400, "invalid_query_id")
    assert after(two_days - 2).status_code == 202


@pytest.mark.django_db
def test_a_click_counts_for_the_day_of_its_search(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "localdate", lambda: date(2026, 11, 20))
        query_id = searched()
    send(api, query_id, product())

    assert counted()["day"] == date(2026, 11, 20)


@pytest.mark.django_db
def test_events_are_limited_by_address(api: APIClient, settings: Settings) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "search_events": "1/hour"}
    body = {"query_id": searched(), "kind": "click", "product_id": product()}

    assert [api.post(EVENTS, body).status_code for _ in range(2)] == [202, 429]


@pytest.mark.django_db
def test_an_engine_that_learns_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Reaction] = []

    class Engine:
        def report(self, reactions: list[Reaction]) -> None:
            told.extend(reactions)

        def push_wording(self) -> None: ...

    monkeypatch.setattr(engines, "current", Engine)
    made = product()
    with_reference, without = searched(reference="q1@products"), searched()
    relay.drain()
    for query_id in (with_reference, without):
        for kind in EventKind:
            uses.use(query_id=query_id, kind=kind, product_id=made, position=4)
    relay.drain()

    assert [(each.kind, each.reference, each.product_id, each.position) for each in told] == [
        ("opened", "q1@products", made, 4),
        ("bought", "q1@products", made, 4),
    ]
    assert {each.locale for each in told} == {"en"}
    assert told[0].at.tzinfo is not None


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_the_same_click_twice_at_once_counts_once() -> None:
    made, query_id = product(), searched()
    counts: list[bool] = []
    ready = threading.Barrier(4)

    def click() -> None:
        try:
            ready.wait()
            counts.append(uses.use(query_id=query_id, kind=EventKind.CLICK, product_id=made))
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counts) == [False, False, False, True]
    row = counted()
    assert (row["searches"], row["clicks"], row["clicked"]) == (1, 1, 1)


@pytest.mark.django_db
def test_old_counts_go_by_the_setting(settings: Settings) -> None:
    today = timezone.localdate()
    for age in (9, 10, 11):
        DailyQuery.objects.create(day=today - timedelta(days=age), locale="en", text="teapot")
    old = SearchUse.objects.create(query_id="a", kind=EventKind.CLICK)
    SearchUse.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    young = SearchUse.objects.create(query_id="b", kind=EventKind.CLICK)

    settings.SEARCH_COUNT_DAYS = 0
    assert uses.purge() == 0
    settings.SEARCH_COUNT_DAYS = 10
    assert uses.purge() == 1

    assert DailyQuery.objects.count() == 2
    assert list(SearchUse.objects.all()) == [young]
