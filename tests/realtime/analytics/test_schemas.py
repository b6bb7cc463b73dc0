"""What is taken for an event, and what is said about everything else."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from realtime.analytics import schemas
from realtime.analytics.schemas import SCHEMAS, Wrong, check, check_all

ID = "0190f5a0-0000-7000-8000-000000000001"
AT = "2026-03-10T12:00:00Z"
ORDER = "0190f5a0-0000-7000-8000-000000000002"

GOOD: list[tuple[str, dict[str, Any], int | None, dict[str, Any]]] = [
    ("page_view", {"path": "/mug/"}, None, {"path": "/mug/"}),
    ("page_view", {"path": "/mug/?token=x#top"}, None, {"path": "/mug/"}),
    (
        "page_view",
        {"path": "/?utm_source=news&utm_campaign=a%20b&utm_content="},
        None,
        {"path": "/", "utm": {"source": "news", "campaign": "a b"}},
    ),
    (
        "page_view",
        {"path": "/?utm_source=news", "utm": {"source": " said ", "medium": None, "x": 1}},
        None,
        {"path": "/", "utm": {"source": "said"}},
    ),
    ("page_view", {"path": "/", "utm": {}}, None, {"path": "/"}),
    (
        "page_view",
        {"path": "/", "referrer": "https://ada:pw@a.example:8443/b?q=c#d", "page_id": 7},
        None,
        {"path": "/", "referrer": "https://a.example/b", "page_id": 7},
    ),
    (
        "page_view",
        {"path": "/", "referrer": "android-app://x"},
        None,
        {"path": "/", "referrer": ""},
    ),
    (
        "page_view",
        {"path": "/", "referrer": "http://[::1]@a]b/c"},
        None,
        {"path": "/", "referrer": ""},
    ),
    ("page_leave", {"path": "/", "seconds": 12.6}, None, {"path": "/", "seconds": 13}),
    ("heartbeat", {"view": ID, "seconds": -5}, None, {"view": ID, "seconds": 0}),
    ("heartbeat", {"seconds": 1e300}, None, {"seconds": 86_400}),
    ("product_view", {"product_id": 4, "shown_in": "search"}, 4, {"shown_in": "search"}),
    ("search", {"query": "  red \n mug ", "results": 0}, None, {"query": "red mug", "results": 0}),
    ("cart_add", {"variant_id": 9, "quantity": 2}, None, {"variant_id": 9, "quantity": 2}),
    ("cart_remove", {"product_id": 3}, 3, {}),
    ("checkout_start", {}, None, {}),
    ("purchase", {"order_number": "AB12CD34"}, None, {"order_number": "AB12CD34"}),
    ("purchase", {"order_id": ORDER, "total": "9999.00"}, None, {"order_id": ORDER}),
    (
        "cart_add",
        {"variant_id": 9, "worth": {"amount": "012.5", "currency": "USD", "x": 1}},
        None,
        {"variant_id": 9, "worth": {"amount": "12.50", "currency": "USD"}},
    ),
    ("exit_intent", {"path": "/cart/?a=b"}, None, {"path": "/cart/"}),
    ("offer_shown", {"offer": "spring"}, None, {"offer": "spring"}),
    ("offer_clicked", {"offer": "spring", "unknown": {"a": [1]}}, None, {"offer": "spring"}),
]


@pytest.mark.parametrize(("name", "data", "product_id", "kept"), GOOD)
def test_what_is_kept(
    name: str, data: dict[str, Any], product_id: int | None, kept: dict[str, Any]
) -> None:
    found = check({"id": ID, "name": name, "at": AT, "data": data, "more": 1})

    assert (str(found.id), found.name, found.product_id, found.data) == (ID, name, product_id, kept)
    assert found.at == datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_every_name_has_an_example() -> None:
    assert {name for name, *_ in GOOD} == set(SCHEMAS)


VIEW = {"id": ID, "name": "page_view", "at": AT, "data": {"path": "/"}}


def view(**data: Any) -> dict[str, Any]:
    return VIEW | {"data": {"path": "/"} | data}


def named(name: str, **data: Any) -> dict[str, Any]:
    return VIEW | {"name": name, "data": data}


BAD: list[tuple[Any, str, str]] = [
    (None, "", "invalid"),
    ([], "", "invalid"),
    ("page_view", "", "invalid"),
    (7, "", "invalid"),
    ({}, "id", "required"),
    (VIEW | {"id": "x"}, "id", "invalid"),
    (VIEW | {"id": 7}, "id", "invalid"),
    (VIEW | {"id": None}, "id", "invalid"),
    (VIEW | {"id": ["a"]}, "id", "invalid"),
    (VIEW | {"name": "dance"}, "name", "unknown_event"),
    (VIEW | {"name": None}, "name", "unknown_event"),
    (VIEW | {"name": ["page_view"]}, "name", "unknown_event"),
    (VIEW | {"name": {}}, "name", "unknown_event"),
    (VIEW | {"at": None}, "at", "required"),
    (VIEW | {"at": "yesterday"}, "at", "invalid"),
    (VIEW | {"at": 1_700_000_000}, "at", "invalid"),
    (VIEW | {"at": "0001-01-01T00:00:00+23:59"}, "at", "invalid"),
    (VIEW | {"at": "9999-12-31T23:59:59-23:59"}, "at", "invalid"),
    (VIEW | {"data": []}, "data", "invalid"),
    (VIEW | {"data": "path"}, "data", "invalid"),
    (VIEW | {"data": {}}, "data.path", "required"),
    (view(path=7), "data.path", "invalid"),
    (view(path="mug"), "data.path", "invalid"),
    (view(path="/" + "a" * 500), "data.path", "invalid"),
    (view(path="/" + "a" * 3000), "data.path", "too_long"),
    (view(path="/\x00"), "data.path", "invalid"),
    (view(referrer=["https://a.example"]), "data.referrer", "invalid"),
    (view(utm="news"), "data.utm", "invalid"),
    (view(utm={"source": 7}), "data.utm.source", "invalid"),
    (view(utm={"source": "a" * 101}), "data.utm.source", "too_long"),
    (view(page_id=True), "data.page_id", "invalid"),
    (named("product_view"), "data.product_id", "required"),
    (named("product_view", product_id="4"), "data.product_id", "invalid"),
    (named("product_view", product_id=4.0), "data.product_id", "invalid"),
    (named("product_view", product_id=0), "data.product_id", "out_of_range"),
    (named("product_view", product_id=2**63), "data.product_id", "out_of_range"),
    (named("cart_add"), "data.product_id", "required"),
    (named("cart_add", product_id=1, quantity=0), "data.quantity", "out_of_range"),
    (named("cart_add", product_id=1, quantity=10**30), "data.quantity", "out_of_range"),
    (named("cart_add", product_id=1, worth="12.50"), "data.worth", "invalid"),
    (named("cart_add", product_id=1, worth={}), "data.worth.amount", "invalid"),
    *(
        (
            named("cart_add", product_id=1, worth={"amount": amount, "currency": currency}),
            field,
            code,
        )
        for amount, currency, field, code in (
            ("x", "USD", "data.worth", "invalid"),
            ("1", "XXQ", "data.worth", "invalid"),
            ("1", 7, "data.worth.currency", "invalid"),
            ("1", "DOLLARS", "data.worth.currency", "too_long"),
            ("-1", "USD", "data.worth", "out_of_range"),
            ("9" * 24, "USD", "data.worth", "invalid"),
            ("1e9", "USD", "data.worth", "invalid"),
            (12.5, "USD", "data.worth.amount", "invalid"),
        )
    ),
    (named("search"), "data.query", "required"),
    (named("search", query="  "), "data.query", "blank"),
    (named("search", query="a" * 201), "data.query", "too_long"),
    (named("search", query="mug", results=-1), "data.results", "out_of_range"),
    (named("heartbeat", seconds="12"), "data.seconds", "invalid"),
    (named("heartbeat", seconds=True), "data.seconds", "invalid"),
    (named("page_leave", view="x"), "data.view", "invalid"),
    (named("purchase"), "data.order_id", "required"),
    (named("purchase", order_id="AB12CD34"), "data.order_id", "invalid"),
    (named("offer_shown", offer={"id": 1}), "data.offer", "invalid"),
]


@pytest.mark.parametrize(("raw", "field", "code"), BAD)
def test_what_is_refused(raw: Any, field: str, code: str) -> None:
    with pytest.raises(Wrong) as caught:
        check(raw)

    assert (caught.value.field, caught.value.code) == (field, code)


def test_bad_ones_are_named_and_the_others_kept() -> None:
    other = str(uuid4())
    good, bad = check_all([VIEW, {"id": other, "name": "dance"}, None, VIEW | {"id": other}])

    assert [str(event.id) for event in good] == [ID, other]
    assert bad == [
        {
            "index": 1,
            "id": other,
            "field": "name",
            "code": "unknown_event",
            "detail": f"One of {', '.join(schemas.SCHEMAS)}.",
        },
        {"index": 2, "field": "", "code": "invalid", "detail": "An event is an object."},
    ]
