"""Both engines answer the same, so that a storefront cannot tell them apart."""

import pytest

from content.api.filters import ORDERINGS
from tests.content.api.conftest import rebuild_all
from tests.content.api.test_product_list import FILTERED
from tests.search.engines.cases import FACETED, FOUND, SORTED
from tests.search.engines.conftest import fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(api, engine, shop):
    """The body that the search answers for a query string."""
    fill(engine)

    def get(query: str):
        response = api.get(f"/api/search/?{query}")
        assert response.status_code == 200, response.content
        body = response.json()
        assert body["engine"] == engine.name
        return body

    return get


def named(body) -> list[str]:
    return [card["name"] for card in body["results"]]


@pytest.mark.engines
def test_what_is_found(ask):
    assert [(query, named(ask(query))) for query, _ in FOUND] == FOUND


@pytest.mark.engines
def test_filters_are_those_of_the_list(ask):
    cases = [case for case in FILTERED if "search=" not in case[0]]
    found = [(query, named(ask(query))) for query, _ in cases]
    assert found == [(query, names) for query, names in cases]


@pytest.mark.engines
def test_orderings(ask):
    assert {query.partition("&")[0].partition("=")[2] for query, _ in SORTED} == {*ORDERINGS} - {
        "relevance"
    }
    assert [(query, named(ask(query))) for query, _ in SORTED] == SORTED


@pytest.mark.engines
def test_facets_are_those_of_the_list(ask, api):
    for query in FACETED:
        plain = api.get(f"/api/products/?facets=1&{query}").json()
        body = ask(query)
        assert (query, body["facets"], body["total"]) == (query, plain["facets"], plain["count"])


def test_facets_count_what_the_words_leave(ask):
    facets = ask("q=chair&brand=kumo")["facets"]

    assert [(each["label"], each["count"]) for each in facets["brand"]] == [("Hana", 1)]
    assert facets["category"] == []
    assert facets["attributes"] == {}
    assert facets["in_stock"] == {"true": 0, "false": 0}


def test_the_same_shape(ask, shop):
    body = ask("q=cloud")

    assert set(body) == {
        "query", "searched", "query_id", "engine", "total", "count", "next", "previous", "results",
        "facets",
    }  # fmt: skip
    (hit,) = body["results"]
    assert hit["id"] == shop["cloud"]["id"]
    assert hit["highlights"]["name"] == "<mark>Cloud</mark> chair"
    assert hit["variant_id"] is None


def test_a_sku_names_its_variant(ask, shop):
    (hit,) = ask("q=CLOUD-M")["results"]

    by_sku = {variant["sku"]: variant["id"] for variant in shop["cloud"]["variants"]}
    assert hit["variant_id"] == by_sku["CLOUD-M"]


def test_pages_and_cursors(ask):
    pages = [ask(f"page_size=1&page={number}") for number in (1, 2, 3)]
    assert [named(page) for page in pages] == [["Evening oil"], ["Stool"], ["Cloud chair"]]
    assert [page["total"] for page in pages] == [3, 3, 3]
    assert pages[2]["next"] is None

    seen, query = [], "page_size=2&cursor="
    while query:
        body = ask(query)
        seen += named(body)
        query = (body["next"] or "").partition("?")[2]
    assert seen == ["Evening oil", "Stool", "Cloud chair"]


def test_highlights_are_escaped(ask, engine, write):
    write("products", name="Lamp <b>&co</b>", sku="LAMP", price="5.00", stock=1)
    rebuild_all()
    fill(engine)

    (hit,) = ask("q=lamp")["results"]

    assert hit["highlights"]["name"] == "<mark>Lamp</mark> &lt;b&gt;&amp;co&lt;/b&gt;"


def test_suggestions(api, engine, shop):
    fill(engine)

    def offered(query: str):
        results = api.get(f"/api/search/suggest/?q={query}").json()["results"]
        return [(row["kind"], row["label"]) for row in results if row["kind"] != "query"]

    assert offered("cha") == [("category", "Chairs"), ("product", "Cloud chair")]
    assert offered("han") == [("brand", "Hana"), ("product", "Cloud chair")]
    assert offered("sto") == [("product", "Stool")]
    assert offered("zzzz") == []


@pytest.mark.engines
def test_in_stock_is_that_of_the_currency(ask, engine, write):
    lamp = write(
        "products",
        name="Lamp",
        variants=[
            {"sku": "LAMP-S", "options": {"Size": "S"}, "price": "5.00", "stock": 1},
            {
                "sku": "LAMP-M",
                "options": {"Size": "M"},
                "price": "6.00",
                "stock": 0,
                "prices": [{"price": {"amount": "6.00", "currency": "EUR"}}],
            },
        ],
    )
    rebuild_all()
    fill(engine)

    def found(query: str) -> list[bool]:
        return [lamp["id"] == card["id"] for card in ask(query)["results"]]

    assert found("q=lamp&in_stock=true") == found("q=lamp&in_stock=false&currency=EUR") == [True]
    assert found("q=lamp&in_stock=false") == found("q=lamp&in_stock=true&currency=EUR") == []
    assert ask("q=lamp&currency=EUR&facets=1")["facets"]["in_stock"] == {"true": 0, "false": 1}
