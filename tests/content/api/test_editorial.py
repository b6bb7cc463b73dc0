"""Home, site, questions, promotions, categories, brands."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Locale, Site

from commerce.pricing.models import Code, Promotion
from content import tree
from content.models import FAQ, PromotionIndexPage, PromotionPage, SiteSettings


def promote(title: str, **fields: object) -> PromotionPage:
    """A live promotion page."""
    index = tree.index(PromotionIndexPage)
    page = PromotionPage(title=title, locale=index.locale, **fields)
    index.add_child(instance=page)
    return page


def test_home_in_one_answer(shop, api):
    promote("Slow autumn", ends_at=timezone.now() + timedelta(days=1))
    page = tree.home()
    page.hero_title, page.hero_text = "Sit down", "Stay a while"
    page.hero_link = [("link", {"text": "Look", "page": None, "address": "/products/"})]
    page.save()
    answer = api.get("/api/home/").json()

    assert answer["hero"] == {
        "title": "Sit down",
        "text": "Stay a while",
        "cta": {"label": "Look", "url": "/products/"},
        "image": None,
    }
    assert [card["slug"] for card in answer["featured"]] == ["cloud-chair"]
    assert [promotion["title"] for promotion in answer["promotions"]] == ["Slow autumn"]
    assert [brand["slug"] for brand in answer["brands"]] == ["hana", "kumo"]
    assert [category["slug"] for category in answer["categories"]] == ["seats"]
    assert answer["body"] == []


def test_home_before_anything_is_there(db, api):
    assert api.get("/api/home/").json() == {
        "hero": None,
        "featured": [],
        "promotions": [],
        "brands": [],
        "categories": [],
        "body": [],
    }


def test_the_shop_itself(shop, api, settings):
    known = SiteSettings.for_site(Site.objects.get())
    known.announcement, known.contact_email = "Open again", "hello@example.com"
    links = [{"text": "All", "page": None, "address": "/products/"}]
    known.main_menu = [("link", links[0]), ("group", {"heading": "More", "links": links})]
    known.save()
    name = Site.objects.get().site_name or settings.SHOP_NAME

    assert api.get("/api/site/").json() == {
        "name": name,
        "tagline": "",
        "announcement": "Open again",
        "announcement_link": None,
        "contact": {"email": "hello@example.com", "phone": "", "address": "", "opening_hours": ""},
        "shipping_information": "",
        "menus": {
            "main": [
                {"label": "All", "url": "/products/"},
                {"label": "More", "url": None, "links": [{"label": "All", "url": "/products/"}]},
            ],
            "footer": [],
        },
        "social": [],
        "locales": [{"code": "en", "name": "English"}],
        "currencies": ["USD", "EUR"],
        "default_currency": "USD",
        "default_locale": "en",
    }


def test_questions_by_topic(db, api):
    locale = Locale.get_default()
    rows = [("Delivery", "How?", True), ("Care", "Wash?", True), ("Delivery", "When?", True)]
    for order, (topic, question, shown) in enumerate([*rows, ("Care", "Hidden?", False)]):
        FAQ.objects.create(
            locale=locale,
            topic=topic,
            question=question,
            answer="<p>So.</p>",
            is_shown=shown,
            sort_order=order,
        )
    results = api.get("/api/faqs/").json()["results"]

    assert [(each["topic"], [q["question"] for q in each["questions"]]) for each in results] == [
        ("Delivery", ["How?", "When?"]),
        ("Care", ["Wash?"]),
    ]
    assert results[1]["questions"][0]["answer"] == "<p>So.</p>"


def test_only_promotions_that_hold_now(db, api):
    now = timezone.now()
    rule = Promotion.objects.create(name="Ten", kind="percentage", percent=10, needs_code=True)
    Code.objects.create(promotion=rule, code="TEN")
    promote("Open end", teaser="Always")
    promote("Ends soon", ends_at=now + timedelta(hours=1), promotion=rule)
    promote("Over", ends_at=now - timedelta(hours=1))
    promote("Not yet", starts_at=now + timedelta(hours=1))
    promote("Draft", live=False)
    results = api.get("/api/promotions/").json()["results"]

    assert [(row["title"], row["code"], row["url"]) for row in results] == [
        ("Ends soon", "TEN", "/promotions/ends-soon/"),
        ("Open end", None, "/promotions/open-end/"),
    ]
    assert results[0]["ends_at"].endswith("Z")


def test_categories_as_a_tree_and_alone(shop, api):
    chairs = {
        "id": shop["chairs"]["id"],
        "slug": "chairs",
        "name": "Chairs",
        "url": "/categories/chairs/",
        "parent_id": shop["seats"]["id"],
        "product_count": 1,
        "image": None,
        "description": "",
    }
    seats = {
        "id": shop["seats"]["id"],
        "slug": "seats",
        "name": "Seats",
        "url": "/categories/seats/",
        "parent_id": None,
        "product_count": 2,
        "image": None,
        "description": "To sit on.",
    }
    with CaptureQueriesContext(connection) as queries:
        tree_answer = api.get("/api/categories/").json()
    assert tree_answer == {"results": [{**seats, "children": [{**chairs, "children": []}]}]}
    assert len(queries) <= 2
    assert api.get("/api/products/categories/").json() == tree_answer
    for key in ("seats", seats["id"]):
        assert api.get(f"/api/categories/{key}/").json() == {
            **seats,
            "body": [],
            "breadcrumbs": [{"name": "Seats", "url": "/categories/seats/"}],
            "seo": {"title": "Seats", "description": "To sit on.", "image": None},
            "children": [chairs],
        }
    assert api.get("/api/categories/nowhere/").status_code == 404


def test_brands(shop, api):
    hana = {
        "id": shop["hana"]["id"],
        "slug": "hana",
        "name": "Hana",
        "url": "/brands/hana/",
        "logo": None,
        "product_count": 1,
        "description": "Quiet things.",
    }
    answer = api.get("/api/brands/?page_size=1").json()
    assert (answer["count"], answer["results"]) == (2, [hana])
    assert api.get("/api/brands/hana/").json() == {
        **hana,
        "image": None,
        "body": [],
        "breadcrumbs": [{"name": "Hana", "url": "/brands/hana/"}],
        "seo": {"title": "Hana", "description": "Quiet things.", "image": None},
    }
    assert api.get("/api/brands/a%00/").status_code == 404


def test_every_public_answer_has_an_etag(shop, api):
    for path in ("home", "site", "faqs", "promotions", "categories", "categories/seats", "brands",
                 "brands/hana", "products/stool/reviews",
                 "products/stool/recommendations"):  # fmt: skip
        first = api.get(f"/api/{path}/")
        assert first.status_code == 200, path
        assert "public" in first["Cache-Control"]
        again = api.get(f"/api/{path}/", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
