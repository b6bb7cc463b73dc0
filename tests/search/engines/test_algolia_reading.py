"""Searching with Algolia: one request, deep pages, parts of words, and when it is away."""

import gzip
from urllib.parse import urlencode

import orjson
import pytest

from content.models import ProductCard
from search.engines.algolia import AlgoliaEngine, connection, facets, filters, reading, setup
from search.engines.base import EngineUnavailable, Query
from tests.search.engines.conftest import fill

pytestmark = pytest.mark.django_db
ENGINE = AlgoliaEngine()
ASKED = "POST /1/indexes/*/queries"


@pytest.fixture
def filled(algolia, shop):
    """Algolia with the small shop in it; requests are counted from now on."""
    fill(ENGINE)
    algolia.requests.clear()
    return algolia


@pytest.fixture
def found(api):
    """The body of a search, whatever answers it."""

    def get(**params: str):
        response = api.get(f"/api/search/?{urlencode(params)}")
        assert response.status_code == 200, response.content
        return response.json()

    return get


def body_of(request):
    raw = request.body
    return orjson.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)


def names_of(body) -> list[str]:
    return [card["name"] for card in body["results"]]


def test_hits_and_every_facet_in_one_request(filled, found):
    found(q="chair", brand="hana", **{"attr.material": "Oak"}, min_price="5")

    (request,) = filled.made("*")
    assert request.line == ASKED
    hits, *others = body_of(request)["requests"]
    assert hits["indexName"] == "vitrine_en"
    assert hits["clickAnalytics"] is True
    assert [each["facets"] for each in others] == [["brand_id"], ["attributes"], ["from_minor.USD"]]
    assert all(each["hitsPerPage"] == 0 and each["analytics"] is False for each in others)


def test_queries_to_the_database_do_not_grow(filled, found, django_assert_num_queries):
    found(q="chair")
    for params in ({"q": "chair"}, {"q": ""}, {"q": "oak linen"}):
        # The names of categories and brands, and the cards.
        with django_assert_num_queries(3):
            assert found(**params)["results"]


def test_without_facets_there_is_one_query(filled, found):
    found(q="chair", facets="0", brand="hana")

    (request,) = filled.made("*")
    assert len(body_of(request)["requests"]) == 1


def test_each_ordering_asks_its_replica(filled, found):
    for ordering, currency, index in [
        ("relevance", "USD", "vitrine_en"),
        ("newest", "USD", "vitrine_en_newest"),
        ("price", "EUR", "vitrine_en_price_eur_asc"),
        ("-price", "USD", "vitrine_en_price_usd_desc"),
    ]:
        filled.requests.clear()
        found(q="chair", ordering=ordering, currency=currency, facets="0")
        (query,) = body_of(filled.made("*")[0])["requests"]
        assert (query["indexName"], query["enableRules"]) == (index, ordering == "relevance")


def test_a_currency_without_replicas_is_sorted_by_another(filled, found, settings):
    settings.ALGOLIA_SORT_CURRENCIES = ["USD"]

    assert names_of(found(ordering="price", currency="EUR")) == ["Cloud chair"]

    (request,) = filled.made("*")
    assert body_of(request)["requests"][0]["indexName"] == "vitrine_en_price_usd_asc"


def test_more_prices_than_algolia_counts_are_counted_band_by_band(filled, found, api, monkeypatch):
    monkeypatch.setattr(facets.setup, "MAX_VALUES", 2)
    plain = api.get("/api/products/?facets=1&price__gt=1").json()["facets"]["price"]

    body = found(price__gt="1")

    assert body["facets"]["price"] == plain
    assert len(filled.made(ASKED)) == 2


# ── Pages beyond ────────────────────────────────────────────────────────────────────────
def test_pages_beyond_what_algolia_reaches(filled, found, monkeypatch):
    monkeypatch.setattr(reading, "REACHABLE", 2)

    second = found(page="2", page_size="2")
    assert (second["total"], names_of(second)) == (3, ["Cloud chair"])

    with_words = found(q="oak linen cloud stool", page_size="5")
    assert (with_words["total"], len(with_words["results"])) == (2, 2)
    assert with_words["next"] is None


@pytest.mark.parametrize("ordering", ["rating", "best_selling", "newest", "name"])
def test_pages_beyond_go_on_in_the_same_order(filled, found, monkeypatch, ordering):
    whole = names_of(found(ordering=ordering))
    monkeypatch.setattr(reading, "REACHABLE", 2)
    # It left the shop for a while: its card is younger than its product.
    card = ProductCard.objects.get(name="Cloud chair", currency="USD")
    card.delete()
    card.pk = None
    card.save()

    pages = [found(ordering=ordering, page=str(page), page_size="2") for page in (1, 2)]

    assert [name for page in pages for name in names_of(page)] == whole


@pytest.mark.parametrize("page", ["10", "1000000", "100000000000000000"])
def test_a_page_after_the_last(filled, api, page):
    response = api.get(f"/api/search/?q=cloud&page={page}")

    assert response.status_code == 404


# ── Parts of words ──────────────────────────────────────────────────────────────────────
def test_parts_of_words_are_looked_up_in_the_database(filled, found):
    assert names_of(found(tags__icontains="OA")) == ["Stool", "Cloud chair"]

    (request,) = filled.made("*")
    wanted = body_of(request)["requests"][0]["numericFilters"]
    ids = set(
        ProductCard.objects.filter(name__in=["Stool", "Cloud chair"]).values_list(
            "product_id", flat=True
        )
    )
    assert [set(group) for group in wanted] == [
        {"from_minor.USD>=0"},
        {f"product_id={pk}" for pk in ids},
    ]


def test_too_many_products_are_found_by_words_alone(filled, found, monkeypatch):
    monkeypatch.setattr(filters, "MAX_IDS", 1)

    body = found(tags__icontains="oa")

    assert (body["engine"], names_of(body)) == ("words", ["Stool", "Cloud chair"])
    assert filled.made("*") == []
    assert found(q="chair")["engine"] == "algolia"


@pytest.mark.parametrize(
    "typed",
    ["ä" * 200, "\ue000x\ue001", "-oak", '"cloud', "a:b OR c", "🪑" * 190, "<b>", "%00", "{facet}"],
)
def test_odd_words_are_words(filled, found, typed):
    assert found(q=typed)["engine"] == "algolia"


def test_odd_filters_are_values(filled, found):
    assert found(tags="-calm")["engine"] == "algolia"
    assert names_of(found(**{"attr.material": "-Oak"})) == []
    assert names_of(found(**{"attr.a=b": "c:d"})) == []
    assert names_of(found(min_price="99999999")) == []
    assert found()["engine"] == "algolia"


# ── Bad days ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_a_shopper_is_answered_while_algolia_is_not(filled, found, api, status):
    filled.answer("*", status=status, times=100)

    body = found(q="chair")

    assert (body["engine"], names_of(body)) == ("words", ["Cloud chair"])
    suggested = api.get("/api/search/suggest/?q=cha")
    assert (suggested.status_code, suggested.json()["results"]) == (200, [])


def test_after_a_failure_nobody_waits_for_a_while(filled, found, settings):
    settings.ALGOLIA_TIMEOUT_SECONDS = 0.2
    connection.forget()
    filled.slow(ASKED, seconds=1, times=1)

    assert found(q="chair")["engine"] == "words"
    assert found(q="chair")["engine"] == "words"
    assert len(filled.made(ASKED)) == 1

    connection.forget()
    assert found(q="chair")["engine"] == "algolia"


def test_one_failure_does_not_keep_the_only_host_away(filled):
    filled.answer("*", status=500, times=1)
    query = Query(text="chair", locale="en", currency="USD")
    with pytest.raises(EngineUnavailable):
        connection.told(lambda client: client.list_indices_with_http_info())

    assert ENGINE.search(query).total == 1


def test_nobody_listens(shop, found, algolia, settings):
    settings.ALGOLIA_HOST = "http://127.0.0.1:9"
    connection.forget()

    assert found(q="chair")["engine"] == "words"


def test_before_the_first_full_run(shop, found, algolia):
    assert (found(q="chair")["engine"], found(q="chair")["engine"]) == ("words", "words")
    ENGINE.push_settings()
    assert found(q="chair")["engine"] == found()["engine"] == "words"
    fill(ENGINE)
    assert found(q="chair")["engine"] == "algolia"
    assert (found(q="zzzzzz")["engine"], found(q="zzzzzz")["total"]) == ("algolia", 0)


def test_no_key_is_logged(filled, found, caplog, settings):
    caplog.set_level("DEBUG")
    key = api_key = settings.ALGOLIA_API_KEY
    for status in (400, 403, 429, 500):
        filled.answer("*", status=status, times=1)
        connection.forget()
        found(q="chair")
    connection.forget()
    found(q="chair")
    fill(ENGINE)
    settings.ALGOLIA_API_KEY = key = key[:-1] + "x"
    connection.forget()
    found(q="chair")

    assert "Algolia" in caplog.text
    assert not any(each in caplog.text for each in (api_key, key, filled.search_key))


def test_settings_agree_with_what_is_reached():
    for name, found in ENGINE.settings().items():
        assert found["paginationLimitedTo"] == setup.REACHABLE, name
        assert found["unretrievableAttributes"] == ["sold_count"]
