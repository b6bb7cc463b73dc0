"""Placeholders are filled in and nothing else is."""

import pytest

from content.mails import texts
from content.mails.kinds import KINDS, language
from content.mails.words import amount, country


def test_values_are_escaped_and_not_filled_in_again() -> None:
    values = {"a": "<b>{{ b }}</b> & https://example.com/?x=1&y=2", "b": "secret"}

    assert texts.plain("{{ a }}", values) == values["a"]
    assert texts.html("One {{a}}\nline\n\n\nTwo {{ unknown }}.", values) == (
        "<p>One &lt;b&gt;{{ b }}&lt;/b&gt; &amp; "
        '<a href="https://example.com/?x=1&amp;y=2">https://example.com/?x=1&amp;y=2</a>'
        "<br>line</p><p>Two .</p>"
    )


def test_only_web_addresses_become_links() -> None:
    shown = texts.html("{{ a }}", {"a": 'javascript:alert(1) data:text/html,x https://x"onclick=1'})
    assert shown == (
        "<p>javascript:alert(1) data:text/html,x "
        '<a href="https://x">https://x</a>&quot;onclick=1</p>'
    )


@pytest.mark.parametrize("text", ["", "Hello", "{ a }", "100 %", "{{a}} and {{ b }}"])
def test_what_is_right_has_no_problems(text: str) -> None:
    assert texts.problems(text, ["a", "b"]) == []


def test_an_unknown_variable_is_named_with_those_that_exist() -> None:
    assert texts.problems("{{ c }} {{ c }}", ["b", "a"]) == [
        "There is no variable 'c' here. There are: a, b."
    ]


def test_the_shop_s_own_words_have_no_problems() -> None:
    for kind in KINDS.values():
        for text in kind.texts.values():
            for words in (text.subject, text.heading, text.intro, text.closing):
                assert texts.problems(words, kind.variables) == [], kind.name


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [(("de",), "de"), (("de-AT",), "de"), (("", "de"), "de"), (("fr",), "en"), ((), "en")],
)
def test_a_mail_is_always_in_a_language_of_the_shop(wanted: tuple[str, ...], spoken: str) -> None:
    assert language(*wanted) == spoken


def test_amounts_and_countries_are_written_as_their_readers_do() -> None:
    assert amount(123450, "EUR", "en") == "€1,234.50"
    assert amount(123450, "EUR", "de") == "1.234,50\u00a0€"
    assert amount(-500, "USD", "de") == "−5,00\u00a0$"
    assert amount(1200, "JPY", "de") == "1.200\u00a0¥"
    assert country("DE", "de") == "Deutschland"
    assert country("DE", "en") == "Germany"
    assert country("", "de") == ""
