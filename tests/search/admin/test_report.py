"""The report of searches, and the forms that its rows open."""

import csv
from datetime import date
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from wagtail.contrib.search_promotions.models import Query, SearchPromotion
from wagtail.models import ModelLogEntry

from commerce.customers.models import User
from content.admin import groups
from search import counting, wording
from search.admin.chart import chart
from search.counting import Counts, Key
from search.models import Synonym
from search.statistics import Figures, Period
from tests.content.editing import make_brand_page, new_page, translated
from tests.factories import make_customer

pytestmark = pytest.mark.django_db
REPORT, SYNONYMS, PIN = (
    "/admin/shop/search/",
    "/admin/shop/search/synonyms/",
    "/admin/shop/search/pin/",
)
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *given: TODAY)


def client_of(group: str) -> Client:
    groups.ensure_groups()
    user = make_customer(is_staff=True)
    if group:
        user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


@pytest.fixture
def editor() -> Client:
    return client_of(groups.SEARCH_EDITORS)


@pytest.fixture
def counted() -> None:
    day, old = date(2026, 11, 20), date(2026, 9, 15)
    counting.write(
        [
            (Key(day, "en", "teapot"), Counts(10, 1, 5, 4, 2, 2)),
            (Key(day, "en", "=sofa & <b>"), Counts(4, 4, 0, 0, 0, 0)),
            (Key(day, "de", "kanne"), Counts(2, 0, 3, 2, 0, 0)),
            (Key(old, "en", "rug"), Counts(1, 0, 0, 0, 0, 0)),
        ]
    )


def texts(client: Client, **asked: Any) -> list[str]:
    answer = client.get(REPORT, asked)
    assert answer.status_code == 200
    return [row["query"].text for row in answer.context["rows"]]


def test_it_is_for_those_who_may_see_it(editor: Client) -> None:
    for url in (REPORT, SYNONYMS, f"{SYNONYMS}new/", PIN):
        assert editor.get(url).status_code == 200, url
        assert client_of(groups.SHOP_MANAGERS).get(url).status_code == 200, url
        assert client_of(groups.ORDER_DESK).get(url).status_code in {302, 403}, url
        assert Client().get(url).status_code == 302
    home = editor.get("/admin/").content.decode()
    assert "/admin/shop/search/" in home
    assert "/admin/shop/search/" not in client_of(groups.ORDER_DESK).get("/admin/").content.decode()


@pytest.mark.engines
@pytest.mark.usefixtures("counted")
def test_figures_queries_and_ways_on(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    editor.get(REPORT)
    with django_assert_max_num_queries(22):
        answer = editor.get(REPORT, {"days": "7"})
    body = answer.content.decode()

    assert answer.context["totals"] == Figures(16, 5, 8, 6, 2, 2)
    assert [row["query"].text for row in answer.context["rows"]] == [
        "teapot", "=sofa & <b>", "kanne",
    ]  # fmt: skip
    assert "=sofa &amp; &lt;b&gt;" in body
    assert "20 Nov 2026: 16, without results 5" in body
    assert "<b>" not in body.split('id="queries"')[1]
    row = answer.context["rows"][1]
    for url, path in ((row["synonym_url"], f"{SYNONYMS}new/"), (row["pin_url"], PIN)):
        assert urlsplit(url).path == path
        assert parse_qs(urlsplit(url).query) == {
            "text": ["=sofa & <b>"], "locale": ["en"], "next": [f"{REPORT}?days=7"],
        }  # fmt: skip


@pytest.mark.usefixtures("counted")
def test_days_languages_lists_and_orders(editor: Client) -> None:
    assert texts(editor, locale="de") == ["kanne"]
    assert texts(editor, list="nothing") == ["=sofa & <b>", "teapot"]
    assert texts(editor, order="clicks") == ["teapot", "kanne", "=sofa & <b>"]
    assert texts(editor, days="90") == ["teapot", "=sofa & <b>", "kanne", "rug"]
    assert texts(editor, since="2026-09-01", until="2026-09-30") == ["rug"]
    assert texts(editor, since="2026-11-21") == []
    assert texts(editor, q="TEA") == ["teapot"]
    assert texts(editor, p="7") == ["teapot", "=sofa & <b>", "kanne"]


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-11-21", "until": "2026-11-20"},
        {"since": "0001-01-01"},
        {"until": "0001-01-01"},
        {"until": "9999-12-31"},
        {"since": "nonsense", "days": "9" * 50, "p": "x", "order": "password", "list": "?"},
        {"locale": "\0", "q": "\0"},
    ],
)
def test_nonsense_is_said_or_passed_over(editor: Client, asked: dict[str, str]) -> None:
    assert editor.get(REPORT, asked).status_code == 200
    assert editor.get(REPORT, asked | {"export": "csv"}).status_code == 200


@pytest.mark.usefixtures("counted")
def test_the_table_as_a_file(editor: Client) -> None:
    answer = editor.get(REPORT, {"export": "csv", "locale": "en"})
    rows = list(csv.reader(StringIO(answer.getvalue().decode())))

    assert answer["Content-Disposition"] == (
        'attachment; filename="searches-2026-10-23-2026-11-21.csv"'
    )
    assert rows == [
        ["Query", "Language", "Searches", "Without results", "Clicks", "Conversions",
         "Click-through", "Conversion rate"],
        ["teapot", "en", "10", "1", "5", "2", "0.4", "0.2"],
        ["'=sofa & <b>", "en", "4", "4", "0", "0", "0.0", "0.0"],
    ]  # fmt: skip


def test_nothing_yet(editor: Client) -> None:
    body = editor.get(REPORT).content.decode()

    assert "Nobody searched on these days" in body
    assert '<svg class="shop-chart' not in body


def test_many_days_are_drawn_as_weeks() -> None:
    days = [
        (day, Figures(searches=3, without_results=1))
        for day in Period(date(2026, 1, 1), date(2026, 12, 31)).days()
    ]
    drawn = chart(days)

    assert len(drawn.bars) == 53
    assert (drawn.top, drawn.half) == (30, 15)
    first = drawn.bars[0]
    assert (str(first.since), str(first.until)) == ("2026-01-01", "2026-01-07")
    assert (first.found_y, first.found_height) == (30.0, 46.667)
    assert (first.failed_y, first.failed_height) == (76.667, 23.333)


def test_a_synonym_begins_with_the_query_and_leads_back(editor: Client) -> None:
    url = f"{SYNONYMS}new/?text=settee&locale=de&next=/admin/shop/search/%3Fdays%3D7"
    form = editor.get(url).context["form"]
    assert (form["typed"].value(), form["locale"].value()) == ("settee", "de")

    refused = editor.post(url, {"locale": "de", "typed": "settee", "words": " , "})
    answer = editor.post(url, {"locale": "de", "typed": "Settee", "words": "Sofa,  couch"})

    assert refused.status_code == 200
    assert "One word is no synonym" in refused.content.decode()
    empty = editor.post(url, {"locale": "de", "typed": "settee", "words": ""})
    assert empty.context["form"].errors == {"words": ["This field is required."]}
    assert (answer.status_code, answer["Location"]) == (302, "/admin/shop/search/?days=7")
    assert [(rule.typed, rule.words) for rule in wording.synonyms("de")] == [
        ("settee", ("sofa", "couch"))
    ]
    assert ModelLogEntry.objects.filter(action="wagtail.create").count() == 1


def test_a_synonym_is_changed_and_deleted(editor: Client) -> None:
    made = Synonym.objects.create(locale="en", words="sofa, couch")
    answer = editor.post(
        f"{SYNONYMS}edit/{made.pk}/", {"locale": "en", "typed": "", "words": "sofa, settee"}
    )
    assert answer.status_code == 302
    assert [rule.words for rule in wording.synonyms("en")] == [("sofa", "settee")]
    assert "sofa, settee" in editor.get(SYNONYMS).content.decode()

    editor.post(f"{SYNONYMS}delete/{made.pk}/")
    assert wording.synonyms("en") == []


@pytest.mark.parametrize("way", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_the_way_back_stays_on_this_site(editor: Client, way: str) -> None:
    answer = editor.post(
        f"{SYNONYMS}new/?next={way}", {"locale": "en", "typed": "", "words": "sofa, couch"}
    )

    assert (answer.status_code, answer["Location"]) == (302, SYNONYMS)


def test_a_product_is_pinned_behind_the_others(editor: Client) -> None:
    first, second = new_page("Chair"), new_page("Table")
    url = f"{PIN}?text=Oak&locale=en&next=/admin/shop/search/%3Fdays%3D7"

    answers = [editor.post(url, {"text": " OAK ", "page": page.pk}) for page in (first, second)]
    again = editor.post(url, {"text": "oak", "page": second.pk})
    shown = editor.get(url)

    assert [answer["Location"] for answer in answers] == ["/admin/shop/search/?days=7"] * 2
    assert wording.pinned("en", "oak") == (first.product_id, second.product_id)
    assert "is pinned to “oak” already" in again.content.decode()
    assert [pin.page.title for pin in shown.context["pins"]] == ["Chair", "Table"]
    assert ModelLogEntry.objects.filter(action="wagtail.create").count() == 2
    query = Query.objects.get()
    assert shown.context["edit_url"] == f"/admin/searchpicks/{query.pk}/"
    assert editor.get(shown.context["edit_url"]).status_code == 200


def test_only_products_are_pinned_and_only_to_words(editor: Client) -> None:
    brand = make_brand_page()
    answer = editor.post(PIN, {"text": "oak", "page": brand.pk})
    empty = editor.post(PIN, {"text": "  ", "page": new_page().pk})

    assert answer.status_code == empty.status_code == 200
    assert not SearchPromotion.objects.exists()


def test_pins_of_wagtails_own_form_count_as_well(editor: Client) -> None:
    page = new_page("Chair")
    german = translated(page)
    answer = editor.post(
        "/admin/searchpicks/add/",
        {
            "query_string": "Stuhl",
            "editors_picks-TOTAL_FORMS": "1",
            "editors_picks-INITIAL_FORMS": "0",
            "editors_picks-MIN_NUM_FORMS": "0",
            "editors_picks-MAX_NUM_FORMS": "1000",
            "editors_picks-0-page": german.pk,
            "editors_picks-0-ORDER": "1",
        },
    )
    assert answer.status_code == 302
    assert wording.pinned("de", "stuhl") == (page.product_id,)

    pin = SearchPromotion.objects.get()
    answer = editor.post(
        f"/admin/searchpicks/{pin.query_id}/",
        {
            "query_string": "Sessel",
            "editors_picks-TOTAL_FORMS": "1",
            "editors_picks-INITIAL_FORMS": "1",
            "editors_picks-MIN_NUM_FORMS": "0",
            "editors_picks-MAX_NUM_FORMS": "1000",
            "editors_picks-0-id": pin.pk,
            "editors_picks-0-page": german.pk,
            "editors_picks-0-ORDER": "1",
        },
    )
    assert answer.status_code == 302
    assert wording.pinned("de", "stuhl") == ()
    assert wording.pinned("de", "sessel") == (page.product_id,)
