"""Searches are counted by day, language and text, without a write in the search itself."""

import threading
from datetime import date

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from search import counting
from search.counting import Counts, Key
from search.models import DailyQuery

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def nothing_held() -> None:
    counting._begin_anew()


def rows() -> list[tuple[object, ...]]:
    return list(
        DailyQuery.objects.order_by("day", "locale", "text").values_list(
            "locale", "text", "searches", "without_results", "clicks", "clicked"
        )
    )


@pytest.mark.engines
@pytest.mark.django_db
def test_counts_are_added_to_what_is_there(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        for found in (True, False, True):
            counting.count("teapot", locale="en", found=found)
        counting.count("teapot", locale="de", found=True)
    assert rows() == []

    assert counting.flush() == 2
    assert counting.flush() == 0
    counting.count("teapot", locale="en", found=False)
    counting.flush()

    assert rows() == [("de", "teapot", 1, 0, 0, 0), ("en", "teapot", 4, 2, 0, 0)]
    assert DailyQuery.objects.values_list("day").distinct().get() == (timezone.localdate(),)


@pytest.mark.django_db
def test_counts_wait_where_they_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(rows: object) -> None:
        raise DatabaseError("gone")

    counting.count("teapot", locale="en", found=True)
    with monkeypatch.context() as patch:
        patch.setattr(counting, "write", away)
        assert counting.flush() == 0
    counting.count("teapot", locale="en", found=True)
    counting.flush()

    assert rows() == [("en", "teapot", 2, 0, 0, 0)]


@pytest.mark.django_db
def test_a_crowd_of_texts_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_HELD", 2)
    for text in ("a", "b", "c", "a"):
        counting.count(text, locale="en", found=True)
    counting.flush()

    assert rows() == [("en", "a", 2, 0, 0, 0), ("en", "b", 1, 0, 0, 0)]


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_lose_nothing() -> None:
    keys = [Key(DAY, "en", f"text {n}") for n in range(20)]
    errors: list[Exception] = []

    def add(turn: int) -> None:
        try:
            for _ in range(10):
                shuffled = keys[turn * 3 :] + keys[: turn * 3]
                counting.write([(key, Counts(searches=1, clicks=2)) for key in shuffled])
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert rows() == [("en", f"text {n}", 40, 0, 80, 0) for n in sorted(range(20), key=str)]


@pytest.mark.django_db(transaction=True)
def test_a_thread_writes_by_itself(settings: Settings) -> None:
    settings.SEARCH_COUNT_SECONDS = 0.05
    written = threading.Event()
    flush = counting.flush

    def told() -> int:
        count = flush()
        written.set()
        return count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "flush", told)
        patch.setattr(counting, "Finalize", lambda *given, **named: None)
        counting.count("teapot", locale="en", found=True)
        assert written.wait(5)

    assert rows() == [("en", "teapot", 1, 0, 0, 0)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Oak   BOWL ", "oak bowl"),
        ("Größe", "größe"),
        ("ｔｅａ", "tea"),
        ("iphone 15 pro max 256", "iphone 15 pro max 256"),
        ("TEA-0012", "tea-0012"),
        ("", None),
        ("!?", None),
        ("x" * 101, None),
        ("one two three four five six seven eight nine ten eleven twelve thirteen", None),
        ("ada@example.com", None),
        ("https://example.com/a", None),
        ("+1 (212) 555-0134", None),
        ("0171/2345678", None),
        ("4242 4242 4242 4242", None),
        ("4242–4242–4242–4242", None),
        ("4242_4242_4242_4242", None),
        ("4242·4242, 4242'4242", None),
        ("DE89 3704 0044 0532 0130 00", None),
        ("order 12345678", None),
    ],
)
def test_what_could_tell_of_a_person_is_not_kept(typed: str, kept: str | None) -> None:
    assert counting.kept_text(typed, found=True) == kept


def test_what_looks_like_an_order_is_kept_only_where_it_finds_something_by_itself() -> None:
    assert counting.kept_text("order #7K3M9QXZ", found=False) is None
    assert counting.kept_text("7K3M9QXZ", found=False) is None
    assert counting.kept_text("7K3M9QXZ", found=True) == "7k3m9qxz"
    # Something was found by the other words.
    assert counting.kept_text("chair of order 7K3M9QXZ?", found=True) is None
    assert counting.kept_text("sneakers", found=False) == "sneakers"


@pytest.mark.parametrize(
    ("agent", "bot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", True),
        ("facebookexternalhit/1.1", True),
        ("Baiduspider", True),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/140", False),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140", False),
        ("node", False),
        ("", False),
    ],
)
def test_bots_are_known_by_their_name(agent: str, bot: bool) -> None:
    assert counting.is_bot(agent) is bot
