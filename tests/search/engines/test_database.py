"""The built-in engine by itself: odd input, changes, spelling, words of editors, ranking."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from django.core import checks
from django.db import connection, transaction

from content.api.conditions import Filter
from search import wording
from search.checks import WITHOUT_TRIGRAMS
from search.engines.base import EngineUnavailable, Found, Query
from search.engines.database import DatabaseEngine, mirror, store, vocabulary, words
from search.models import IndexEntry, IndexWord, Synonym
from search.records import RecordPrice
from tests.search.engines.catalogues import Catalogue, whole

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

ODD = [
    "", " ", "'", '"', "''", '"chair', "chair'--", "chair & stool", "chair | !stool", "!",
    "!!chair", "chair:*", ":*", "a:b:c", "chair <-> stool", "(chair", "chair)", "()", "*",
    "chair*", "^chair", "-chair", "+chair", "chair AND stool", "NOT chair", "NEAR(chair stool)",
    "name:chair", "{name}: chair", "\\", "chair\\", "%", "%s", "_", "$1", ";",
    "chair;DROP TABLE x", "ch\0air", "\0", "🙂", "chair 🙂", "👩\u200d👩\u200d👧", "x" * 200,
    "x " * 100, "the", "for the of", "und der die", "a", "1", "椅子", "按摩椅 chair", "ソファ",
    "의자", "كرسي", "כיסא", "เก้าอี้", "कुर्सी", "кресло", "ΚΑΡΕΚΛΑ", "\u202echair", "chair\u200b",
    "\ud7ff", "\ufeff", "é", "e\u0301", "ﬁ", "İ", "ß", "𝕮𝖍𝖆𝖎𝖗", "½", "²", "\n\t", "0x41", "1e9",
    "12:30", "a@b.example", "https://vitrine.example/?q=1", "10%",
]  # fmt: skip


@pytest.fixture
def engine() -> DatabaseEngine:
    return DatabaseEngine()


@pytest.fixture
def catalogue() -> Catalogue:
    """Three chairs and a stool, not written yet."""
    made = Catalogue()
    made.add(handle="oak", name="Oak chair", brand="Kumo", categories=["Chairs"], tags=("calm",))
    made.add(handle="ash", name="Ash chair", brand="Hana", categories=["Chairs"], sold_count=400)
    made.add(
        handle="elm",
        name="Elm chair",
        brand="Hana",
        categories=["Chairs"],
        variants=[
            ("ELM-M", {"Colour": "Moss"}, {"USD": 5000}, True),
            ("ELM-S", {"Colour": "Sand"}, {"USD": 6000, "EUR": 5500}, True),
        ],
    )
    made.add(handle="stool", name="Stool", summary="Goes with any chair.", categories=["Stools"])
    return made


def found(catalogue: Catalogue, answer: Found) -> list[str]:
    return [catalogue.handle(hit.product_id) for hit in answer.hits]


def ask(text: str = "", **more) -> Query:
    return Query(text, "en", "USD", **more)


def test_odd_input_finds_something_or_nothing(engine, catalogue):
    engine.index(catalogue.records)

    for text in ODD:
        answer = engine.search(ask(text, facets=True))
        assert 0 <= answer.total == len(answer.hits) <= 4, text
        engine.suggest(text, locale="en", currency="USD", limit=3)
        engine.suggest(text, locale="de", currency="USD", limit=3)
    assert found(catalogue, engine.search(ask("chair'--")))[:1] == ["ash"]
    assert found(catalogue, engine.search(ask("𝕮𝖍𝖆𝖎𝖗")))[:1] == ["ash"]


def test_other_scripts_are_found(engine):
    catalogue = Catalogue()
    for handle, name in [("cjk", "按摩椅"), ("rtl", "كرسي مساج"), ("hindi", "मालिश कुर्सी"),
                         ("cyr", "Массажное кресло")]:  # fmt: skip
        catalogue.add(handle=handle, name=name)
    engine.index(catalogue.records)

    queries = ["按摩", "椅", "كرسي", "कुर्सी", "КРЕСЛО", "массаж"]
    assert [found(catalogue, engine.search(ask(text))) for text in queries] == [
        ["cjk"], ["cjk"], ["rtl"], ["hindi"], ["cyr"], ["cyr"],
    ]  # fmt: skip


def test_marks_are_parts_of_words_where_they_are_shown(engine):
    catalogue = Catalogue()
    catalogue.add(handle="hindi", name="मालिश कुर्सी")
    catalogue.add(handle="two signs", name="Cafe\u0301 chair")
    engine.index(catalogue.records)

    def marked(text: str) -> list[str]:
        return [hit.highlights["name"] for hit in engine.search(ask(text)).hits]

    assert marked("कुर्सी") == ["मालिश <mark>कुर्सी</mark>"]
    assert marked("café") == ["<mark>Cafe\u0301</mark> chair"]
    suggested = engine.suggest("कुर", locale="en", currency="USD", limit=3)
    assert suggested.queries == ["कुर्सी"]


def test_unknown_languages_and_currencies_have_nothing(engine, catalogue):
    engine.index(catalogue.records)

    assert engine.search(Query("chair", "xx", "USD", facets=True)).total == 0
    assert engine.search(Query("chair", "en", "XXX", facets=True, sort="price")).total == 0
    assert engine.search(Query("chair", "en", "EUR", sort="price")).total == 1


def test_writes_are_found_at_once(engine, catalogue):
    engine.index(catalogue.records[:2])
    assert found(catalogue, engine.search(ask("chair"))) == ["ash", "oak"]

    engine.index(
        [replace(catalogue.records[1], name="Ash bench", version="2"), catalogue.records[2]]
    )
    assert found(catalogue, engine.search(ask("elm chair"))) == ["elm"]
    assert found(catalogue, engine.search(ask("bench"))) == ["ash"]
    assert dict(engine.stored())[catalogue.records[1].key] == "2"

    engine.delete([catalogue.records[1].key, catalogue.records[3].key])
    assert engine.search(ask("bench")).total == 0
    assert engine.search(ask()).total == engine.count() == 2

    engine.index([catalogue.records[1]])
    assert found(catalogue, engine.search(ask("ash"))) == ["ash"]


def test_a_process_that_lags_behind_answers_as_one_that_just_began(engine, catalogue, monkeypatch):
    records = [record for record in whole().records if record.key.locale == "en"]
    engine.index(records[:40])
    texts = ["massage chair", "leather", "oil", ""]
    for text in texts:
        engine.search(ask(text, facets=True))

    engine.index(records[30:])
    engine.delete([record.key for record in records[5:15]])
    lagging = [engine.search(ask(text, facets=True)) for text in texts]
    monkeypatch.setattr(mirror, "_mirrors", {})
    fresh = [engine.search(ask(text, facets=True)) for text in texts]

    for one, other in zip(lagging, fresh, strict=True):
        assert replace(one, took_ms=0) == replace(other, took_ms=0)


def test_what_was_taken_back_is_forgotten(engine, catalogue):
    engine.index(catalogue.records[:1])

    class Mistake(Exception):
        pass

    @transaction.atomic
    def mistaken() -> None:
        engine.index(catalogue.records[1:])
        assert engine.search(ask("chair")).total == 4
        raise Mistake

    with pytest.raises(Mistake):
        mistaken()

    assert found(catalogue, engine.search(ask("chair"))) == ["oak"]
    engine.index(catalogue.records[3:])
    assert set(found(catalogue, engine.search(ask("chair")))) == {"oak", "stool"}


def test_a_full_run_replaces_everything(engine, catalogue):
    engine.index(catalogue.records[:2])
    told = []

    engine.replace_all(iter(catalogue.records[2:]), progress=told.append)

    assert told == [2]
    assert set(found(catalogue, engine.search(ask()))) == {"elm", "stool"}
    assert engine.search(ask("oak")).total == 0
    assert IndexEntry.objects.count() == 2
    assert set(IndexWord.objects.values_list("word", flat=True)) >= {"elm", "stool", "moss"}
    assert not IndexWord.objects.filter(word__in=["oak", "ash", "elmm"]).exists()


def test_a_full_run_that_breaks_leaves_the_former_index_and_is_taken_up(
    engine, catalogue, monkeypatch
):
    monkeypatch.setattr(store, "BATCH", 1)
    engine.index(catalogue.records[:2])
    oak, ash, elm, stool = catalogue.records

    def broken() -> Iterable:
        yield from (oak, elm, stool)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.replace_all(broken())

    assert set(found(catalogue, engine.search(ask()))) == {"oak", "ash"}
    assert dict(engine.stored()) == {oak.key: oak.version, ash.key: ash.version}
    written = []
    write = store._write
    monkeypatch.setattr(store, "_write", lambda rows: written.append(rows) or write(rows))

    # Since then the oak was changed, the elm was taken out and the ash is back.
    changed = replace(oak, name="Old oak", version="other")
    engine.replace_all([changed, ash, stool])

    assert [row.entry.product_id for rows in written for row in rows] == [
        oak.key.product_id,
        ash.key.product_id,
    ]
    assert dict(engine.stored()) == {
        ash.key: ash.version,
        changed.key: "other",
        stool.key: stool.version,
    }
    assert set(found(catalogue, engine.search(ask()))) == {"oak", "ash", "stool"}
    assert engine.search(ask("stool")).total == 1
    assert IndexEntry.objects.count() == 3
    assert not IndexWord.objects.filter(word="elm").exists()


def test_of_full_runs_that_overlap_the_later_one_has_the_index(engine, catalogue, monkeypatch):
    monkeypatch.setattr(store, "BATCH", 1)
    engine.index(catalogue.records)

    def overtaken() -> Iterable:
        yield from catalogue.records[:2]
        engine.replace_all(catalogue.records[1:])
        yield from catalogue.records[2:]

    with pytest.raises(EngineUnavailable, match="Another full run began"):
        engine.replace_all(overtaken())

    assert set(found(catalogue, engine.search(ask()))) == {"ash", "elm", "stool"}
    assert engine.search(ask("oak")).total == 0
    assert IndexEntry.objects.count() == 3


def test_queries_do_not_grow(engine, django_assert_num_queries):
    records = [record for record in whole().records if record.key.locale == "en"]
    colour = Filter("attr.colour", "attr.colour", "in", ("Slate",))

    for count in (3, 60):
        engine.index(records[:count])
        for _ in range(2):
            engine.search(ask("massage chair", facets=True, filters=(colour,)))
            engine.suggest("massage ch", locale="en", currency="USD", limit=6)
        # The edition, the words of editors, SKUs, two names of facets, the page's texts.
        with django_assert_num_queries(6):
            engine.search(ask("massage chair", facets=True, filters=(colour,)))
        with django_assert_num_queries(3):
            engine.suggest("massage ch", locale="en", currency="USD", limit=6)
        with django_assert_num_queries(1):
            engine.search(ask())


def test_spelling_is_mended_with_and_without_trigrams(engine, catalogue, monkeypatch):
    engine.index([*catalogue.records, *[r for r in whole().records if r.key.locale == "de"]])
    typed = {"chiar": "chair", "stol": "stool", "elm chiar": "elm chair", "xyzzy chair": "chair"}

    for there in {False, vocabulary.trigrams()}:
        monkeypatch.setattr(vocabulary, "trigrams", lambda there=there: there)
        assert {text: engine.search(ask(text)).searched for text in typed} == typed
        german = engine.search(Query("masagesessel", "de", "USD"))
        assert (german.searched, german.total) == ("massagesessel", 2)

    assert engine.search(ask("stol chiar xyzzy stooll elm")).searched == "stool chair elm"
    assert engine.search(ask("chair")).searched is None
    nothing = engine.search(ask("zzzzzzzz"))
    assert (nothing.total, nothing.hits, nothing.searched) == (0, [], None)


def test_words_that_never_stand_together_find_most_of_themselves(engine, catalogue):
    engine.index(catalogue.records)

    assert found(catalogue, engine.search(ask("kumo elm moss"))) == ["elm"]


def test_skus_then_brands_and_categories_then_what_sells(engine, catalogue):
    engine.index(catalogue.records)

    for typed in ("ELM-S", "elm s", "elms"):
        (hit, *_) = engine.search(ask(typed)).hits
        assert hit.variant_id == catalogue.records[2].variants[1].id
    assert found(catalogue, engine.search(ask("hana"))) == ["ash", "elm"]
    assert found(catalogue, engine.search(ask("chairs"))) == ["ash", "elm", "oak", "stool"]
    assert engine.search(ask("sand")).hits[0].variant_id == catalogue.records[2].variants[1].id
    sold_out = replace(
        catalogue.records[1],
        variants=(),
        prices={"USD": RecordPrice(1000, 1000, None, False)},
        sold_count=0,
    )
    engine.index([sold_out])
    assert found(catalogue, engine.search(ask("chairs"))) == ["elm", "oak", "ash", "stool"]


def test_a_part_of_a_sku_is_worth_less_than_a_word(engine, catalogue):
    colours = [("TAKT-CHA", {"Colour": "Charcoal"}, {"USD": 5000}, True)]
    catalogue.add(handle="gun", name="Massage gun", variants=colours, sold_count=900)
    engine.index(catalogue.records)

    assert found(catalogue, engine.search(ask("cha")))[-2:] == ["gun", "stool"]
    for typed in ("takt-cha", "taktcha", "takt", "gun takt-cha"):
        assert found(catalogue, engine.search(ask(typed)))[0] == "gun"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("Café ch", "café chair"),
        ("cafe  ch", "cafe chair"),
        ("café-ch", "cafe chair"),
        ("caf", "café"),
        ("café ch !", "cafe chair"),
    ],
)
def test_a_query_is_completed_as_it_was_typed(engine, catalogue, typed, completed):
    catalogue.add(handle="café", name="Café chair")
    engine.index(catalogue.records)

    assert engine.suggest(typed, locale="en", currency="USD", limit=6).queries[0] == completed


def test_a_last_word_may_go_on_although_it_is_a_word(engine):
    catalogue = Catalogue()
    catalogue.add(handle="table", name="Oak table")
    catalogue.add(handle="lamp", name="Lamp", description="It hangs by a tab.")
    engine.index(catalogue.records)

    assert found(catalogue, engine.search(ask("tab"))) == ["table", "lamp"]
    assert found(catalogue, engine.search(ask("oak tab"))) == ["table"]
    completed = engine.suggest("tab", locale="en", currency="USD", limit=3)
    assert completed.queries == ["table"]


def test_synonyms_find_each_other(engine, catalogue):
    engine.index(catalogue.records)
    assert engine.search(ask("settee")).total == 0

    Synonym.objects.create(locale="en", words="settee, stool")
    Synonym.objects.create(locale="en", words="oak chair", typed="office seat")

    assert found(catalogue, engine.search(ask("settee"))) == ["stool"]
    assert found(catalogue, engine.search(ask("office seat"))) == ["oak"]


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("settee, stool", "settees"),
        ("settees, stools", "settee"),
        ("place to sit, stool", "place to sit"),
        ("place to sit, stool", "Places for to sit"),
        ("pouf pouf, stool", "pouf pouf"),
    ],
)
def test_synonyms_are_read_as_queries_are(engine, catalogue, words, typed):
    engine.index(catalogue.records)
    Synonym.objects.create(locale="en", words=words)

    assert found(catalogue, engine.search(ask(typed))) == ["stool"]


def test_a_thousand_synonyms_are_not_read_for_each_search(engine, catalogue, monkeypatch):
    engine.index(catalogue.records)
    Synonym.objects.bulk_create(
        Synonym(locale="en", words=f"perch {number}, stool {number}") for number in range(1000)
    )
    engine.search(ask("chair"))
    split = words.split
    texts: list[str] = []
    monkeypatch.setattr(words, "split", lambda text: texts.append(text) or split(text))

    engine.search(ask("chair"))

    assert "perch 7" not in texts


def test_pinned_products_come_first_where_filters_let_them(engine, catalogue, monkeypatch):
    engine.index(catalogue.records)
    said = wording.current()
    pinned = {("en", "chair"): (catalogue.ids["stool"], 999, catalogue.ids["oak"])}
    monkeypatch.setattr(wording, "current", lambda: replace(said, pinned=pinned))

    assert found(catalogue, engine.search(ask("Chair "))) == ["stool", "oak", "ash", "elm"]
    hana = Filter("brand", "brand_id", "in", (catalogue.records[1].brand.id,))
    assert found(catalogue, engine.search(ask("chair", filters=(hana,)))) == ["ash", "elm"]
    assert found(catalogue, engine.search(ask("chair", sort="name")))[0] == "ash"


def test_pages_neither_overlap_nor_leave_out(engine):
    catalogue = Catalogue()
    for number in range(25):
        catalogue.add(handle=f"lamp-{number}", name="Lamp")
    engine.index(catalogue.records)

    for sort in ("relevance", "price", "-price", "newest", "rating", "name", "best_selling"):
        seen: list[str] = []
        for offset in range(0, 30, 7):
            seen += found(catalogue, engine.search(ask("lamp", sort=sort, offset=offset, limit=7)))
        assert sorted(seen) == sorted(catalogue.ids), sort


def test_names_are_put_in_order_without_reading_all_of_them_again(engine, monkeypatch):
    catalogue = Catalogue()
    for name in ("Zebra", "Öl", "apple", "Ölkanne", "Oase"):
        catalogue.add(handle=name.lower(), name=name)
    engine.index(catalogue.records)
    engine.search(ask())
    monkeypatch.setattr(words, "unicodedata", None)

    assert found(catalogue, engine.search(ask(sort="name"))) == [
        "apple", "oase", "öl", "ölkanne", "zebra",
    ]  # fmt: skip


def test_an_operator_hears_that_trigrams_are_missing(monkeypatch, settings):
    def heard() -> list[str]:
        every = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
        return [each.id for each in every if each.id == WITHOUT_TRIGRAMS]

    monkeypatch.setattr("search.checks.trigrams", lambda: False)
    assert heard() == ([WITHOUT_TRIGRAMS] if connection.vendor == "postgresql" else [])
    settings.SEARCH_ENGINE = "algolia"
    assert heard() == []
    settings.SEARCH_ENGINE = "database"
    monkeypatch.setattr("search.checks.trigrams", lambda: True)
    assert heard() == []


def test_a_database_that_is_away_is_said_to_be(engine, monkeypatch):
    def away(*_: object) -> None:
        raise connection.Database.OperationalError("gone")

    monkeypatch.setattr(mirror, "_head", lambda _: connection.wrap_database_errors(away)())

    with pytest.raises(EngineUnavailable):
        engine.search(ask("chair"))
