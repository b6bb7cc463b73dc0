"""The words of an index: what they are parts of, and what it costs to ask."""

from itertools import product
from typing import Any

import pytest

from search.engines.database.vocabulary import Endings, Vocabulary, Word
from search.models import IndexWord

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


class CountedList(list[Any]):
    """Counts how often one of its items is read."""

    reads = 0

    def __getitem__(self, at: Any) -> Any:
        self.reads += 1
        return super().__getitem__(at)


def test_long_words_that_nobody_has_cost_little():
    """Each part of each of them might be the end of a compound."""
    stems = ("stool", "lamp", "berg", "haus", "teppich", "regal", "kissen", "decke", "stuhl")
    every = {"".join(parts): 0 for size in (2, 3, 4) for parts in product(stems, repeat=size)}
    known = {word: Word(word, word, level, 1) for word, level in every.items()}
    large = Vocabulary(1, known, sorted(known), frozenset(known), frozenset(known))
    assert large.compounds("regalstuhl", "regalstuhl", "de")[:2] == (
        "bergbergregalstuhl", "bergdeckeregalstuhl"
    )  # fmt: skip

    large._endings = Endings.of(known.values())
    read = [CountedList(each) for each in (large._endings.words, large._endings.stems)]
    large._endings = Endings(*read)

    for number in range(20):
        large.parts(f"{number:02}" + "qxzjvw" * 9, f"{number:02}" + "qxzjvw" * 9, "en")

    # Some fourteen for each place of a word, of 7,380.
    assert 0 < sum(each.reads for each in read) < 20 * 60 * 2 * 16


def test_a_new_word_does_not_have_all_others_put_in_order_again(monkeypatch):
    def add(*words: str) -> None:
        IndexWord.objects.bulk_create(
            IndexWord(generation=1, locale="de", word=word, stem=word, level=0) for word in words
        )

    add("massagesessel", "sessel", "hocker")
    vocabulary = Vocabulary().grown(1, "de")
    assert vocabulary.compounds("sessel", "sessel", "de") == ("massagesessel",)
    put_in_order: list[list[str]] = []
    of = Endings.of
    monkeypatch.setattr(
        Endings, "of", lambda few: put_in_order.append([each.word for each in few]) or of(few)
    )

    add("ohrensessel")
    vocabulary = vocabulary.grown(1, "de")

    assert vocabulary.compounds("sessel", "sessel", "de") == ("massagesessel", "ohrensessel")
    assert put_in_order == [["ohrensessel"]]
