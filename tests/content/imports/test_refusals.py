"""What is wrong with a file is named by line and column, and leaves nothing half done."""

import pytest

from commerce.catalogue.models import Brand, Product, Variant
from commerce.inventory.services import reserve
from content.models import ProductPage
from core.ids import uuid7

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

MUG = {"Handle": "mug", "Title": "Mug", "Vendor": "Potter", "Variant Price": "5"}
JUG = {"Handle": "jug", "Title": "Jug", "Vendor": "Potter", "Variant Price": "9"}
SIZES = [
    MUG | {"Option1 Name": "Size", "Option1 Value": "S", "Variant SKU": "M-S"},
    {"Handle": "mug", "Option1 Value": "L", "Variant SKU": "M-L", "Variant Price": "6"},
]


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("Variant Price", "cheap", "'cheap' is not a decimal amount."),
        ("Variant Price", "-1", "'-1' is negative."),
        ("Variant Price", "1.999", "USD has 2 decimals."),
        ("Variant Price", "1,50", "'1,50' is not a decimal amount."),
        ("Variant Price", "", "The price is missing."),
        ("Variant Price", "99999999999999", "The amount is too large."),
        ("Variant Compare At Price", "x", "'x' is not a decimal amount."),
        ("Variant Inventory Qty", "1.5", "'1.5' is not a whole number."),
        ("Variant Inventory Qty", "-4", "-4 is negative. Stock starts at 0."),
        ("Variant Inventory Qty", "1000000001", "1000000001 is not between"),
        ("Variant Grams", "heavy", "'heavy' is not a weight in grams."),
        ("Variant Taxable", "perhaps", "'perhaps' is neither true nor false."),
        ("Published", "soon", "'soon' is neither true nor false."),
        ("Variant Inventory Policy", "maybe", "'maybe' is none of: deny, continue."),
        ("Image Position", "first", "'first' is not a whole number."),
        ("Tags", "a" * 101, "It has 101 characters; there is room for 100."),
        ("Title", "a" * 256, "It has 256 characters; there is room for 255."),
        ("Title", "", "The first row of a product needs its title."),
    ],
)
def test_a_bad_cell_refuses_its_product_and_no_other(run, write, column, cell, why):
    bad = MUG | {"Image Src": "a.jpg", column: cell}

    report = run(write([bad, JUG]), failed=True)

    assert f"line 2, {column}: {why}" in report
    assert "1 created, 0 updated, 0 unchanged, 1 failed" in report
    assert list(Product.objects.values_list("slug", flat=True)) == ["jug"]


def test_every_problem_of_a_product_is_named(run, write):
    report = run(write([MUG | {"Variant Price": "x", "Variant Grams": "y"}]), failed=True)

    assert "line 2, Variant Price" in report
    assert "line 2, Variant Grams" in report
    assert not Product.objects.exists()
    assert not ProductPage.objects.exists()
    assert not Brand.objects.exists()


@pytest.mark.parametrize(
    ("second", "place"),
    [
        ({"Option1 Value": "S"}, "line 3, Option1 Value: S is there already, in line 2."),
        ({"Option1 Value": ""}, "line 3, Option1 Value: The value of “Size” is missing."),
        ({"Title": "Other"}, "line 3, Title: The title is another than in line 2"),
        ({"Variant SKU": "M-S"}, "line 3, Variant SKU: “M-S” is already the SKU of “mug”"),
    ],
)
def test_a_bad_second_row_refuses_the_whole_product(run, write, second, place):
    report = run(write([SIZES[0], SIZES[1] | second]), failed=True)

    assert place in report
    assert not Product.objects.exists()


def test_a_continuation_of_nothing_needs_a_title(run, write):
    report = run(write([JUG, {"Handle": "mug", "Variant Price": "6"}]), failed=True)

    assert "line 3, Title: The first row of a product needs its title." in report


def test_a_row_without_a_handle_is_refused_alone(run, write):
    report = run(write([MUG, MUG | {"Handle": ""}, JUG]), failed=True)

    assert "line 3, Handle: The handle is missing." in report
    assert Product.objects.count() == 2


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_the_same_sku_in_two_products(run, write, dry):
    rows = [MUG | {"Variant SKU": "X"}, JUG | {"Variant SKU": "X"}]

    report = run(write(rows), *dry, failed=True)

    assert "line 3, Variant SKU: “X” is already the SKU of “mug”, line 2." in report
    assert Product.objects.count() == (0 if dry else 1)


def test_a_sku_of_another_product_in_the_shop_changes_nothing(run, write):
    run(write([MUG | {"Variant SKU": "X"}, JUG | {"Variant SKU": "Y"}]))

    report = run(write([JUG | {"Variant SKU": "X", "Variant Price": "10"}]), failed=True)

    assert "line 2, Variant SKU: Another variant has the SKU “X”." in report
    jug = Variant.objects.get(product__slug="jug")
    assert (jug.sku, jug.prices.get().amount_minor) == ("Y", 900)


def test_variants_of_a_product_may_exchange_their_skus(run, write):
    run(write(SIZES))

    run(write([SIZES[0] | {"Variant SKU": "M-L"}, SIZES[1] | {"Variant SKU": "M-S"}]))

    skus = {v.options["Size"]: v.sku for v in Variant.objects.all()}
    assert skus == {"S": "M-L", "L": "M-S"}


def test_a_variant_that_the_file_has_no_more_is_archived_and_can_come_back(run, write):
    run(write(SIZES))
    run(write(SIZES[:1]))
    assert Variant.objects.get(sku="M-L").archived_at is not None

    run(write(SIZES))

    assert Variant.objects.filter(archived_at=None).count() == 2


def test_stock_below_what_orders_hold_is_refused(run, write):
    from collections import Counter

    run(write([MUG | {"Variant Inventory Qty": "3"}]))
    variant = Variant.objects.get()
    reserve(order_id=uuid7(), wanted=Counter({variant.pk: 2}), expires_at=None)

    report = run(write([MUG | {"Variant Inventory Qty": "1", "Title": "New"}]), failed=True)

    assert "line 2, Variant Inventory Qty: 2 are reserved by orders; 1 would be left." in report
    variant.stock.refresh_from_db()
    assert variant.stock.on_hand == 3
    assert ProductPage.objects.get().title == "Mug"


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run, write):
    report = run(write([*SIZES, JUG]), "--dry-run")

    assert "2 created" in report
    assert "Nothing was written" in report
    assert not Product.objects.exists()
    assert not Brand.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "This is a spreadsheet or an archive."),
        (b"\xff\xfeH\x00a\x00", "The file is UTF-16."),
        (b"%PDF\x00\x01", "This is not a text file."),
        (b"a,b\n1,2\n", "has no column “Handle”"),
        (b"Handle;Title;Variant Price\n", "have to be separated by commas"),
        (b"Handle,Title,Variant Price,Title\n", "The header has “Title” twice."),
        (b'Handle,Title,Variant Price\nm,"M"x,1\n', "line 2: This is not valid CSV"),
        (b"Handle,Title,Variant Price\nm,M\xfc,1\n", "The file is not UTF-8."),
    ],
)
def test_a_file_that_is_no_such_table(run, tmp_path, content, why):
    path = tmp_path / "products.csv"
    path.write_bytes(content)

    report = run(path, failed=True)

    assert why in report
    assert not Product.objects.exists()


def test_a_row_with_a_comma_too_many(run, tmp_path):
    path = tmp_path / "products.csv"
    path.write_text("Handle,Title,Variant Price\nm,Mug, large,1\nj,Jug,2\n")

    report = run(path, failed=True)

    assert "line 2: The row has 4 cells and the header 3." in report
    assert Product.objects.get().slug == "j"


def test_lines_are_those_of_the_file_even_with_line_breaks_in_cells(run, tmp_path):
    path = tmp_path / "products.csv"
    path.write_bytes(
        b"\xef\xbb\xbfHandle,Title,Variant Price,Body (HTML)\r\n"
        b'm,Mug,1,"a\r\nb\r\nc"\r\n\r\nj,Jug,x,\r\n'
    )

    assert "line 6, Variant Price: 'x'" in run(path, failed=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not valid JSON"),
        ('"a"', "The file is not a JSON list of products."),
        ("[1]", "line 1: A product has to be an object."),
        ('[{"slug": "a"}]', "line 1, name: It is missing."),
        (
            '[\n{"slug": "a", "name": "A", "variants": [{"prices": {"USD": 1.5}}]}]',
            "line 2, variants[0].prices.USD: A price has to be a text",
        ),
        (
            '[{"slug": "a", "name": "A", "variants": [{"stock": "3"}]}]',
            "line 1, variants[0].stock: It has to be a whole number.",
        ),
    ],
)
def test_bad_json(run, tmp_path, text, why):
    path = tmp_path / "products.json"
    path.write_text(text)

    assert why in run(path, failed=True)
    assert not Product.objects.exists()
