"""Settings, synonyms and pins that are pushed from here."""

import pytest
from django.utils import timezone

from search import tasks, wording
from search.engine_settings import version_for
from search.engines.algolia import AlgoliaEngine, names
from search.engines.base import Query
from search.models import SyncState, Synonym
from search.records import records_of
from tests.search.engines.conftest import fill

pytestmark = pytest.mark.django_db
ENGINE = AlgoliaEngine()


def ask(text: str, **more) -> list[int]:
    found = ENGINE.search(Query(text=text, locale="en", currency="USD", **more))
    return [hit.product_id for hit in found.hits]


def everywhere(algolia) -> list[str]:
    return ["vitrine_en", *names.replicas_of("en")]


def test_settings_are_pushed_and_pushed_again(algolia):
    ENGINE.push_settings()
    ENGINE.push_settings()

    settings = ENGINE.settings()
    assert set(algolia.names()) == set(settings)
    assert {name: algolia.indexes[name].settings for name in algolia.names()} == settings
    cheapest = settings["vitrine_en_price_usd_asc"]["ranking"]
    assert cheapest[:3] == ["asc(from_minor.USD)", "asc(product_id)", "typo"]
    assert settings["vitrine_en"]["ranking"][0] == "typo"
    assert len(settings["vitrine_en"]["replicas"]) == 8
    assert "replicas" not in settings["vitrine_en_newest"]


def test_a_currency_more_is_set_up_without_anybodys_doing(algolia, shop, settings):
    settings.SEARCH_ENGINE = ENGINE.name
    fill(ENGINE)
    state = SyncState.objects.create(
        engine=ENGINE.name, filled_at=timezone.now(), settings_version=version_for(ENGINE)
    )
    assert not tasks.keep_settings()
    settings.CURRENCIES = [*settings.CURRENCIES, "JPY"]

    assert tasks.keep_settings()
    assert not tasks.keep_settings()

    state.refresh_from_db()
    assert state.settings_version == version_for(ENGINE)
    assert {name: algolia.indexes[name].settings for name in algolia.names()} == ENGINE.settings()
    assert "vitrine_en_price_jpy_asc" in algolia.names()
    assert "in_stock.JPY" in algolia.indexes["vitrine_en"].settings["attributesForFaceting"]


def test_a_storm_during_the_push_leaves_nothing_half_done_for_good(algolia):
    algolia.answer("PUT *", status=500, times=2)
    algolia.lose_answer("PUT *", times=1)

    ENGINE.push_settings()

    assert {name: algolia.indexes[name].settings for name in algolia.names()} == ENGINE.settings()


def test_synonyms_reach_every_replica_and_leave_again(algolia, shop):
    fill(ENGINE)
    Synonym.objects.create(locale="en", words="chair, fauteuil")
    assert ask("fauteuil") == []
    algolia.requests.clear()

    ENGINE.push_wording()

    assert algolia.made("PUT *") == []
    rows = [each.id for each in wording.synonyms("en")]
    for name in everywhere(algolia):
        assert list(algolia.indexes[name].synonyms) == [f"synonym-{pk}" for pk in rows]
    assert ask("fauteuil") == ask("fauteuil", sort="price") == [shop["cloud"]["id"]]
    Synonym.objects.all().delete()
    ENGINE.push_wording()
    assert ask("fauteuil") == []
    assert algolia.indexes["vitrine_en_name"].synonyms == {}


def test_a_synonym_of_one_direction(algolia, shop):
    fill(ENGINE)
    Synonym.objects.create(locale="en", words="stool", typed="perch")

    ENGINE.push_settings()

    assert ask("perch") == [shop["stool"]["id"]]


@pytest.fixture
def pinned(monkeypatch, shop):
    """The oil first, then the stool, for “chair”."""
    pin = wording.Pin(5, "chair", (shop["oil"]["id"], shop["stool"]["id"], 999_999))
    monkeypatch.setattr(wording, "pins", lambda locale: [pin] if locale == "en" else [])
    return [shop["oil"]["id"], shop["stool"]["id"]]


def test_pins_come_first_by_relevance_only(algolia, shop, pinned):
    fill(ENGINE)

    cloud = shop["cloud"]["id"]
    assert ask("chair") == ask(" CHAIR ") == [*pinned, cloud]
    assert ask("chairs") == [cloud]
    assert ask("chair", sort="price") == [cloud]


def test_pins_keep_to_the_filters(algolia, api, shop, pinned):
    fill(ENGINE)

    body = api.get("/api/search/?q=chair&in_stock=true").json()

    assert [card["name"] for card in body["results"]] == ["Stool", "Cloud chair"]


def test_a_pin_follows_its_products_variants(algolia, shop, pinned, monkeypatch):
    fill(ENGINE)
    oil = shop["oil"]["id"]
    assert algolia.indexes["vitrine_en"].rules["pin-5"]["consequence"]["promote"] == [
        {
            "objectIDs": [
                f"{oil}-{shop['oil']['variants'][0]['id']}",
                f"{shop['stool']['id']}-{shop['stool']['variants'][0]['id']}",
            ],
            "position": 0,
        }
    ]
    from search.engines.algolia import setup

    monkeypatch.setattr(setup, "first_objects", lambda ids: {oil: f"{oil}-77"})

    ENGINE.index(records_of([oil]))

    for name in everywhere(algolia):
        (promote,) = algolia.indexes[name].rules["pin-5"]["consequence"]["promote"]
        assert promote["objectIDs"] == [f"{oil}-77"]
