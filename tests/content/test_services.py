"""Records follow what is published; nothing depends on it being told once."""

import pytest
from wagtail.models import PageViewRestriction

from commerce.catalogue.models import Brand, Category, Product, ProductStatus
from content import receivers, services
from content.cards.models import ProductCard
from content.pages import ProductPage
from content.reconciliation import reconcile
from core.models import OutboxEvent
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


def status_of(page: ProductPage) -> str:
    """Where the page's record stands."""
    return Product.objects.get(pk=page.product_id).status


def test_publishing_lists_the_record_with_what_the_page_says() -> None:
    brand = make_brand_page("Aurora")
    chairs = make_category_page("Chairs")
    page = new_page("Chair", brand_page=brand, category_page=chairs)
    assert status_of(page) == ProductStatus.DRAFT

    page.title, page.slug = "Lounge chair", "lounge-chair"
    publish(page)

    product = Product.objects.get(pk=page.product_id)
    assert (product.status, product.name, product.slug) == (
        ProductStatus.LISTED,
        "Lounge chair",
        "lounge-chair",
    )
    assert (product.brand_id, product.category_id) == (brand.brand_id, chairs.category_id)
    assert product.url == "/products/lounge-chair/"
    assert product.listed_at is not None


def test_unpublishing_delists_and_takes_the_cards_away() -> None:
    page = sold_page()
    work()
    assert ProductCard.objects.filter(product_id=page.product_id).exists()

    page.unpublish()
    work()

    assert status_of(page) == ProductStatus.DRAFT
    assert not ProductCard.objects.filter(product_id=page.product_id).exists()


def test_a_translation_left_keeps_the_product_listed() -> None:
    page = sold_page()
    publish(translated(page))

    page.unpublish()

    assert status_of(page) == ProductStatus.LISTED


def test_a_translation_does_not_name_the_record() -> None:
    page = sold_page("Chair")
    other = translated(page)
    other.title, other.slug = "Stuhl", "stuhl"

    publish(other)

    product = Product.objects.get(pk=page.product_id)
    assert (product.name, product.slug, product.url) == ("Chair", "chair", "/products/chair/")


def test_receivers_can_be_told_twice() -> None:
    page = sold_page()
    work()
    before = list(Product.objects.values()), list(ProductCard.objects.values("pk", "version"))

    receivers.published(ProductPage, page)
    receivers.published(ProductPage, page)
    work()

    after = list(Product.objects.values()), list(ProductCard.objects.values("pk", "version"))
    assert [{**row, "updated_at": None} for row in after[0]] == [
        {**row, "updated_at": None} for row in before[0]
    ]
    assert after[1] == before[1]


def test_the_event_is_in_the_transaction_of_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    page = new_page()
    page.save_revision().publish()
    before = OutboxEvent.objects.count()

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr("core.events.OutboxEvent.objects.bulk_create", broken)
    page.title = "Changed"
    page.save()
    with pytest.raises(RuntimeError):
        services.follow_product(page.product_id)

    assert Product.objects.get(pk=page.product_id).name == "Chair"
    assert OutboxEvent.objects.count() == before


def test_moving_a_category_moves_its_record_and_those_below() -> None:
    chairs = make_category_page("Chairs")
    tables = make_category_page("Tables")
    oak = make_category_page("Oak", under=chairs)
    low = make_category_page("Low", under=oak)

    oak.move(tables, pos="last-child")

    record = Category.objects.get(pk=low.category_id)
    assert record.path == f"/{tables.category_id}/{oak.category_id}/{low.category_id}/"


def test_categories_keep_the_order_of_their_pages() -> None:
    first = make_category_page("First")
    second = make_category_page("Second")

    second.move(first, pos="left")

    names = Category.objects.order_by("position").values_list("name", flat=True)
    assert list(names) == ["Second", "First"]


def test_a_deleted_brand_stays_while_its_products_are_listed() -> None:
    brand = make_brand_page()
    sold_page(brand_page=brand)

    brand.delete()

    assert Brand.objects.get(pk=brand.brand_id).archived_at is None


def test_a_deleted_brand_that_nothing_has_is_archived() -> None:
    brand = make_brand_page()

    brand.delete()

    assert Brand.objects.get(pk=brand.brand_id).archived_at is not None


def test_a_private_product_is_not_shown() -> None:
    page = sold_page()
    work()

    restriction = PageViewRestriction.objects.create(page=page, restriction_type="login")
    work()
    assert not ProductCard.objects.exists()
    assert status_of(page) == ProductStatus.DRAFT

    restriction.delete()
    work()
    assert ProductCard.objects.exists()


# ── Reconciliation ──────────────────────────────────────────────────────────────────────
def test_nothing_to_mend() -> None:
    make_category_page("Stools", under=make_category_page("Chairs"))
    sold_page(brand_page=make_brand_page())
    work()

    assert reconcile() == 0
    assert reconcile() == 0


def test_a_live_page_whose_record_was_not_listed_is_mended() -> None:
    page = sold_page()
    Product.objects.filter(pk=page.product_id).update(status=ProductStatus.DRAFT)
    OutboxEvent.objects.all().delete()

    assert reconcile() == 1

    assert status_of(page) == ProductStatus.LISTED
    assert ProductCard.objects.filter(product_id=page.product_id).count() == 2


def test_a_listed_record_without_a_live_page_is_mended() -> None:
    page = sold_page()
    work()
    ProductPage.objects.filter(pk=page.pk).update(live=False)

    assert reconcile() == 1

    assert status_of(page) == ProductStatus.DRAFT
    assert not ProductCard.objects.exists()


def test_lost_cards_are_mended() -> None:
    page = sold_page()
    work()
    ProductCard.objects.filter(currency="EUR").delete()

    assert reconcile() == 1

    assert ProductCard.objects.filter(product_id=page.product_id).count() == 2


def test_an_archived_record_stays_archived_until_it_is_published_again() -> None:
    page = sold_page()
    Product.objects.filter(pk=page.product_id).update(status=ProductStatus.ARCHIVED)
    product = Product.objects.get(pk=page.product_id)
    product.save()

    reconcile()
    assert status_of(page) == ProductStatus.ARCHIVED

    publish(page)
    assert status_of(page) == ProductStatus.LISTED


def test_lost_brand_and_category_cards_are_mended() -> None:
    brand = make_brand_page()
    chairs = make_category_page()
    page = new_page(brand_page=brand, category_page=chairs)
    stock_up(page)
    publish(page)
    OutboxEvent.objects.all().delete()

    assert reconcile() == 3

    assert brand.brand.cards.get().product_count == 1
    assert chairs.category.cards.get().product_count == 1
