"""Search keys for browsers, tried as a browser would, and events."""

import base64
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from search.engines.algolia import AlgoliaEngine, keys
from search.engines.base import EngineUnavailable, Query, Reaction
from tests.search.engines.conftest import fill

pytestmark = pytest.mark.django_db
ENGINE = AlgoliaEngine()


@pytest.fixture
def filled(algolia, shop):
    """Algolia with the small shop in it."""
    fill(ENGINE)
    return algolia


def browse_as(fake, key: str, index: str, **params):
    """What a browser with that key is answered."""
    headers = {"x-algolia-application-id": fake.app_id, "x-algolia-api-key": key}
    body = {"requests": [{"indexName": index, **params}]}
    return httpx.post(f"{fake.url}/1/indexes/*/queries", json=body, headers=headers)


def test_a_key_for_a_browser(filled, api, settings):
    response = api.get("/api/search/key/?currency=EUR")

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    body = response.json()
    key, expires_at = body.pop("key"), datetime.fromisoformat(body.pop("expires_at"))
    assert body == {
        "engine": "algolia",
        "app_id": filled.app_id,
        "host": filled.url,
        "indexes": {
            "price": "vitrine_en_price_eur_asc",
            "-price": "vitrine_en_price_eur_desc",
            "newest": "vitrine_en_newest",
            "rating": "vitrine_en_rating",
            "name": "vitrine_en_name",
            "best_selling": "vitrine_en_best_selling",
            "relevance": "vitrine_en",
        },
    }
    left = expires_at - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    assert len(key) < 500
    for index in body["indexes"].values():
        answer = browse_as(filled, key, index, query="chair")
        assert [hit["name"] for hit in answer.json()["results"][0]["hits"]] == ["Cloud chair"]
        assert "sold_count" not in answer.text


def test_a_key_finds_only_what_is_on_sale(filled, api):
    filled.indexes["vitrine_en"].objects.update(
        {"9-9": {"objectID": "9-9", "product_id": 9, "name": "Draft chair", "is_live": False}}
    )
    key = api.get("/api/search/key/").json()["key"]

    for params in ({}, {"filters": "is_live:false"}, {"facetFilters": ["is_live:false"]}):
        hits = browse_as(filled, key, "vitrine_en", query="draft", **params).json()["results"][0]
        assert hits["hits"] == []


def test_a_key_opens_one_language_and_only_searches(filled, api):
    key = api.get("/api/search/key/").json()["key"]

    assert browse_as(filled, key, "vitrine_de", query="").status_code == 403
    assert browse_as(filled, key, "vitrine_en-gb", query="").status_code == 403
    headers = {"x-algolia-application-id": filled.app_id, "x-algolia-api-key": key}
    for method, path in (
        ("POST", "/1/indexes/vitrine_en/batch"),
        ("POST", "/1/indexes/vitrine_en/browse"),
        ("GET", "/1/indexes/vitrine_en/settings"),
        ("DELETE", "/1/indexes/vitrine_en"),
        ("GET", "/1/indexes"),
    ):
        answer = httpx.request(method, filled.url + path, json={}, headers=headers)
        assert answer.status_code == 403, path


def test_a_key_that_is_old_or_was_changed_opens_nothing(filled, api, settings):
    key = api.get("/api/search/key/").json()["key"]
    plain = base64.b64decode(key).decode()
    wider = base64.b64encode(plain.replace("vitrine_en", "vitrine_de").encode()).decode()
    assert wider != key
    assert browse_as(filled, wider, "vitrine_de", query="").status_code == 403

    settings.ALGOLIA_KEY_SECONDS = -5
    old = keys.search_key(locale="en", currency="USD").key
    assert browse_as(filled, old, "vitrine_en", query="").status_code == 403


def test_the_shops_own_search_needs_no_key(api, settings, db):
    settings.SEARCH_ENGINE = "database"

    response = api.get("/api/search/key/")

    assert response.status_code == 404
    assert response.json()["code"] == "no_search_key"


def test_without_a_search_key_there_is_none_to_hand_out(filled, api, settings):
    settings.ALGOLIA_SEARCH_KEY = ""

    response = api.get("/api/search/key/")

    assert (response.status_code, response.json()["code"]) == (404, "no_search_key")
    assert filled.admin_key not in response.content.decode()


def test_keys_are_handed_out_so_often(filled, api, settings):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "search_key": "2/hour"}

    statuses = [api.get("/api/search/key/").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_a_bad_audience_is_told(filled, api):
    assert api.get("/api/search/key/?locale=xx").status_code == 400
    assert api.get("/api/search/key/?currency=XXX").status_code == 400


# ── Events ──────────────────────────────────────────────────────────────────────────────
def react(reference: str, product_id: int, kind: str = "opened", **more) -> Reaction:
    details = {"kind": kind, "locale": "en", "at": datetime.now(UTC), **more}
    return Reaction(reference=reference, product_id=product_id, **details)


def test_what_became_of_a_hit(filled, shop):
    found = ENGINE.search(Query(text="chair", locale="en", currency="USD", sort="price"))
    cloud = shop["cloud"]
    at = datetime.now(UTC)
    second = cloud["variants"][1]["id"]

    ENGINE.report(
        [
            react(found.reference, cloud["id"], position=3, at=at),
            react(found.reference, cloud["id"], "bought", variant_id=second, at=at),
            react("nothing", cloud["id"]),
            react(found.reference, cloud["id"], at=at - timedelta(days=5)),
            react(found.reference, 999_999),
        ]
    )

    query_id, index = found.reference.split("@")
    assert index == "vitrine_en_price_usd_asc"
    shared = {
        "index": index,
        "queryID": query_id,
        "userToken": f"search-{query_id}",
        "timestamp": int(at.timestamp() * 1000),
    }
    first = cloud["variants"][0]["id"]
    assert filled.insights == [
        {
            **shared,
            "eventType": "click",
            "eventName": "Product Opened",
            "objectIDs": [f"{cloud['id']}-{first}"],
            "positions": [3],
        },
        {
            **shared,
            "eventType": "conversion",
            "eventName": "Product Added to Cart",
            "objectIDs": [f"{cloud['id']}-{second}"],
        },
    ]


def test_nothing_to_report_asks_nothing(filled):
    filled.requests.clear()

    ENGINE.report([])
    ENGINE.report([react("nothing", 1)])

    assert filled.requests == []


def test_events_that_cannot_be_sent_are_the_callers(filled, shop):
    found = ENGINE.search(Query(text="chair", locale="en", currency="USD"))
    filled.answer("POST /1/events", status=503)

    with pytest.raises(EngineUnavailable):
        ENGINE.report([react(found.reference, shop["cloud"]["id"])])
