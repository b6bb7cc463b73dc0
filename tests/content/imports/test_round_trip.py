"""What comes in goes out again, cell by cell, and comes in again without a change."""

import pytest
from wagtail.models import Revision

from commerce.catalogue.models import PriceChange, Product, Variant
from commerce.inventory.models import StockMovement
from content.models import BrandPage, CategoryPage, ProductPage
from core.models import OutboxEvent

from .conftest import SAMPLES, rows_in

FILES = ["apparel.csv", "home-and-garden.csv", "tricky.csv"]
pytestmark = pytest.mark.django_db


def everything() -> dict[str, int]:
    models = (
        Product, Variant, PriceChange, StockMovement, ProductPage, BrandPage, CategoryPage,
        Revision, OutboxEvent,
    )  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}


def original(name):
    return rows_in((SAMPLES / name).read_bytes().decode("utf-8-sig"))


@pytest.mark.engines
@pytest.mark.parametrize("name", FILES)
def test_a_file_goes_out_as_it_came_and_in_again_without_a_change(run, exported, tmp_path, name):
    run(SAMPLES / name)
    first = exported()
    before = everything()

    rows = rows_in(first)
    if name == "tricky.csv":  # in which a product's rows are not always together
        assert rows[0] == original(name)[0]
        assert sorted(map(tuple, rows)) == sorted(map(tuple, original(name)))
    else:
        assert rows == original(name)

    again = run(SAMPLES / name)
    own = run(tmp_path / "export.csv")

    assert everything() == before
    assert exported() == first
    for report in (again, own):
        assert "0 created, 0 updated" in report
        assert ", 0 failed" in report


def test_both_real_files_live_in_one_shop(run, exported):
    for name in FILES[:2]:
        run(SAMPLES / name)

    rows = rows_in(exported())
    one, other = original(FILES[0]), original(FILES[1])

    assert rows[0] == other[0]
    assert rows[1:] == [[*row, ""] for row in one[1:]] + other[1:]


def test_what_is_imported_is_on_sale(run):
    run(SAMPLES / "home-and-garden.csv")

    product = Product.objects.get(slug="clay-plant-pot")
    assert product.status == "listed"
    assert product.brand.name == "Company 123"
    assert product.category.name == "Outdoor"
    variants = product.variants.order_by("position")
    assert [v.options for v in variants] == [{"Size": "Regular"}, {"Size": "Large"}]
    assert [v.sku for v in variants] == ["CLAY-PLANT-POT-REGULAR", "CLAY-PLANT-POT-LARGE"]
    assert [v.stock.on_hand for v in variants] == [1, 3]
    assert [v.prices.get().amount_minor for v in variants] == [999, 1599]
    page = ProductPage.objects.get(product=product)
    assert {tag.name for tag in page.tags.all()} == {"Pot", "Plants"}
    assert page.live
    lamp = Variant.objects.get(product__slug="copper-light").prices.get()
    assert (lamp.amount_minor, lamp.compare_at_minor) == (5999, 7500)


def test_a_changed_price_is_exported_as_the_shop_has_it(run, exported):
    from commerce.catalogue.services import set_price

    run(SAMPLES / "apparel.csv")
    variant = Variant.objects.get(product__slug="ocean-blue-shirt")
    set_price(variant, currency="USD", amount_minor=5050)

    rows = rows_in(exported())
    price = rows[0].index("Variant Price")
    now = {row[0]: row for row in rows}

    assert now["ocean-blue-shirt"][price] == "50.50"
    changed = [a for a, b in zip(rows, original("apparel.csv"), strict=True) if a != b]
    assert changed == [now["ocean-blue-shirt"]]


@pytest.mark.engines
def test_an_update_moves_only_what_is_different(run, write):
    rows = [{"Handle": "mug", "Title": "Mug", "Variant Price": "5", "Variant Inventory Qty": "3"}]
    run(write(rows))
    before = everything()

    report = run(write([rows[0] | {"Variant Price": "6"}]))

    assert "mug updated (price of MUG" in report
    after = everything()
    assert after["PriceChange"] == before["PriceChange"] + 1
    for unmoved in ("Variant", "StockMovement", "Revision"):
        assert after[unmoved] == before[unmoved]


def test_a_tricky_file_means_what_it_says(run):
    report = run(SAMPLES / "tricky.csv")

    assert "4 created" in report
    tee = Product.objects.get(slug="tee")
    white, m_white, m_black = tee.variants.order_by("position")
    assert (white.sku, m_black.sku) == ("00123", "TEE-M-BLACK")
    assert (white.weight_grams, white.taxable, white.barcode) == (181, False, "4006381333931")
    assert white.stock.backorder_limit > 0
    assert m_white.stock.backorder_limit == 0
    assert white.prices.get().compare_at_minor is None
    assert m_white.prices.get().compare_at_minor == 2500
    page = ProductPage.objects.get(product=tee)
    html = str(page.body)
    assert "Soft &amp; light" in html
    assert "alert" not in html
    assert "<img" not in html
    voucher = Product.objects.get(slug="gift-voucher")
    assert voucher.status == "draft"
    assert not voucher.variants.get().requires_shipping
    both = Product.objects.get(slug="tee-2")
    assert both.brand == tee.brand
    assert [v.sku for v in both.variants.order_by("position")] == ["T2-S", "T2-L"]
    assert "line 2, Body (HTML): Left out of the shop's text: img, script." in report
    assert Product.objects.filter(slug="日本語", status="listed").exists()


@pytest.mark.engines
def test_products_made_in_the_shop_come_back_from_json(run, exported, tmp_path):
    run(SAMPLES / "tricky.csv")
    first = exported(name="all.json")
    before = everything()

    report = run(tmp_path / "all.json")

    assert "0 created, 0 updated" in report
    assert everything() == before
    assert exported(name="all.json") == first
