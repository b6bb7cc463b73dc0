import logging

import orjson
import pytest
from django.test import RequestFactory

from core.context import client_address, current_request_id, request_id_bound
from core.logging import HIDDEN, logging_config, redact

pytestmark = pytest.mark.urls("tests.core.urls")


def test_a_sane_request_id_is_kept(client):
    answer = client.get("/api/greeting/", HTTP_X_REQUEST_ID="from-the-proxy.1")

    assert answer["X-Request-Id"] == "from-the-proxy.1"
    assert current_request_id() == ""


@pytest.mark.parametrize(
    "offered", ["", "short", "x" * 65, "with space in it", "a\x0bbbbbbbbb", "<b>12345678"]
)
def test_another_one_is_replaced(client, offered):
    answer = client.get("/api/greeting/", HTTP_X_REQUEST_ID=offered)

    assert len(answer["X-Request-Id"]) == 32
    assert answer["X-Request-Id"] != offered


def test_an_error_has_an_id_too(client):
    client.raise_request_exception = False

    assert len(client.get("/api/broken/")["X-Request-Id"]) == 32


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (3, "1.2.3.4", "1.2.3.4"),
        (1, "", "10.0.0.1"),
    ],
)
def test_forwarded_addresses_are_believed_as_far_as_told(settings, trusted, forwarded, address):
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


def test_secrets_are_hidden_at_any_depth():
    event = redact(
        None,
        "info",
        {
            "event": "GET /orders/?token=abcdef123456&page=2 with Bearer eyJhbGciOi.x",
            "headers": {"Authorization": "Basic x", "X-Cart-Token": "y", "Accept": "z"},
            "rows": [{"password": "p", "name": "n"}],
            "api_key": "k",
            "idempotency_key": "k",
            "event_key": "order:1",
            "status": 200,
        },
    )

    assert event == {
        "event": f"GET /orders/?token={HIDDEN}&page=2 with Bearer {HIDDEN}",
        "headers": {"Authorization": HIDDEN, "X-Cart-Token": HIDDEN, "Accept": "z"},
        "rows": [{"password": HIDDEN, "name": "n"}],
        "api_key": HIDDEN,
        "idempotency_key": HIDDEN,
        "event_key": "order:1",
        "status": 200,
    }


def line_of(record, *, json=True):
    formatter = logging_config(json=json, level="INFO")["formatters"]["structured"]
    made = formatter.pop("()")(**formatter)
    return made.format(record)


def test_a_line_is_json_with_the_requests_id():
    record = logging.makeLogRecord(
        {"name": "core.test", "levelname": "WARNING", "levelno": 30, "msg": "%s left", "args": (3,)}
    )
    record.order_id = "o1"
    record.request = object()

    with request_id_bound("id-of-request"):
        line = orjson.loads(line_of(record))

    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "3 left",
        "level": "warning",
        "logger": "core.test",
        "order_id": "o1",
        "request_id": "id-of-request",
    }


def test_a_traceback_holds_no_local_values():
    def fail():
        hidden_value = "hunter" + "22"
        raise ValueError(len(hidden_value))

    try:
        fail()
    except ValueError as error:
        record = logging.makeLogRecord({"name": "x", "msg": "failed", "levelname": "ERROR"})
        record.exc_info = (ValueError, error, error.__traceback__)

    for json in (True, False):
        line = line_of(record, json=json)
        assert "ValueError: 8" in line
        assert "hunter22" not in line
