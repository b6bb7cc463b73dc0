"""POST /api/analytics/events/, as sendBeacon uses it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from realtime.analytics import limits
from realtime.analytics.ingest import MICROSECOND
from realtime.models import Event
from tests.realtime.analytics.events import NOON, raw
from tests.realtime.people import customer, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

PATH = "/api/analytics/events/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
VISITOR = "7f3b6a52-4a0e-4e0a-9d4b-0d9a0c7f2f11"


@pytest.fixture(autouse=True)
def nobody_has_sent_anything() -> None:
    limits.forget()


def batch(*events: Any, **more: Any) -> dict[str, Any]:
    return {"visitor": VISITOR, "consent": True, "events": list(events), **more}


def post(body: Any, **headers: str) -> Any:
    client = APIClient(enforce_csrf_checks=True)
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(
        PATH,
        text,
        content_type="text/plain;charset=UTF-8",
        headers={"user-agent": FIREFOX} | headers,
    )


def test_a_beacon_is_stored() -> None:
    view, other = raw(), {"id": str(uuid4()), "name": "dance", "at": NOON.isoformat()}
    answer = post(batch(view, other, type="event", more=1))

    assert answer.status_code == 200, answer.content
    assert answer.json()["type"] == "ack"
    assert answer.json()["ids"] == [view["id"]]
    [error] = answer.json()["errors"]
    assert (error["index"], error["id"], error["field"]) == (1, other["id"], "name")
    event = Event.objects.get()
    assert (str(event.visitor_id), event.customer_id, event.audience) == (VISITOR, None, "people")
    assert "127.0.0.1" not in json.dumps(event.data)
    assert post(batch(view)).json() == {"type": "ack", "ids": [view["id"]], "errors": []}
    assert Event.objects.count() == 1


def test_json_is_taken_too(api: APIClient) -> None:
    assert api.post(PATH, batch(raw())).json()["errors"] == []
    assert Event.objects.get().audience == "bot"  # it says nothing of itself


@pytest.mark.parametrize(
    ("more", "headers", "visitor"),
    [
        ({}, {}, VISITOR),
        ({"consent": False}, {}, None),
        ({"consent": None}, {}, None),
        ({}, {"DNT": "1"}, None),
        ({}, {"Sec-GPC": "1"}, None),
        ({"visitor": None}, {}, None),
    ],
)
def test_who_is_remembered(more: Any, headers: Any, visitor: str | None) -> None:
    assert post(batch(raw(), **more), **headers).status_code == 200

    found = Event.objects.get().visitor_id
    assert found == (UUID(visitor) if visitor else None)


def test_the_token_says_which_customer_and_the_cookie_does_not(api: APIClient) -> None:
    ada = customer("ada@example.com")
    bearer = {"authorization": f"Bearer {token_of(api, ada)}"}
    assert post(batch(raw()), **bearer).status_code == 200
    assert Event.objects.get().customer_id == ada.pk

    Event.objects.all().delete()
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ada)
    answer = client.post(PATH, json.dumps(batch(raw())), content_type="text/plain")
    assert answer.status_code == 200
    assert Event.objects.get().customer_id is None
    assert post(batch(raw()), authorization="Bearer x").status_code == 401


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "validation_error", "events"),
        (b"{", "parse_error", None),
        (b"\xff\x00", "parse_error", None),
        (b"NaN", "parse_error", None),
        (b"null", "validation_error", ""),
        (b"[]", "validation_error", ""),
        (b"7", "validation_error", ""),
        (b"{}", "validation_error", "events"),
        ({"events": {}}, "validation_error", "events"),
        ({"events": [{}] * 101}, "validation_error", "events"),
        ({"events": [], "consent": "x"}, "validation_error", "consent"),
        ({"events": [], "consent": True, "visitor": "x"}, "validation_error", "visitor"),
        ("[" * 70 + "]" * 70, "parse_error", None),
    ],
)
def test_what_cannot_be_used(body: Any, code: str, field: str | None) -> None:
    answer = post(body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == code
    if field is not None:
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Event.objects.count() == 0


def test_too_large_or_of_another_kind() -> None:
    assert post(b" " * 1_100_000).status_code == 413
    answer = APIClient().post(PATH, b"a=1", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415


def test_out_of_order_from_the_future_and_from_long_ago() -> None:
    now = datetime.now(UTC)
    said = [timedelta(hours=1), timedelta(seconds=-5), timedelta(seconds=-9), timedelta(days=-400)]
    views = [raw(at=now + each) for each in said]

    assert post(batch(*views)).json()["ids"] == [view["id"] for view in views]
    found = Event.objects.order_by("at")
    assert [str(row.pk) for row in found] == [view["id"] for view in reversed(views)]
    assert found[3].at == found[3].received_at
    assert found[0].at - found[0].received_at == timedelta(days=-1) + 3 * MICROSECOND


def test_only_bad_ones() -> None:
    answer = post(batch(None, 7))

    assert answer.json()["ids"] == []
    assert [error["index"] for error in answer.json()["errors"]] == [0, 1]


def test_a_flood_is_told_when_to_come_back(settings: Any) -> None:
    settings.ANALYTICS_EVENTS_PER_MINUTE = 3
    assert post(batch(raw(), raw())).status_code == 200
    answer = post(batch(raw(), None))

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert Event.objects.count() == 2
    assert post(batch(raw())).status_code == 200
