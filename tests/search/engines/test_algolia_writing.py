"""Keeping Algolia: objects, batches, tasks, replicas, the temporary index and its move."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from search.engines.algolia import AlgoliaEngine, connection, names, objects, writing
from search.engines.base import EngineUnavailable
from search.records import Named, Record, RecordKey, RecordPrice, RecordVariant
from tests.fakes.algolia import body_of

pytestmark = pytest.mark.django_db
ENGINE = AlgoliaEngine()


def make_record(product_id: int = 1, *, version: str = "v1", variants: int = 2, **changes):
    record = Record(
        key=RecordKey(product_id, "en"),
        version=version,
        name=f"Café chair {product_id}",
        slug=f"chair-{product_id}",
        summary="A chair.",
        description="To sit on.",
        brand=Named(7, "hana", "Hana"),
        categories=(Named(3, "seats", "Seats"), Named(17, "chairs", "Chairs")),
        category_path="/3/17/",
        tags=("Calm", "Oak"),
        attributes={"colour": ("Moss", "Sand"), "material": ("Oak",)},
        variants=tuple(
            RecordVariant(
                id=product_id * 100 + number,
                sku=f"CH-{product_id}-{number}",
                options={"Colour": ("Sand", "Moss", "Sky")[number]},
                prices={"USD": 1000 + number, "EUR": 900},
                in_stock=number == 0,
            )
            for number in range(variants)
        ),
        prices={
            "USD": RecordPrice(1000, 1001, 1500, True),
            "EUR": RecordPrice(900, 900, None, False),
        },
        featured=False,
        rating_average=3.5,
        rating_count=2,
        sold_count=4,
        listed_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    return replace(record, **changes)


def stored() -> dict[RecordKey, str]:
    rows = list(ENGINE.stored())
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_one_object_for_each_variant():
    first, second = objects.objects_of(make_record())

    shared = {
        "product_id": 1,
        "version": "v1",
        "variant_count": 2,
        "is_live": True,
        "name": "Café chair 1",
        "name_key": "cafe chair 1",
        "slug": "chair-1",
        "summary": "A chair.",
        "description": "To sit on.",
        "brand": "Hana",
        "brand_id": 7,
        "categories": ["Seats", "Chairs"],
        "category_paths": ["/3/", "/3/17/"],
        "tags": ["calm", "oak"],
        "attributes": ["colour=Moss", "colour=Sand", "material=Oak"],
        "values": ["Oak"],
        "from_minor": {"USD": 1000, "EUR": 900},
        "to_minor": {"USD": 1001, "EUR": 900},
        "compare_at_minor": {"USD": 1500},
        "in_stock": {"USD": True, "EUR": False},
        "featured": False,
        "rating": 3.5,
        "rating_count": 2,
        "rating_bands": [1, 2, 3],
        "sold_count": 4,
        "listed_at": 1772323200000,
        "thumbnail": None,
    }
    assert first == {
        **shared,
        "objectID": "1-100",
        "variant_id": 100,
        "sku": "CH-1-0",
        "skus": ["CH-1-0", "ch10"],
        "options": ["Sand"],
        "price_minor": {"USD": 1000, "EUR": 900},
        "variant_in_stock": True,
        "position": 0,
    }
    assert second == {
        **shared,
        "objectID": "1-101",
        "variant_id": 101,
        "sku": "CH-1-1",
        "skus": ["CH-1-1", "ch11"],
        "options": ["Moss"],
        "price_minor": {"USD": 1001, "EUR": 900},
        "variant_in_stock": False,
        "position": 1,
    }


def test_a_long_text_is_cut_so_that_algolia_takes_the_object(algolia):
    long = make_record(description="ä" * 20_000, summary="long " * 3_000)

    ENGINE.index([long])

    kept = algolia.objects_in("vitrine_en")["1-100"]
    assert set(kept["description"]) | set(kept["summary"]) <= set("älong ")
    assert kept["name"] == "Café chair 1"
    assert stored() == {long.key: "v1"}


def test_a_product_with_too_much_of_everything_is_found_and_filtered(algolia):
    endless = make_record(
        description="ä" * 20_000,
        attributes={
            "colour": ("Moss",), "fits": tuple(f"Model number {n:05}" for n in range(800))
        },
        tags=tuple(f"A tag with the number {n:05}" for n in range(300)),
    )  # fmt: skip

    ENGINE.replace_all([endless, make_record(2)])

    assert stored() == {endless.key: "v1", RecordKey(2, "en"): "v1"}
    first, second = (algolia.objects_in("vitrine_en")[name] for name in ("1-100", "1-101"))
    assert first["attributes"] == second["attributes"]
    assert first["attributes"][:2] == ["colour=Moss", "fits=Model number 00000"]
    assert len(first["attributes"]) > 20
    assert first["categories"] == ["Seats", "Chairs"]


def test_the_first_write_makes_the_index_with_its_settings_and_replicas(algolia):
    ENGINE.index([make_record(1), make_record(2)])

    replicas = set(names.replicas_of("en"))
    assert replicas == {
        "vitrine_en_newest", "vitrine_en_rating", "vitrine_en_best_selling", "vitrine_en_name",
        "vitrine_en_price_usd_asc", "vitrine_en_price_usd_desc",
        "vitrine_en_price_eur_asc", "vitrine_en_price_eur_desc",
    }  # fmt: skip
    assert set(algolia.names()) == {"vitrine_en", *replicas}
    ids = {"1-100", "1-101", "2-200", "2-201"}
    assert all(set(algolia.objects_in(name)) == ids for name in algolia.names())
    for name, wanted in ENGINE.settings().items():
        if name.startswith("vitrine_en"):
            assert algolia.indexes[name].settings == wanted
    assert len(algolia.made("POST /1/indexes/vitrine_en/batch")) == 1


def test_variants_that_are_gone_leave_the_index(algolia):
    ENGINE.index([make_record(1, variants=3), make_record(2)])

    ENGINE.index([make_record(1, variants=1, version="v2")])

    assert set(algolia.objects_in("vitrine_en")) == {"1-100", "2-200", "2-201"}
    assert set(algolia.objects_in("vitrine_en_name")) == {"1-100", "2-200", "2-201"}
    assert stored() == {RecordKey(1, "en"): "v2", RecordKey(2, "en"): "v1"}
    assert ENGINE.count() == 2


def test_deleting_takes_every_variant_and_passes_over_what_is_not_there(algolia):
    ENGINE.delete([RecordKey(1, "en"), RecordKey(5, "de")])
    assert algolia.names() == []
    ENGINE.index([make_record(1), make_record(2)])

    ENGINE.delete([RecordKey(1, "en"), RecordKey(9, "en"), RecordKey(1, "de")])

    assert stored() == {RecordKey(2, "en"): "v1"}


def test_a_record_with_a_missing_or_a_former_variant_has_no_version(algolia):
    ENGINE.index([make_record(1), make_record(2), make_record(3)])
    del algolia.indexes["vitrine_en"].objects["1-101"]
    algolia.indexes["vitrine_en"].objects["2-200"]["version"] = "v0"

    assert stored() == {
        RecordKey(1, "en"): "", RecordKey(2, "en"): "", RecordKey(3, "en"): "v1"
    }  # fmt: skip


def test_browsing_goes_on_by_cursor(algolia, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 2)
    ENGINE.index([make_record(number) for number in range(1, 6)])
    batches = algolia.made("POST /1/indexes/vitrine_en/batch")
    assert len(batches) == 5

    assert stored() == {RecordKey(number, "en"): "v1" for number in range(1, 6)}


# ── The whole index ─────────────────────────────────────────────────────────────────────
def test_everything_is_replaced_by_a_move(algolia, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 3)
    ENGINE.index([make_record(1), make_record(9)])
    algolia.requests.clear()
    told: list[int] = []

    ENGINE.replace_all(
        (make_record(number, version="v2") for number in range(1, 6)), progress=told.append
    )

    assert stored() == {RecordKey(number, "en"): "v2" for number in range(1, 6)}
    assert not [name for name in algolia.names() if "_tmp_" in name]
    assert len(algolia.made("POST /1/indexes/vitrine_en/batch")) == 0
    assert len(algolia.made("POST /1/indexes/vitrine_en_tmp_*/batch")) == 4
    settings = ENGINE.settings()
    for name in ("vitrine_en", *names.replicas_of("en")):
        assert len(algolia.objects_in(name)) == 10
        assert algolia.indexes[name].settings == settings[name]


def test_the_old_index_answers_until_the_move(algolia):
    ENGINE.index([make_record(1)])
    seen = []

    def records():
        yield make_record(2)
        seen.append(set(algolia.objects_in("vitrine_en")))
        yield make_record(3)

    ENGINE.replace_all(records())

    assert seen == [{"1-100", "1-101"}]
    assert stored() == {RecordKey(2, "en"): "v1", RecordKey(3, "en"): "v1"}


def test_records_that_cannot_be_read_leave_the_old_index(algolia):
    ENGINE.index([make_record(1)])

    def records():
        yield make_record(2)
        raise LookupError

    with pytest.raises(LookupError):
        ENGINE.replace_all(records())

    assert stored() == {RecordKey(1, "en"): "v1"}


def test_a_run_that_was_cut_is_taken_up_and_sends_only_what_differs(algolia, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 2)
    ENGINE.index([make_record(1)])

    def cut():
        for number in range(1, 7):
            yield make_record(number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ENGINE.replace_all(cut())
    (left,) = [name for name in algolia.names() if "_tmp_" in name]
    assert len(algolia.objects_in(left)) == 12
    algolia.requests.clear()

    # One product has gone, one is another with a variant less, one is new.
    again = [make_record(number) for number in (1, 2, 3, 5)]
    ENGINE.replace_all([*again, make_record(6, version="v2", variants=1), make_record(7)])

    assert stored() == {
        **{RecordKey(number, "en"): "v1" for number in (1, 2, 3, 5, 7)},
        RecordKey(6, "en"): "v2",
    }
    sent = [
        (each["action"], each["body"]["objectID"])
        for request in algolia.made("POST /1/indexes/vitrine_en_tmp_*/batch")
        for each in body_of(request)["requests"]
    ]
    assert sorted(sent) == [
        ("addObject", "6-600"),
        ("addObject", "7-700"),
        ("addObject", "7-701"),
        ("deleteObject", "4-400"),
        ("deleteObject", "4-401"),
        ("deleteObject", "6-600"),
        ("deleteObject", "6-601"),
    ]
    assert not [name for name in algolia.names() if "_tmp_" in name]
    assert len(algolia.objects_in("vitrine_en")) == 11


def test_a_batch_that_got_lost_leaves_the_old_index(algolia, settings):
    ENGINE.index([make_record(1)])
    settings.ALGOLIA_TASK_SECONDS = 0.03

    def records():
        yield make_record(2)
        algolia.lose_tasks(1)
        yield make_record(3)

    with pytest.raises(EngineUnavailable):
        ENGINE.replace_all(records())

    assert stored() == {RecordKey(1, "en"): "v1"}
    ENGINE.replace_all([make_record(2), make_record(3)])
    assert stored() == {RecordKey(2, "en"): "v1", RecordKey(3, "en"): "v1"}


def test_nothing_is_moved_unless_every_object_is_there(algolia, monkeypatch):
    ENGINE.index([make_record(1)])
    monkeypatch.setattr(writing._Filling, "_send", lambda self, found: None)

    with pytest.raises(EngineUnavailable, match="has 0 objects, not 2"):
        ENGINE.replace_all([make_record(2)])

    assert stored() == {RecordKey(1, "en"): "v1"}


def test_an_answer_that_got_lost_after_the_move_does_no_harm(algolia):
    ENGINE.index([make_record(1)])
    algolia.lose_answer("POST /1/indexes/vitrine_en_tmp_*/operation", times=2)

    ENGINE.replace_all([make_record(2)])

    assert stored() == {RecordKey(2, "en"): "v1"}


def test_of_what_killed_runs_left_only_the_newest_of_today_is_taken_up(algolia):
    ENGINE.index([make_record(1)])
    old, newer, newest = "vitrine_en_tmp_old", "vitrine_en_tmp_newer", "vitrine_en_tmp_newest"
    for name in (old, newer, newest, "other_en_tmp_old"):
        algolia.set_settings(name, {}, forward=False)
    algolia.objects_in("vitrine_en")
    for name in (old, "other_en_tmp_old"):
        algolia.indexes[name].updated_at = datetime(2026, 1, 1, tzinfo=UTC)

    algolia.indexes[newer].updated_at = datetime.now(UTC) - timedelta(hours=1)

    ENGINE.replace_all([make_record(1)])

    algolia.objects_in("vitrine_en")
    assert {name for name in algolia.names() if "_tmp_" in name} == {"other_en_tmp_old"}
    assert not algolia.made(f"POST /1/indexes/{old}/operation")
    assert not algolia.made(f"POST /1/indexes/{newer}/operation")
    assert algolia.made(f"POST /1/indexes/{newest}/operation")


def test_a_language_that_was_switched_off_is_emptied(algolia):
    ENGINE.index([make_record(1), make_record(1, key=RecordKey(1, "de"))])
    assert ENGINE.count() == 2

    ENGINE.replace_all([make_record(1)])

    assert stored() == {RecordKey(1, "en"): "v1"}
    assert algolia.objects_in("vitrine_de_name") == {}


# ── Bad days ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_short_storm_is_sat_out(algolia, status):
    algolia.answer("*", status=status, times=3)

    ENGINE.index([make_record(1)])

    assert stored() == {RecordKey(1, "en"): "v1"}


def test_a_long_storm_is_the_callers_and_over_at_once(algolia):
    ENGINE.index([make_record(1)])
    algolia.answer("*", status=503, times=1000)

    with pytest.raises(EngineUnavailable):
        ENGINE.index([make_record(1, version="v2")])
    with pytest.raises(EngineUnavailable):
        ENGINE.delete([RecordKey(1, "en")])
    with pytest.raises(EngineUnavailable):
        ENGINE.replace_all([make_record(2)])

    algolia.recover()
    assert stored() == {RecordKey(1, "en"): "v1"}
    ENGINE.index([make_record(1, version="v2")])
    assert stored() == {RecordKey(1, "en"): "v2"}


@pytest.mark.parametrize(
    "change",
    [
        lambda: ENGINE.index([make_record(2)]),
        lambda: ENGINE.delete([RecordKey(1, "en")]),
        ENGINE.push_settings,
    ],
    ids=["index", "delete", "settings"],
)
def test_nothing_else_waits_for_an_algolia_that_hangs(algolia, settings, monkeypatch, change):
    ENGINE.index([make_record(1)])
    settings.ALGOLIA_WRITE_TIMEOUT_SECONDS = 0.1
    monkeypatch.setattr(connection, "SHORT", 0.05)
    connection.forget()
    algolia.requests.clear()
    algolia.slow(seconds=0.3, times=1000)

    with pytest.raises(EngineUnavailable):
        change()

    assert len(algolia.made("*")) == 1


def test_whoever_asks_how_many_there_are_does_not_wait_long(algolia, settings):
    ENGINE.index([make_record(1)])
    assert ENGINE.count() == 1
    settings.ALGOLIA_TIMEOUT_SECONDS = 0.1
    connection.forget()
    algolia.requests.clear()
    algolia.slow(seconds=0.3, times=1000)

    with pytest.raises(EngineUnavailable):
        ENGINE.count()

    assert len(algolia.made("*")) == 1


def test_an_answer_that_got_lost_is_no_harm(algolia):
    ENGINE.index([make_record(1, variants=3)])
    algolia.lose_answer("POST */batch")

    ENGINE.index([make_record(1, variants=1, version="v2")])

    assert set(algolia.objects_in("vitrine_en")) == {"1-100"}


def test_a_task_that_never_ends_is_told(algolia, settings):
    ENGINE.index([make_record(1)])
    settings.ALGOLIA_TASK_SECONDS = 0.1
    algolia.lose_tasks(1)

    with pytest.raises(EngineUnavailable, match="still not done"):
        ENGINE.index([make_record(1, version="v2")])

    settings.ALGOLIA_TASK_SECONDS = 20.0
    ENGINE.index([make_record(1, version="v2")])
    assert stored() == {RecordKey(1, "en"): "v2"}


def test_a_wrong_key_is_an_engine_that_is_away(algolia, settings, caplog):
    settings.ALGOLIA_API_KEY = "wrong-key-0123456789"

    with pytest.raises(EngineUnavailable, match="403") as caught:
        ENGINE.index([make_record(1)])

    assert "wrong-key" not in str(caught.value) + caplog.text


def test_an_object_that_is_not_accepted_is_not_tried_again(algolia, monkeypatch):
    ENGINE.index([make_record(1)])
    monkeypatch.setattr(objects, "MAX_BYTES", 10**6)

    with pytest.raises(writing.NotAccepted, match="too big"):
        ENGINE.index([make_record(2, description="x" * 20_000)])
