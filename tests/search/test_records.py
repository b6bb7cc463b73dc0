"""What an engine is told of a product."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Product, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from search import records
from search.records import Named, Record, RecordKey, RecordPrice, RecordVariant
from tests.content.editing import (
    make_brand_page,
    make_category_page,
    new_page,
    publish,
    sold_page,
    stock_up,
    translated,
    work,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def only(*pages: Any) -> list[Record]:
    """The records of these pages' products."""
    return records.records_of(page.product_id for page in pages)


def test_a_record_says_what_shoppers_can_look_for() -> None:
    brand = make_brand_page("Aurora")
    furniture = make_category_page("Furniture")
    chairs = make_category_page("Chairs", under=furniture)
    page = new_page(
        "Lounge chair",
        brand_page=brand,
        category_page=chairs,
        featured=True,
        tags=["Oak", "Summer"],
        summary="It carries.",
        attributes=[("attribute", {"name": "Made of", "value": "Oak"})],
        body=[("text", "<p>Made to <b>last</b>.</p>")],
    )
    product = Product.objects.get(pk=page.product_id)
    catalogue.define_options(product, {"Colour": ["Walnut", "Black"]})
    for colour, price in (("Walnut", 129900), ("Black", 99900)):
        stock_up_variant(product, colour, price)
    walnut = Variant.objects.get(sku__endswith="WALNUT")
    black = Variant.objects.get(sku__endswith="BLACK")
    inventory.adjust(variant_id=black.pk, delta=2, kind=MovementKind.RECEIVED)
    catalogue.set_price(walnut, currency="EUR", amount_minor=119900, compare_at_minor=139900)
    publish(page)
    work()

    [record] = only(page)

    product.refresh_from_db()
    assert record == Record(
        key=RecordKey(product.pk, "en"),
        version=record.version,
        name="Lounge chair",
        slug="lounge-chair",
        summary="It carries.",
        description="It carries. Made to last.",
        brand=Named(brand.brand_id, "aurora", "Aurora"),
        categories=(
            Named(furniture.category_id, "furniture", "Furniture"),
            Named(chairs.category_id, "chairs", "Chairs"),
        ),
        category_path=f"/{furniture.category_id}/{chairs.category_id}/",
        tags=("Oak", "Summer"),
        attributes={"colour": ("Black", "Walnut"), "made-of": ("Oak",)},
        variants=(
            RecordVariant(
                walnut.pk, walnut.sku, {"Colour": "Walnut"}, {"EUR": 119900, "USD": 129900}, False
            ),
            RecordVariant(black.pk, black.sku, {"Colour": "Black"}, {"USD": 99900}, True),
        ),
        prices={
            "EUR": RecordPrice(119900, 119900, 139900, False),
            "USD": RecordPrice(99900, 129900, None, True),
        },
        featured=True,
        rating_average=0.0,
        rating_count=0,
        sold_count=0,
        listed_at=product.listed_at,
        thumbnail=None,
    )


def stock_up_variant(product: Product, colour: str, price: int) -> None:
    """A variant of that colour, priced in USD, out of stock."""
    variant = catalogue.save_variant(product, options={"Colour": colour})
    inventory.ensure_level(variant.pk)
    catalogue.set_price(variant, currency="USD", amount_minor=price)


def test_each_language_has_its_record_with_its_names() -> None:
    chairs = make_category_page("Chairs")
    page = sold_page(category_page=chairs)
    in_german = translated(chairs)
    in_german.title = "Stühle"
    publish(in_german)
    other = translated(page)
    other.title = "Stuhl"
    publish(other)
    work()

    german, english = only(page)

    assert (german.key, german.name) == (RecordKey(page.product_id, "de"), "Stuhl")
    assert [shelf.name for shelf in german.categories] == ["Stühle"]
    assert (english.key, english.name) == (RecordKey(page.product_id, "en"), "Chair")
    assert [shelf.name for shelf in english.categories] == ["Chairs"]


def test_what_is_not_on_sale_has_no_record() -> None:
    draft, unpriced, sold = new_page("Draft"), publish(new_page("Unpriced")), sold_page("Sold")
    work()

    assert [record.name for record in only(sold, unpriced, draft)] == ["Sold"]
    assert records.records_of([]) == []
    assert [record.name for record in records.all_records()] == ["Sold"]


def test_the_version_follows_every_part() -> None:
    page = sold_page()
    stock_up(page, price=2000, stock=0, Colour="Walnut")
    work()
    [before] = only(page)

    # Of two variants in stock the card says no more than of one.
    middle = catalogue.save_variant(
        Product.objects.get(pk=page.product_id), options={"Colour": "Walnut"}
    )
    inventory.adjust(variant_id=middle.pk, delta=1, kind=MovementKind.RECEIVED)
    [after] = only(page)

    assert only(page) == [after]
    assert before.version != after.version


def test_queries_do_not_grow_with_products(monkeypatch: pytest.MonkeyPatch) -> None:
    chairs = make_category_page("Chairs")
    pages = [sold_page(f"Chair {number}", category_page=chairs) for number in range(4)]
    work()

    with CaptureQueriesContext(
        connection,
    ) as one:
        assert len(only(pages[0])) == 1
    with CaptureQueriesContext(connection) as many:
        assert len(only(*pages)) == 4
    assert len(one) == len(many) <= 9

    monkeypatch.setattr(records, "BATCH", 3)
    ids = [page.product_id for page in pages]
    assert [record.key.product_id for record in records.all_records()] == ids


def test_a_currency_that_the_shop_gave_up_is_left_out() -> None:
    page = sold_page()
    variant = Variant.objects.get(product_id=page.product_id)
    catalogue.set_price(variant, currency="GBP", amount_minor=5)
    work()

    [record] = only(page)

    assert sorted(record.prices) == sorted(settings.CURRENCIES)
    assert sorted(record.variants[0].prices) == sorted(settings.CURRENCIES)
