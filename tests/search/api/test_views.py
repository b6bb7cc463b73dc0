"""GET /api/search/ and its suggestions, with the built-in engine and without it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from search import engines, services
from search.models import Synonym
from search.records import all_records

pytestmark = pytest.mark.django_db
# Words of names, brands and shelves, unfinished, misspelt, several, a SKU, a synonym.
TYPED = ["chair", "cha", "chiar", "kumo", "hana+stool", "CLOUD-M", "linen", "oil", "perch", "sit",
         "cloud&brand=kumo", "oak&ordering=price", "zzzz"]  # fmt: skip


@pytest.fixture
def filled(shop: dict[str, Any]) -> dict[str, Any]:
    """The shop, in the index."""
    engines.current().replace_all(all_records())
    return shop


def cards(answer: dict[str, Any]) -> list[str]:
    return [card["slug"] for card in answer["results"]]


@pytest.mark.engines
def test_search(filled: dict[str, Any], api: APIClient) -> None:
    answer = api.get("/api/search/?q=oak+CHAIR").json()

    assert (answer["query"], answer["engine"], answer["total"]) == ("oak CHAIR", "database", 1)
    assert cards(answer) == ["cloud-chair"]
    assert answer["results"][0]["highlights"]["name"] == "Cloud <mark>chair</mark>"
    assert answer["facets"]["in_stock"] == {"true": 1, "false": 0}
    assert "facets" not in api.get("/api/search/?q=oak&facets=0").json()


def test_suggestions(filled: dict[str, Any], api: APIClient) -> None:
    assert api.get("/api/search/suggest/?q=").json()["results"] == []
    rows = api.get("/api/search/suggest/?q=ch").json()["results"]
    assert [row for row in rows if row["kind"] != "query"] == [
        {
            "kind": "category",
            "id": filled["chairs"]["id"],
            "slug": "chairs",
            "label": "Chairs",
            "url": "/categories/chairs/",
            "thumbnail": None,
        },
        {
            "kind": "product",
            "id": filled["cloud"]["id"],
            "slug": "cloud-chair",
            "label": "Cloud chair",
            "url": "/products/cloud-chair/",
            "thumbnail": None,
        },
    ]


@pytest.mark.parametrize("bad", ["%00", "x" * 300])
@pytest.mark.parametrize("path", ["search", "search/suggest"])
def test_what_nobody_types_is_refused(db: None, api: APIClient, path: str, bad: str) -> None:
    assert api.get(f"/api/{path}/?q={bad}").status_code == 400


@pytest.mark.parametrize("query", ["search/", "search/suggest/?q=cha"])
def test_an_etag_that_has_not_changed(filled: dict[str, Any], api: APIClient, query: str) -> None:
    first = api.get(f"/api/{query}")

    assert (first.status_code, "public" in first["Cache-Control"]) == (200, True)
    again = api.get(f"/api/{query}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.engines
def test_lists_find_what_the_search_finds(filled: dict[str, Any], api: APIClient) -> None:
    Synonym.objects.create(locale="en", words="perch, stool")

    def by_list(typed: str) -> tuple[Any, ...]:
        answer = api.get(f"/api/products/?facets=1&search={typed}").json()
        return cards(answer), answer["count"], answer["facets"]

    def by_search(typed: str) -> tuple[Any, ...]:
        answer = api.get(f"/api/search/?q={typed}").json()
        assert answer["engine"] == "database"
        return cards(answer), answer["total"], answer["facets"]

    found = {typed: by_search(typed) for typed in TYPED}
    assert {typed: by_list(typed) for typed in TYPED} == found
    # As plain words would not find them.
    assert (found["chiar"][0], found["perch"][0]) == (["cloud-chair"], ["stool"])


@pytest.mark.parametrize("path", ["search/?q=", "search/?q=o", "products/?search=o"])
@pytest.mark.parametrize("first", ["engine", "words"])
def test_whoever_turns_pages_gets_on_while_the_engine_comes_and_goes(
    filled: dict[str, Any],
    api: APIClient,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    first: str,
) -> None:
    url, seen = f"/api/{path}&ordering=newest&page_size=1&cursor=", []
    is_there = first == "engine"
    while url:
        with monkeypatch.context() as away:
            if not is_there:
                away.setattr(services, "find", lambda query: None)
            answer = api.get(url)
        assert answer.status_code == 200, answer.content
        seen += cards(answer.json())
        assert answer.json().get("total", 3) == 3
        url = answer.json()["next"]
        is_there = not is_there

    assert seen == ["evening-oil", "stool", "cloud-chair"]


def test_before_anything_was_indexed_plain_words_answer(
    shop: dict[str, Any], api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = api.get("/api/search/?q=oak+CHAIR").json()

    assert (answer["engine"], answer["total"], answer["query_id"]) == ("words", 1, None)
    assert cards(answer) == ["cloud-chair"]
    assert cards(api.get("/api/products/?search=oak+CHAIR").json()) == ["cloud-chair"]
    assert api.get("/api/search/suggest/?q=ch").json()["results"] == []
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
