"""Cards and documents: what they say, when they are there, and what making them costs."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Product, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from content.cards import build, selectors
from content.cards.models import (
    BrandCard,
    CardAttribute,
    CategoryCard,
    ProductCard,
    ProductDocument,
)
from content.pages import ProductPageImage
from core.models import OutboxEvent
from tests.content.editing import (
    make_brand_page,
    make_category_page,
    new_page,
    picture,
    publish,
    sold_page,
    stock_up,
    translated,
    work,
)

pytestmark = pytest.mark.django_db


def card_of(page: Any, currency: str = "USD", locale: str = "en") -> dict[str, Any]:
    """The JSON of a page's card."""
    row = ProductCard.objects.get(product_id=page.product_id, currency=currency, locale=locale)
    body: dict[str, Any] = json.loads(row.body)
    return body


@pytest.mark.engines
def test_a_card_says_what_lists_show() -> None:
    brand = make_brand_page("Aurora")
    chairs = make_category_page("Chairs")
    page = sold_page(
        "Lounge chair",
        price=129900,
        brand_page=brand,
        category_page=chairs,
        featured=True,
        tags=["Oak", "Summer"],
        image=picture(),
    )

    work()

    card = card_of(page)
    thumbnail = card.pop("thumbnail")
    assert card == {
        "id": page.product_id,
        "slug": "lounge-chair",
        "name": "Lounge chair",
        "url": "/products/lounge-chair/",
        "brand": {
            "id": brand.brand_id,
            "slug": "aurora",
            "name": "Aurora",
            "url": "/brands/aurora/",
        },
        "category": {
            "id": chairs.category_id,
            "slug": "chairs",
            "name": "Chairs",
            "url": "/categories/chairs/",
        },
        "price_from": {"amount": "1299.00", "currency": "USD"},
        "price_to": {"amount": "1299.00", "currency": "USD"},
        "compare_at_price": None,
        "in_stock": True,
        "rating": {"average": 0.0, "count": 0},
        "badges": ["new", "featured"],
        "tags": ["Oak", "Summer"],
    }
    assert (thumbnail["width"], thumbnail["height"], thumbnail["alt"]) == (
        480,
        480,
        "From the left",
    )
    assert thumbnail["url"].endswith(".webp")
    row = ProductCard.objects.get(currency="USD")
    assert row.category_path == f"/{chairs.category_id}/"
    assert row.tags_text == "|oak|summer|"
    assert "lounge chair aurora chairs oak summer" in row.search_text


@pytest.mark.engines
def test_a_document_says_what_the_page_shows() -> None:
    chairs = make_category_page("Chairs")
    stools = make_category_page("Stools", under=chairs)
    page = new_page(
        "Stool",
        category_page=stools,
        summary="It carries.",
        highlights=[("highlight", "Light")],
        specifications=[("specification", {"group": "", "name": "Height", "value": "45 cm"})],
        attributes=[("attribute", {"name": "Material", "value": "Oak"})],
        body=[("text", "<p>Made to <b>last</b>.</p>")],
    )
    stock_up(page, Colour="Walnut")
    page.gallery.add(
        ProductPageImage(image=picture(), alt="Walnut", options={"Colour": "Walnut"}),
        ProductPageImage(image=picture("Detail")),
    )
    publish(page)

    work()

    row = ProductDocument.objects.get(product_id=page.product_id)
    body = json.loads(row.body)
    assert body["summary"] == "It carries."
    assert body["highlights"] == ["Light"]
    assert body["specifications"] == [{"group": "", "name": "Height", "value": "45 cm"}]
    assert body["attributes"] == [{"name": "Material", "value": "Oak"}]
    assert [(block["type"], block["value"]) for block in body["body"]] == [
        ("text", "<p>Made to <b>last</b>.</p>")
    ]
    assert body["options"] == [{"name": "Colour", "values": ["Walnut"]}]
    assert body["breadcrumbs"] == [
        {"name": "Chairs", "url": "/categories/chairs/"},
        {"name": "Stools", "url": "/categories/stools/"},
        {"name": "Stool", "url": "/products/stool/"},
    ]
    assert [image["alt"] for image in body["gallery"]] == ["Walnut", "Detail"]
    assert body["gallery"][0]["srcset"].count("w,") == 2
    variant = Variant.objects.get(product_id=page.product_id)
    assert row.variant_images[str(variant.pk)]["alt"] == "Walnut"
    assert json.loads(row.json_ld)["@type"] == "Product"
    assert "price" not in json.dumps(body)
    assert set(CardAttribute.objects.filter(card__currency="USD").values_list("name", "value")) == {
        ("material", "Oak"),
        ("colour", "Walnut"),
    }
    assert selectors.document(locale="en", id_or_slug="stool") == row
    assert selectors.document(locale="en", id_or_slug=str(page.product_id)) == row
    assert selectors.document(locale="de", id_or_slug="stool") is None


@pytest.mark.engines
def test_prices_and_availability_follow_after_the_commit() -> None:
    page = sold_page(price=1000, stock=5)
    work()
    variant = Variant.objects.get(product_id=page.product_id)

    catalogue.set_price(variant, currency="USD", amount_minor=800, compare_at_minor=1000)
    inventory.adjust(variant_id=variant.pk, delta=-3, kind=MovementKind.DAMAGED)
    work()
    card = card_of(page)
    assert card["price_from"] == {"amount": "8.00", "currency": "USD"}
    assert card["compare_at_price"] == {"amount": "10.00", "currency": "USD"}
    assert card["badges"] == ["new", "sale", "low_stock"]

    inventory.adjust(variant_id=variant.pk, delta=-2, kind=MovementKind.DAMAGED)
    work()
    card = card_of(page)
    assert (card["in_stock"], card["badges"]) == (False, ["new", "sale", "sold_out"])


def test_no_price_in_a_currency_is_no_card_in_it() -> None:
    page = sold_page()
    variant = Variant.objects.get(product_id=page.product_id)
    catalogue.remove_price(variant, currency="EUR")
    work()

    assert list(ProductCard.objects.values_list("currency", flat=True)) == ["USD"]
    assert ProductDocument.objects.count() == 1


def test_each_language_has_its_cards() -> None:
    brand = make_brand_page("Aurora")
    page = sold_page(brand_page=brand)
    brand_in_german = translated(brand)
    brand_in_german.title = "Morgenrot"
    publish(brand_in_german)
    other = translated(page)
    other.title, other.slug = "Stuhl", "stuhl"
    publish(other)
    work()

    card = card_of(page, locale="de")
    assert (card["id"], card["name"]) == (page.product_id, "Stuhl")
    assert card["url"] == "/products/stuhl/?locale=de"
    assert card["brand"]["name"] == "Morgenrot"
    assert card_of(page)["brand"]["name"] == "Aurora"


def test_an_alias_adds_no_second_card() -> None:
    page = sold_page()
    page.create_alias(update_slug="chair-again")
    work()

    row = ProductCard.objects.get(currency="USD")
    assert row.page_id == page.pk


@pytest.mark.engines
def test_rebuilding_again_writes_nothing_new() -> None:
    page = sold_page(tags=["Oak"])
    work()
    before = list(ProductCard.objects.values())
    events = OutboxEvent.objects.count()

    assert build.rebuild(page.product_id) is False

    assert list(ProductCard.objects.values()) == before
    assert OutboxEvent.objects.count() == events


def test_a_renamed_brand_renames_on_cards() -> None:
    brand = make_brand_page("Aurora")
    page = sold_page(brand_page=brand)
    work()

    brand.title = "Borealis"
    publish(brand)
    work()

    assert card_of(page)["brand"]["name"] == "Borealis"
    assert json.loads(BrandCard.objects.get().body)["name"] == "Borealis"


@pytest.mark.engines
def test_shelves_count_what_stands_on_them() -> None:
    brand = make_brand_page()
    chairs = make_category_page("Chairs")
    stools = make_category_page("Stools", under=chairs)
    sold_page("One", brand_page=brand, category_page=stools)
    two = sold_page("Two", category_page=chairs)
    work()

    counts = {card.name: card.product_count for card in CategoryCard.objects.all()}
    assert counts == {"Chairs": 2, "Stools": 1}
    assert json.loads(BrandCard.objects.get().body)["product_count"] == 1

    two.unpublish()
    work()

    counts = {card.name: card.product_count for card in CategoryCard.objects.all()}
    assert counts == {"Chairs": 1, "Stools": 1}
    assert json.loads(CategoryCard.objects.get(name="Chairs").detail)["product_count"] == 1


@pytest.mark.engines
def test_a_category_card_knows_its_place() -> None:
    chairs = make_category_page("Chairs", summary="To sit on.")
    make_category_page("Stools", under=chairs)
    work()

    card = CategoryCard.objects.get(slug="stools")
    assert (card.parent_id, card.path) == (
        chairs.category_id,
        f"/{chairs.category_id}/{card.category_id}/",
    )
    assert json.loads(card.detail)["breadcrumbs"][0]["url"] == "/categories/chairs/"

    make_brand_page()
    chairs.unpublish()
    work()
    assert not CategoryCard.objects.filter(slug="chairs").exists()


def queries_of_rebuild(ids: list[int]) -> list[str]:
    """The SELECTs of one rebuild."""
    with CaptureQueriesContext(connection) as caught:
        build.rebuild_many(ids)
    return [query["sql"] for query in caught if query["sql"].startswith("SELECT")]


def test_a_dozen_products_need_as_many_queries_as_one() -> None:
    brand, chairs, image = make_brand_page(), make_category_page(), picture()
    pages = []
    for number in range(12):
        page = sold_page(
            f"Chair {number}", brand_page=brand, category_page=chairs, image=image, tags=["Oak"]
        )
        pages.append(page)
    work()
    ids = list(Product.objects.values_list("pk", flat=True))
    assert ProductCard.objects.count() == 24
    ProductCard.objects.all().delete()
    ProductDocument.objects.all().delete()

    one = queries_of_rebuild(ids[:1])
    dozen = queries_of_rebuild(ids)

    assert ProductCard.objects.count() == 24
    # The count of shelves runs once in either case.
    assert len(dozen) <= len(one) + 2, "\n".join(dozen)
    assert len(dozen) <= 30
