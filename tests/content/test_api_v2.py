"""What Wagtail's API v2 answers here."""

from typing import Any

import pytest
from rest_framework.test import APIClient
from wagtail.contrib.redirects.models import Redirect
from wagtail.images.models import Rendition

from content import tree
from content.models import FAQ
from content.pages import ProductPageImage, StandardPage
from tests.content.editing import (
    german,
    make_category_page,
    new_page,
    picture,
    publish,
    sold_page,
    translated,
    work,
)

pytestmark = pytest.mark.django_db


def standard_page(**fields: Any) -> Any:
    """A live page below the home page."""
    page = StandardPage(title="About us", **fields)
    tree.home().add_child(instance=page)
    return publish(page)


def body_of(api: APIClient, page: Any) -> list[Any]:
    """The page's blocks as `(type, value)`."""
    answer = api.get(f"/api/v2/pages/{page.pk}/")
    assert answer.status_code == 200, answer.content
    return [(block["type"], block["value"]) for block in answer.json()["body"]]


def test_a_product_page_has_the_projects_fields(api: APIClient) -> None:
    page = sold_page("Chair", image=picture(), tags=["Oak"], summary="It carries.")

    answer = api.get(f"/api/v2/pages/{page.pk}/").json()

    assert answer["meta"]["html_url"].endswith("/products/chair/")
    assert answer["product_id"] == page.product_id
    assert answer["tags"] == ["Oak"]
    assert answer["summary"] == "It carries."
    (image,) = answer["gallery"]
    assert (image["alt"], image["width"], image["height"]) == ("From the left", 960, 720)
    assert image["srcset"].count("w") >= 3


def test_lists_know_the_addresses_of_every_kind_of_page(api: APIClient) -> None:
    sold_page("Chair")
    make_category_page("Stools", under=make_category_page("Chairs"))

    rows = api.get("/api/v2/pages/").json()["items"]

    urls = {row["title"]: row["meta"]["html_url"] for row in rows}
    assert urls["Chair"].endswith("/products/chair/")
    assert urls["Stools"].endswith("/categories/stools/")


def test_pages_are_found_by_their_storefront_address(api: APIClient) -> None:
    page = make_category_page("Stools", under=make_category_page("Chairs"))

    answer = api.get("/api/v2/pages/find/", {"html_path": "/categories/stools/"})

    assert answer.status_code == 302
    assert f"/api/v2/pages/{page.pk}/" in answer["Location"]
    assert api.get("/api/v2/pages/find/", {"html_path": "/no/where/"}).status_code == 404


def test_blocks_carry_what_a_storefront_needs(api: APIClient) -> None:
    image = picture()
    linked = sold_page("Chair")
    faq = FAQ.objects.create(question="How?", answer="<p>So.</p>", locale=linked.locale)
    page = standard_page(
        body=[
            ("text", f'<p><a linktype="page" id="{linked.pk}">A chair</a></p>'),
            ("picture", {"image": image, "alt": "Teal", "caption": "Much teal"}),
            ("gallery", {"pictures": [{"image": image, "alt": "", "caption": ""}]}),
            ("quote", {"text": "Good.", "by": "Ada"}),
            ("video", {"address": "https://video.example/1", "caption": ""}),
            ("faqs", {"heading": "Questions", "questions": [faq]}),
            ("products", {"heading": "Look", "products": [linked]}),
            (
                "call_to_action",
                {
                    "heading": "Sit",
                    "text": "",
                    "link": {"text": "Now", "page": linked, "address": ""},
                },
            ),
            (
                "two_columns",
                {"left": [("text", "<p>L</p>")], "right": [("quote", {"text": "R", "by": ""})]},
            ),
        ]
    )

    blocks = dict(body_of(api, page))

    assert blocks["text"] == '<p><a href="/products/chair/">A chair</a></p>'
    shown = blocks["picture"]
    assert shown["caption"] == "Much teal"
    assert shown["image"]["alt"] == "Teal"
    assert (shown["image"]["width"], shown["image"]["height"]) == (960, 720)
    assert shown["image"]["url"].endswith(".webp")
    assert blocks["gallery"]["pictures"][0]["image"]["alt"] == "A chair"
    assert blocks["quote"] == {"text": "Good.", "by": "Ada"}
    assert blocks["video"] == {"url": "https://video.example/1", "caption": ""}
    assert blocks["faqs"] == {
        "heading": "Questions",
        "questions": [{"id": faq.pk, "question": "How?", "answer": "<p>So.</p>"}],
    }
    assert blocks["products"]["product_ids"] == [linked.product_id]
    assert blocks["products"]["products"][0]["url"] == "/products/chair/"
    assert blocks["call_to_action"]["link"] == {"text": "Now", "url": "/products/chair/"}
    assert blocks["two_columns"]["left"][0]["value"] == "<p>L</p>"


def test_links_to_what_is_not_live_lead_nowhere(api: APIClient) -> None:
    draft = new_page("Secret")
    page = standard_page(body=[("text", f'<a linktype="page" id="{draft.pk}">x</a>')])

    assert body_of(api, page) == [("text", "<a>x</a>")]


def test_publishing_makes_renditions_and_reading_makes_none(api: APIClient) -> None:
    page = new_page()
    page.gallery.add(ProductPageImage(image=picture()))
    publish(page)
    about = standard_page(body=[("picture", {"image": picture("B"), "alt": "", "caption": ""})])
    work()
    made = set(Rendition.objects.values_list("pk", flat=True))
    assert len(made) == 10

    for path in (
        f"/api/v2/pages/{page.pk}/",
        f"/api/v2/pages/{about.pk}/",
        "/api/v2/pages/?type=content.ProductPage&fields=*",
        "/api/v2/images/?fields=*",
        "/api/products/",
        f"/api/products/{page.product_id}/",
    ):
        assert api.get(path).status_code in {200, 404}
    assert set(Rendition.objects.values_list("pk", flat=True)) == made


def test_reading_a_picture_without_renditions_makes_none(api: APIClient) -> None:
    image = picture()
    embed = f'<embed embedtype="image" id="{image.pk}" format="left" alt="Teal"/>'
    page = standard_page(body=[("text", embed)])
    Rendition.objects.all().delete()

    ((_, html),) = body_of(api, page)

    assert 'width="1200" height="900" alt="Teal"' in html
    assert not Rendition.objects.exists()


def test_images_have_their_renditions(api: APIClient) -> None:
    page = sold_page(image=picture())

    (row,) = api.get("/api/v2/images/", {"fields": "*"}).json()["items"]

    assert row["image"]["width"] == 960
    assert page.live


def test_redirects_lead_to_the_storefront(api: APIClient) -> None:
    page = sold_page("Chair")
    Redirect.objects.create(old_path="/old", redirect_page=page)

    (row,) = api.get("/api/v2/redirects/").json()["items"]

    assert row["location"] == "/products/chair/"


def test_answers_are_conditional_and_the_same_for_all(api: APIClient) -> None:
    page = sold_page()
    first = api.get(f"/api/v2/pages/{page.pk}/")

    again = api.get(f"/api/v2/pages/{page.pk}/", HTTP_IF_NONE_MATCH=first["ETag"])

    assert again.status_code == 304
    assert first["Cache-Control"].startswith("public")


def test_languages(api: APIClient) -> None:
    page = sold_page("Chair")
    other = translated(page)
    other.title = "Stuhl"
    publish(other)

    rows = api.get(
        "/api/v2/pages/", {"type": "content.ProductPage", "locale": german().language_code}
    ).json()["items"]

    assert [row["title"] for row in rows] == ["Stuhl"]
    assert rows[0]["meta"]["html_url"].endswith("?locale=de")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v2/pages/999999/", 404, "not_found"),
        ("/api/v2/pages/?nonsense=1", 400, "bad_request"),
        ("/api/v2/pages/?fields=nonsense", 400, "bad_request"),
        ("/api/v2/pages/?limit=abc", 400, "bad_request"),
        ("/api/v2/pages/?type=content.Nothing", 400, "bad_request"),
        ("/api/v2/pages/?title=%00", 400, "bad_request"),
    ],
)
def test_errors_are_problems(api: APIClient, path: str, status: int, code: str) -> None:
    tree.home()

    answer = api.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"


def test_drafts_are_not_there(api: APIClient) -> None:
    page = new_page()

    assert api.get(f"/api/v2/pages/{page.pk}/").status_code == 404
