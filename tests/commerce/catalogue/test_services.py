"""What the catalogue's services write, and what they refuse."""

import pytest

from commerce.catalogue import selectors, services
from commerce.catalogue.errors import (
    CategoryLoop,
    PriceOutOfRange,
    SkuTaken,
    StillInUse,
    WrongOptions,
)
from commerce.catalogue.models import (
    Brand,
    Category,
    Option,
    Price,
    PriceChange,
    Product,
    Variant,
)
from commerce.catalogue.selectors import PriceRange
from core.models import OutboxEvent
from tests.factories import make_brand, make_category, make_customer, make_variant

pytestmark = pytest.mark.django_db


def announced() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("name", flat=True))


def test_slugs_are_made_unique() -> None:
    slugs = [services.create_product(name="Café Chair").slug for _ in range(3)]
    assert slugs == ["café-chair", "café-chair-2", "café-chair-3"]
    assert services.create_product(name="!!!").slug == "unnamed"
    assert len(services.create_product(name="x" * 255).slug) <= 255


def test_a_product_is_listed_delisted_and_archived() -> None:
    product = services.create_product(name="Mug")
    services.list_product(product.pk)
    product.refresh_from_db()
    first_listed = product.listed_at
    assert (product.status, first_listed is not None) == ("listed", True)
    assert list(selectors.listed_ids()) == [product.pk]
    services.delist_product(product.pk)
    assert Product.objects.get().status == "draft"
    services.archive_product(product.pk)
    before = announced()
    services.delist_product(product.pk)
    assert Product.objects.get().status == "archived"
    assert announced() == before
    services.list_product(product.pk)
    product.refresh_from_db()
    assert (product.status, product.listed_at) == ("listed", first_listed)


def test_an_update_that_changes_nothing_announces_nothing() -> None:
    product = services.create_product(name="Mug")
    before = announced()
    services.update_product(product.pk, name="Mug", slug="mug")
    assert announced() == before
    services.update_product(product.pk, name="Beaker")
    assert announced() == [*before, "catalogue.product_changed"]


def test_variants_are_told_apart_by_their_options() -> None:
    small = make_variant("Shirt", options={"Size": "S", "Colour": "Red"})
    product = small.product
    same = services.save_variant(product, options={"Colour": "Red", "Size": "S"}, weight_grams=200)
    assert (same.pk, same.weight_grams, same.sku) == (small.pk, 200, small.sku)
    for options in (
        {},
        {"Size": "S"},
        {"Size": "XXL", "Colour": "Red"},
        {"Size": "S", "Kind": "A"},
    ):
        with pytest.raises(WrongOptions):
            services.save_variant(product, options=options)
    assert Variant.objects.count() == 1


def test_a_sku_is_one_variant_s() -> None:
    mug = make_variant("Mug", sku="M-1")
    other = services.create_product(name="Other")
    with pytest.raises(SkuTaken):
        services.save_variant(other, options={}, sku="M-1")
    assert Variant.objects.get() == mug
    vase = services.create_product(name="M 1")
    assert services.save_variant(vase, options={}).sku == "M-1-2"


def test_options_become_exactly_what_is_wanted() -> None:
    product = services.create_product(name="Shirt")
    services.define_options(product, {"Size": ["S", "M"], "Colour": ["Red"]})
    services.define_options(product, {"Colour": ["Blue", "Red"], "Fit": ["Slim"]})
    assert [
        (option.name, [value.value for value in option.values.all()])
        for option in Option.objects.filter(product=product)
    ] == [("Colour", ["Blue", "Red"]), ("Fit", ["Slim"])]


def test_a_price_is_kept_with_what_it_was() -> None:
    mug = make_variant("Mug", price={})
    clerk = make_customer()
    services.set_price(mug, currency="USD", amount_minor=1000)
    services.set_price(
        mug, currency="USD", amount_minor=900, compare_at_minor=1000, actor_id=clerk.pk
    )
    before = announced()
    services.set_price(mug, currency="USD", amount_minor=900, compare_at_minor=1000)
    assert announced() == before
    services.set_price(mug, currency="USD", amount_minor=900, compare_at_minor=900)
    assert list(Price.objects.values_list("amount_minor", "compare_at_minor")) == [(900, None)]
    services.remove_price(mug, currency="USD")
    services.remove_price(mug, currency="USD")
    rows = PriceChange.objects.order_by("id")
    assert list(rows.values_list("before_minor", "after_minor", "actor")) == [
        (None, 1000, None),
        (1000, 900, clerk.pk),
        (900, None, None),
    ]
    assert not Price.objects.exists()


@pytest.mark.parametrize("amount", [-1, 10**13 + 1, 10**30])
def test_a_price_has_bounds(amount: int) -> None:
    mug = make_variant("Mug")
    with pytest.raises(PriceOutOfRange):
        services.set_price(mug, currency="USD", amount_minor=amount)
    assert Price.objects.get().amount_minor == 1299


def test_what_a_product_costs_from_and_to() -> None:
    small = make_variant("Shirt", options={"Size": "S"}, price={"USD": 1000, "EUR": 900})
    large = make_variant(options={"Size": "L"}, product=small.product, price={"USD": 1500})
    services.set_price(large, currency="USD", amount_minor=1500, compare_at_minor=2000)
    old = make_variant(options={"Size": "XL"}, product=small.product, price={"USD": 1})
    services.archive_variant(old)
    assert selectors.price_ranges(small.product_id) == {
        "USD": PriceRange(1000, 1500, 2000),
        "EUR": PriceRange(900, 900, None),
    }
    assert selectors.variant_ids_of(small.product_id) == [small.pk, large.pk]


@pytest.mark.parametrize("name", ["mug", "1e3", "9" * 30, "-1", "٣"])
def test_a_record_is_found_by_id_or_slug(name: str) -> None:
    mug = make_variant("Mug").product
    assert selectors.product_by(str(mug.pk)) == mug
    assert selectors.product_by(name) == (mug if name == "mug" else None)


def test_categories_know_their_ancestors() -> None:
    top = make_category("Furniture")
    middle = make_category("Chairs", parent=top)
    leaf = make_category("Office chairs", parent=middle)
    other = make_category("Sale")
    services.update_category(middle.pk, parent_id=other.pk)
    leaf.refresh_from_db()
    assert leaf.path == f"/{other.pk}/{middle.pk}/{leaf.pk}/"
    for child, parent in ((middle, leaf), (middle, middle), (other, leaf)):
        before = list(Category.objects.values())
        with pytest.raises(CategoryLoop):
            services.update_category(child.pk, parent_id=parent.pk)
        assert list(Category.objects.values()) == before


def test_what_is_in_use_is_not_archived() -> None:
    aurora, chairs = make_brand(), make_category()
    inner = make_category("Office", parent=chairs)
    chair = make_variant("Chair", brand=aurora, category=inner)
    for archive, pk in (
        (services.archive_brand, aurora.pk),
        (services.archive_category, inner.pk),
        (services.archive_category, chairs.pk),
    ):
        with pytest.raises(StillInUse):
            archive(pk)
    assert not Brand.objects.exclude(archived_at=None).exists()
    assert not Category.objects.exclude(archived_at=None).exists()

    services.archive_product(chair.product_id)
    services.archive_brand(aurora.pk)
    services.archive_category(inner.pk)
    services.archive_category(chairs.pk)
    assert Category.objects.filter(archived_at=None).count() == 0
