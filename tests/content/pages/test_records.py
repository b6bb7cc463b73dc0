"""A page is revised, a record is not: price and stock never move by what an editor does."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Brand, Category, Product, ProductStatus, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from content.pages import ProductIndexPage, ProductPage
from tests.content.editing import (
    figures,
    german,
    make_brand_page,
    make_category_page,
    new_page,
    publish,
    sold_page,
    stock_up,
    translated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def page() -> ProductPage:
    """A live page, whose record has changed since its first revision."""
    made: ProductPage = sold_page("Chair", price=1000, stock=5)
    return made


def change_record(page: ProductPage) -> tuple[list[int], list[tuple[int, int]]]:
    """Another price and other stock; what they are now."""
    variant = Variant.objects.get(product_id=page.product_id)
    for currency in ("USD", "EUR"):
        catalogue.set_price(variant, currency=currency, amount_minor=2500)
    inventory.adjust(variant_id=variant.pk, delta=7, kind=MovementKind.RECEIVED)
    return figures(page)


def test_the_first_save_makes_the_record() -> None:
    page = new_page("Walnut Chair")

    product = Product.objects.get(pk=page.product_id)
    assert (product.name, product.slug, product.status) == (
        "Walnut Chair",
        "walnut-chair",
        ProductStatus.DRAFT,
    )


def test_further_saves_make_no_other_record() -> None:
    page = new_page()
    before = page.product_id

    page.title = "Another title"
    page.save()
    page.save_revision()
    publish(page)

    assert ProductPage.objects.get(pk=page.pk).product_id == before
    assert Product.objects.count() == 1


def test_a_given_record_is_taken() -> None:
    product = catalogue.create_product(name="Made by an import")

    page = new_page("Chair", product=product)

    assert page.product_id == product.pk
    assert Product.objects.count() == 1


def test_the_record_cannot_be_exchanged() -> None:
    page = new_page()
    before = page.product_id
    page.product = catalogue.create_product(name="Another")

    page.save()

    assert page.product_id == before
    assert ProductPage.objects.get(pk=page.pk).product_id == before


def test_brands_and_categories_get_records_too() -> None:
    brand = make_brand_page("Aurora")
    chairs = make_category_page("Chairs")
    stools = make_category_page("Stools", under=chairs)

    assert Brand.objects.get(pk=brand.brand_id).slug == "aurora"
    record = Category.objects.get(pk=stools.category_id)
    assert record.parent_id == chairs.category_id
    assert record.path == f"/{chairs.category_id}/{stools.category_id}/"


def test_publishing_an_old_draft_moves_nothing(page: ProductPage) -> None:
    old = page.save_revision()
    now = change_record(page)
    page.title = "Newer"
    page.save_revision().publish()

    old.publish()

    assert ProductPage.objects.get(pk=page.pk).title == "Chair"
    assert figures(page) == now


def test_reverting_moves_nothing(page: ProductPage) -> None:
    first = page.revisions.order_by("pk").first()
    now = change_record(page)
    page.title = "Newer"
    newer = page.save_revision()
    newer.publish()

    reverted = first.as_object().save_revision(previous_revision=first)
    reverted.publish(previous_revision=newer)

    stored = ProductPage.objects.get(pk=page.pk)
    assert (stored.title, stored.product_id) == ("Chair", page.product_id)
    assert figures(page) == now


@pytest.mark.parametrize("said", [None, 10**6])
def test_a_revision_that_names_no_record_or_another_changes_nothing(
    page: ProductPage, said: int | None
) -> None:
    other = catalogue.create_product(name="Another")
    revision = page.save_revision()
    revision.content["product"] = said and other.pk
    revision.save()
    now = figures(page)

    revision.publish()

    assert ProductPage.objects.get(pk=page.pk).product_id == page.product_id
    assert figures(page) == now


def test_a_revision_from_before_the_field_changes_nothing(page: ProductPage) -> None:
    revision = page.save_revision()
    del revision.content["product"]
    revision.save()

    revision.publish()

    assert ProductPage.objects.get(pk=page.pk).product_id == page.product_id


def test_scheduled_publication_moves_nothing(page: ProductPage) -> None:
    page.title = "Later"
    page.go_live_at = timezone.now() + timedelta(hours=1)
    revision = page.save_revision()
    revision.publish()
    now = change_record(page)
    type(revision).objects.filter(pk=revision.pk).update(
        approved_go_live_at=timezone.now() - timedelta(minutes=1)
    )
    revision.refresh_from_db()
    revision.content["go_live_at"] = (timezone.now() - timedelta(minutes=1)).isoformat()
    revision.save()

    call_command("publish_scheduled", verbosity=0)

    assert ProductPage.objects.get(pk=page.pk).title == "Later"
    assert figures(page) == now


def test_autosaving_moves_nothing(page: ProductPage) -> None:
    now = change_record(page)
    revision = page.save_revision()

    page.title = "Half a ti"
    page.save_revision(overwrite_revision=revision)

    assert ProductPage.objects.get(pk=page.pk).product_id == page.product_id
    assert figures(page) == now


def test_an_alias_shares_the_record(page: ProductPage) -> None:
    now = figures(page)
    alias = page.create_alias(update_slug="chair-again")

    page.title = "New title"
    publish(page)

    alias = ProductPage.objects.get(pk=alias.pk)
    assert (alias.title, alias.product_id) == ("New title", page.product_id)
    assert Product.objects.count() == 1
    assert figures(page) == now


def test_a_copy_has_its_own_record(page: ProductPage) -> None:
    now = figures(page)

    copy = page.copy(update_attrs={"slug": "chair-copy", "title": "Chair copy"})

    assert copy.product_id != page.product_id
    assert figures(copy) == ([], [])
    assert figures(page) == now
    contents = [revision.content["product"] for revision in copy.revisions.all()]
    assert set(contents) == {copy.product_id}


def test_copied_categories_keep_slugs_apart() -> None:
    chairs = make_category_page("Chairs")
    make_category_page("Stools", under=chairs)

    copy = chairs.copy(recursive=True, update_attrs={"slug": "chairs-2"})

    below = copy.get_children().get().specific
    assert below.slug == "stools-2"
    assert Category.objects.get(pk=below.category_id).parent_id == copy.category_id


def test_a_translation_shares_the_record(page: ProductPage) -> None:
    now = figures(page)

    german_page = translated(page)
    german_page.title = "Stuhl"
    publish(german_page)

    assert german_page.product_id == page.product_id
    assert Product.objects.count() == 1
    assert Product.objects.get().name == "Chair"
    assert figures(page) == now


def test_a_translated_alias_shares_the_record(page: ProductPage) -> None:
    index = page.get_parent()
    parent = index.copy_for_translation(german(), copy_parents=True)

    alias = page.create_alias(parent=parent, update_locale=german(), reset_translation_key=False)

    assert alias.product_id == page.product_id
    assert Product.objects.count() == 1


def test_deleting_a_page_archives_its_record(page: ProductPage) -> None:
    product_id = page.product_id
    now = figures(page)

    page.delete()

    assert Product.objects.get(pk=product_id).status == ProductStatus.ARCHIVED
    assert figures(page) == now


def test_deleting_through_the_tree_archives_too(page: ProductPage) -> None:
    Page.objects.get(pk=page.get_parent().pk).delete()

    assert Product.objects.get(pk=page.product_id).status == ProductStatus.ARCHIVED


def test_deleting_a_translation_leaves_the_record_listed(page: ProductPage) -> None:
    publish(translated(page)).delete()

    assert Product.objects.get(pk=page.product_id).status == ProductStatus.LISTED


def test_two_records_cannot_have_one_url() -> None:
    chairs = make_category_page("Chairs")
    tables = make_category_page("Tables")
    make_category_page("Oak", under=chairs)

    second = make_category_page("Oak", under=tables)

    assert second.slug == "oak-2"
    second.slug = "oak"
    with pytest.raises(ValidationError) as caught:
        second.save()
    assert "slug" in caught.value.message_dict


def test_a_failed_first_save_leaves_no_record() -> None:
    sold_page("Chair")
    parent = ProductIndexPage.objects.get()
    doubled = ProductPage(title="Chair", slug="chair")

    with pytest.raises(ValidationError):
        parent.add_child(instance=doubled)

    assert Product.objects.count() == 1


def test_storefront_urls(page: ProductPage, settings: Any) -> None:
    german_page = translated(page)
    chairs = make_category_page("Chairs")
    below = make_category_page("Stools", under=chairs)

    assert page.url == "/products/chair/"
    assert page.full_url == f"{settings.STOREFRONT_URL}/products/chair/"
    assert german_page.url == "/products/chair/?locale=de"
    assert below.url == "/categories/stools/"
    settings.STOREFRONT_URL = "https://shop.example"
    assert ProductPage.objects.get(pk=page.pk).url == "https://shop.example/products/chair/"


def test_stock_is_still_there_after_everything(page: ProductPage) -> None:
    stock_up(new_page("Another"), price=1)
    exported = json.loads(page.to_json())
    now = change_record(page)

    page.with_content_json(exported).save()

    assert figures(page) == now
