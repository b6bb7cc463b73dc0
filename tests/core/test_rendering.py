import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import orjson
import pytest
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe

from core.money import Money
from core.rendering import JSONRenderer, dumps

pytestmark = pytest.mark.urls("tests.core.urls")

GREETING = "/api/greeting/"


def test_every_kind_of_value_has_its_form():
    made = uuid.UUID(int=7)
    in_berlin = timezone(timedelta(hours=2))

    assert orjson.loads(
        dumps(
            {
                "utc": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                "local": datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=in_berlin),
                "day": date(2026, 1, 2),
                "decimal": Decimal("1E+2"),
                "money": Money(1, "USD"),
                "uuid": made,
                "lazy": lazystr("hello"),
                "safe": mark_safe("<b>"),  # noqa: S308
                "ready": orjson.Fragment(b'{"a":1}'),
                "set": {1},
                "rows": (each for each in (1, 2)),
                3: None,
            }
        )
    ) == {
        "utc": "2026-01-02T03:04:05Z",
        "local": "2026-01-02T01:04:05.000600Z",
        "day": "2026-01-02",
        "decimal": "100",
        "money": {"amount": "0.01", "currency": "USD"},
        "uuid": str(made),
        "lazy": "hello",
        "safe": "<b>",
        "ready": {"a": 1},
        "set": [1],
        "rows": [1, 2],
        "3": None,
    }


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError):
        dumps({"x": object()})


def test_nothing_is_an_empty_body():
    assert JSONRenderer().render(None) == b""


def post(client, body, **extra):
    return client.post(GREETING, body, content_type="application/json", **extra)


def test_a_good_body_comes_through(client):
    answer = post(client, '{"a": [1, "ü"]}')

    assert (answer.status_code, answer.json()) == (201, {"a": [1, "ü"]})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": NaN}',
        b"{'a': 1}",
        b'{"a": Infinity}',
        b'"\xff"',
        b'"\\ud800"',
        b"[" * 2000 + b"]" * 2000,
        b"[" * 70 + b"]" * 70,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b" ",
    ],
)
def test_a_malformed_body_is_a_parse_error(client, body):
    answer = post(client, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert answer["Content-Type"] == "application/problem+json"


def test_many_brackets_side_by_side_are_fine(client):
    assert post(client, b"[" + b",".join([b"[]"] * 500) + b"]").status_code == 201


def test_a_body_over_the_limit_is_413(client, settings):
    settings.API_MAX_BODY_BYTES = 100

    assert post(client, b'"' + b"x" * 98 + b'"').status_code == 201
    answer = post(client, b'"' + b"x" * 99 + b'"')

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_length_that_lies_does_not_help(settings):
    from io import BytesIO

    from core.errors import BodyTooLarge
    from core.rendering import JSONParser

    settings.API_MAX_BODY_BYTES = 10
    with pytest.raises(BodyTooLarge):
        JSONParser().parse(BytesIO(b"[1,2,3,4,5,6,7,8]"), None, {})


def test_another_media_type_is_415(client):
    answer = client.post(GREETING, "a=1", content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
