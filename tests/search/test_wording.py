"""Synonyms and pins hold everywhere once they are committed, and the engine is told."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from pytest_django import DjangoAssertNumQueries
from wagtail.contrib.search_promotions.models import Query, SearchPromotion

from core import relay
from core.models import OutboxEvent
from search import engines, wording
from search.models import Synonym
from search.wording import Pin, Synonyms
from tests.content.editing import new_page, translated

pytestmark = pytest.mark.django_db


def synonym(words: str, *, typed: str = "", locale: str = "en") -> Synonym:
    made = Synonym(words=words, typed=typed, locale=locale)
    made.full_clean()
    made.save()
    return made


def test_words_find_each_other_or_one_the_others() -> None:
    both = synonym("Sofa,  couch ;settee\nsofa")
    one_way = synonym("notebook, ultrabook", typed="Laptop ")
    synonym("Sessel, Fauteuil", locale="de")

    assert wording.synonyms("en") == [
        Synonyms(both.pk, ("sofa", "couch", "settee")),
        Synonyms(one_way.pk, ("notebook", "ultrabook"), "laptop"),
    ]
    assert [each.words for each in wording.synonyms("de")] == [("sessel", "fauteuil")]
    assert wording.synonyms("fr") == []


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("sofa", ""),
        ("sofa, SOFA", ""),
        ("laptop", "Laptop"),
        ("", "laptop"),
        (", ".join(f"word{n}" for n in range(21)), ""),
        (f"sofa, {'x' * 61}", ""),
        ("sofa, !?", ""),
        ("sofa", "..."),
    ],
)
def test_words_that_say_nothing_are_refused(words: str, typed: str) -> None:
    with pytest.raises(ValidationError):
        Synonym(words=words, typed=typed, locale="en").full_clean()


def test_a_rule_is_there_once() -> None:
    made = synonym("sofa, couch")
    synonym("sofa, couch", locale="de")
    synonym("sofa, couch", typed="settee")
    made.full_clean()

    with pytest.raises(ValidationError, match="There is such a rule already"):
        synonym("Couch; sofa")


def test_pins_are_wagtails_promotions_in_their_order_and_language() -> None:
    chair, table = new_page("Chair"), new_page("Table")
    german = translated(table)
    query = Query.objects.create(query_string="Oak  Things")
    for order, page in enumerate((table, chair, german)):
        SearchPromotion.objects.create(query=query, page=page, sort_order=order)
    SearchPromotion.objects.create(query=query, external_link_url="http://example.com/")

    expected = (table.product_id, chair.product_id)
    assert wording.pins("en") == [Pin(query.pk, "oak things", expected)]
    assert wording.pins("de") == [Pin(query.pk, "oak things", (table.product_id,))]
    assert wording.pinned("en", " OAK things ") == expected
    assert wording.pinned("en", "oak") == wording.pinned("fr", "oak things") == ()


def test_a_change_is_read_again_and_nothing_else(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    made = synonym("sofa, couch")
    with django_assert_num_queries(3):
        wording.synonyms("en")
    with django_assert_num_queries(2):
        wording.synonyms("en")
        wording.pins("en")
    made.words = "sofa, settee"
    made.save()
    assert wording.synonyms("en")[0].words == ("sofa", "settee")
    made.delete()
    assert wording.synonyms("en") == []


def test_a_change_that_is_rolled_back_was_never_there() -> None:
    with transaction.atomic():
        synonym("sofa, couch")
        assert len(wording.synonyms("en")) == 1
        transaction.set_rollback(True)

    assert wording.synonyms("en") == []
    assert not OutboxEvent.objects.filter(name="search.wording_changed").exists()


def test_the_engine_is_told_once_of_many_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[int] = []

    class Engine:
        def push_wording(self) -> None:
            pushed.append(len(wording.synonyms("en")))

    relay.drain()
    monkeypatch.setattr(engines, "current", Engine)
    for words in ("sofa, couch", "mug, cup", "rug, carpet"):
        synonym(words)
    relay.drain()

    assert pushed == [3]


def test_a_product_page_that_goes_takes_its_pins_along() -> None:
    page: Any = new_page("Chair")
    query = Query.objects.create(query_string="oak")
    SearchPromotion.objects.create(query=query, page=page)
    assert wording.pinned("en", "oak") == (page.product_id,)
    page.delete()
    assert wording.pinned("en", "oak") == ()
