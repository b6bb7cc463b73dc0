"""Whatever shoppers see differently ends in the index, once the worker has had its turn."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, PageViewRestriction

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Product, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from commerce.orders import services as orders
from content import tree
from content.pages import CategoryIndexPage, ProductIndexPage, ProductPage
from content.pages.products import ProductPageTag, ProductTag
from search import engines
from search.engines.database import DatabaseEngine
from search.models import PendingProduct
from search.records import Record, RecordKey, all_records
from tests import factories
from tests.content.editing import (
    make_brand_page,
    make_category_page,
    picture,
    publish,
    sold_page,
    stock_up,
    translated,
    work,
)
from tests.fakes.search_engine import FolderEngine

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


class BothEngines(FolderEngine):
    """What is written goes to the built-in engine as well."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.built_in = DatabaseEngine()

    def index(self, records: Sequence[Record]) -> None:
        super().index(records)
        self.built_in.index(records)

    def delete(self, keys: Sequence[RecordKey]) -> None:
        super().delete(keys)
        self.built_in.delete(keys)

    def is_in_step(self) -> bool:
        """Whether both have what the shop has."""
        wanted = {record.key: record for record in all_records()}
        versions = {key: record.version for key, record in wanted.items()}
        return self.records() == wanted and dict(self.built_in.stored()) == versions


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BothEngines:
    """Both engines."""
    both = BothEngines(tmp_path / "index")
    monkeypatch.setattr(engines, "current", lambda: both)
    return both


class Shop:
    """One product with all that can change, in a brand, in a category below another."""

    def __init__(self) -> None:
        self.brand = make_brand_page("Aurora")
        self.furniture = make_category_page("Furniture")
        self.chairs = make_category_page("Chairs", under=self.furniture)
        self.page = sold_page(
            "Lounge chair",
            brand_page=self.brand,
            category_page=self.chairs,
            tags=["Oak"],
            image=picture(size=(60, 60)),
        )
        work()

    @property
    def product(self) -> Product:
        return Product.objects.get(pk=self.page.product_id)

    @property
    def variant(self) -> Variant:
        return Variant.objects.get(product_id=self.page.product_id, archived_at=None)

    def edit(self, **fields: Any) -> None:
        """Publish the product's page with other fields."""
        page = ProductPage.objects.get(pk=self.page.pk)
        for name, value in fields.items():
            setattr(page, name, value)
        publish(page)


@pytest.fixture
def shop(engine: BothEngines) -> Shop:
    return Shop()


def titled(page: Page, title: str) -> None:
    page = page.specific_class.objects.get(pk=page.pk)
    page.title = title
    publish(page)


def in_german(page: Page, title: str) -> None:
    other = translated(page)
    other.title = title
    publish(other)


def unpublish(shop: Shop) -> None:
    ProductPage.objects.get(pk=shop.page.pk).unpublish()


def expire(shop: Shop) -> None:
    shop.edit(expire_at=timezone.now() + timedelta(days=1))
    ProductPage.objects.filter(pk=shop.page.pk).update(
        expire_at=timezone.now() - timedelta(minutes=1)
    )
    call_command("publish_scheduled", verbosity=0)


def unpublished(page: Page) -> None:
    page.specific_class.objects.get(pk=page.pk).unpublish()


def deleted(page: Page) -> None:
    page.specific_class.objects.get(pk=page.pk).delete()


def delete(shop: Shop) -> None:
    ProductPage.objects.get(pk=shop.page.pk).delete()


def close(shop: Shop) -> None:
    PageViewRestriction.objects.create(
        page=tree.index(ProductIndexPage), restriction_type=PageViewRestriction.LOGIN
    )


def sale_begins(shop: Shop) -> None:
    catalogue.set_price(shop.variant, currency="USD", amount_minor=999, compare_at_minor=1299)


def sale_begins_and_ends(shop: Shop) -> None:
    sale_begins(shop)
    work()
    catalogue.set_price(shop.variant, currency="USD", amount_minor=1299)


def sell_out(shop: Shop) -> None:
    inventory.adjust(variant_id=shop.variant.pk, delta=-5, kind=MovementKind.DAMAGED)


def retag(shop: Shop) -> None:
    page = ProductPage.objects.get(pk=shop.page.pk)
    page.tags.set(["Walnut", "Summer"])
    publish(page)


def tag_without_publishing(shop: Shop) -> None:
    page = ProductPage.objects.get(pk=shop.page.pk)
    page.tags.add("Winter")
    page.save()


def tag_by_row(shop: Shop) -> None:
    tag = ProductTag.objects.create(name="Spring")
    ProductPageTag.objects.create(tag=tag, content_object=shop.page)


def rename_tag(shop: Shop) -> None:
    tag = ProductTag.objects.get(name="Oak")
    tag.name = "Solid oak"
    tag.save()


def sell(shop: Shop) -> None:
    factories.make_shipping()
    factories.place({shop.variant: 2})


def sell_and_cancel(shop: Shop) -> None:
    factories.make_shipping()
    order = factories.place({shop.variant: 2}).order
    work()
    orders.cancel(order.pk)


def one_variant_more(shop: Shop) -> None:
    catalogue.define_options(shop.product, {"Colour": ["Black"]})
    variant = catalogue.save_variant(shop.product, options={"Colour": "Black"})
    catalogue.set_price(variant, currency="USD", amount_minor=1299)


def move_category(shop: Shop) -> None:
    chairs = Page.objects.get(pk=shop.chairs.pk)
    chairs.move(Page.objects.get(pk=tree.index(CategoryIndexPage).pk), pos="last-child")


def other_picture(shop: Shop) -> None:
    page = ProductPage.objects.get(pk=shop.page.pk)
    row = page.gallery.all()[0]
    row.alt = "From the right"
    page.gallery.add(row)
    publish(page)


def goes_live(shop: Shop) -> None:
    """A revision whose time was set comes true."""
    page = ProductPage.objects.get(pk=shop.page.pk)
    page.title, page.go_live_at = "Evening chair", timezone.now() + timedelta(hours=1)
    revision = page.save_revision(approved_go_live_at=page.go_live_at)
    page.publish(revision)
    work()
    revision.approved_go_live_at = timezone.now() - timedelta(minutes=1)
    revision.content["go_live_at"] = revision.approved_go_live_at.isoformat()
    revision.save()
    call_command("publish_scheduled", verbosity=0)


def unpublish_all(shop: Shop) -> None:
    boss = factories.make_staff()
    boss.is_superuser = True
    everything = UnpublishPageAction(
        tree.index(ProductIndexPage), user=boss, include_descendants=True
    )
    everything.execute()


def sell_all(shop: Shop) -> None:
    factories.make_shipping()
    factories.place({shop.variant: 5})


def sell_all_and_cancel(shop: Shop) -> None:
    factories.make_shipping()
    order = factories.place({shop.variant: 5}).order
    work()
    orders.cancel(order.pk)


def another_file(shop: Shop) -> None:
    """As Wagtail's form of a picture does it."""
    image = shop.page.gallery.all()[0].image
    other = picture("Another", size=(80, 50))
    image.file, image.width, image.height = other.file, other.width, other.height
    image.save()
    image.renditions.all().delete()


def colour(shop: Shop, name: str) -> Variant:
    return Variant.objects.get(product_id=shop.page.product_id, options={"Colour": name})


def different(before: Record, after: Record | None) -> set[str] | None:
    """The fields that differ but the version; None where the record is gone."""
    if after is None:
        return None
    names = set(Record.__slots__) - {"version"}
    return {name for name in names if getattr(before, name) != getattr(after, name)}


# What happens, and which fields of the record then differ; None where the record is gone.
CHANGES: dict[str, tuple[Callable[[Shop], object], set[str] | None]] = {
    "unpublished": (unpublish, None),
    "expired": (expire, None),
    "deleted": (delete, None),
    "closed to the public": (close, None),
    "archived": (lambda shop: catalogue.archive_product(shop.page.product_id), None),
    "no price left": (lambda shop: [
        catalogue.remove_price(shop.variant, currency=code) for code in ("USD", "EUR")
    ], None),
    "name": (lambda shop: shop.edit(title="Armchair"), {"name"}),
    "slug": (lambda shop: shop.edit(slug="armchair"), {"slug"}),
    "words": (lambda shop: shop.edit(summary="It carries."), {"summary", "description"}),
    "featured": (lambda shop: shop.edit(featured=True), {"featured"}),
    "picture": (other_picture, {"thumbnail"}),
    "price": (
        lambda shop: catalogue.set_price(shop.variant, currency="EUR", amount_minor=5),
        {"prices", "variants"},
    ),
    "a price less": (
        lambda shop: catalogue.remove_price(shop.variant, currency="EUR"), {"prices", "variants"}
    ),
    "a sale begins": (sale_begins, {"prices", "variants"}),
    "a sale begins and ends": (sale_begins_and_ends, set()),
    "sold out": (sell_out, {"prices", "variants"}),
    "rated": (
        lambda shop: catalogue.set_rating(shop.page.product_id, lambda: (Decimal("4.50"), 2)),
        {"rating_average", "rating_count"},
    ),
    "sold": (sell, {"sold_count"}),
    "sold and cancelled": (sell_and_cancel, set()),
    "goes live": (goes_live, {"name"}),
    "all are unpublished": (unpublish_all, None),
    "the list is deleted": (lambda shop: tree.index(ProductIndexPage).delete(), None),
    "sold to the last one": (sell_all, {"prices", "sold_count", "variants"}),
    "sold to the last one and cancelled": (sell_all_and_cancel, set()),
    "brand unpublished": (lambda shop: unpublished(shop.brand), set()),
    "brand deleted": (lambda shop: deleted(shop.brand), set()),
    "category unpublished": (lambda shop: unpublished(shop.chairs), set()),
    "category deleted": (lambda shop: deleted(shop.chairs), set()),
    "attributes": (
        lambda shop: shop.edit(attributes=[("attribute", {"name": "Wood", "value": "Elm"})]),
        {"attributes"},
    ),
    "another picture in its place": (another_file, {"thumbnail"}),
    "picture deleted": (lambda shop: shop.page.gallery.all()[0].image.delete(), {"thumbnail"}),
    "a variant more": (one_variant_more, {"attributes", "variants"}),
    "another brand": (
        lambda shop: shop.edit(brand_page=make_brand_page("Boreal")), {"brand"}
    ),
    "brand renamed": (lambda shop: titled(shop.brand, "Eos"), {"brand"}),
    "brand named in another language": (lambda shop: in_german(shop.brand, "Morgenrot"), set()),
    "another category": (
        lambda shop: shop.edit(category_page=shop.furniture), {"categories", "category_path"}
    ),
    "category renamed": (lambda shop: titled(shop.chairs, "Seats"), {"categories"}),
    "category above renamed": (lambda shop: titled(shop.furniture, "Home"), {"categories"}),
    "category moved": (move_category, {"categories", "category_path"}),
    "tags": (retag, {"tags"}),
    "tags without publishing": (tag_without_publishing, {"tags"}),
    "a tag by its row": (tag_by_row, {"tags"}),
    "a tag renamed": (rename_tag, {"tags"}),
    "a tag deleted": (lambda shop: ProductTag.objects.get(name="Oak").delete(), {"tags"}),
}  # fmt: skip


def test_every_change_reaches_the_index(shop: Shop, engine: BothEngines) -> None:
    assert wrong_after(CHANGES, shop, engine) == {}


# The same, of a product in two colours.
CHANGES_OF_VARIANTS: dict[str, tuple[Callable[[Shop], object], set[str] | None]] = {
    "one is sold out": (
        lambda shop: inventory.set_on_hand(variant_id=colour(shop, "Black").pk, on_hand=0),
        {"variants"},
    ),
    "one may be ordered ahead": (
        lambda shop: (
            inventory.set_on_hand(variant_id=colour(shop, "Black").pk, on_hand=0),
            work(),
            inventory.configure(variant_id=colour(shop, "Black").pk, backorder_limit=9),
        ),
        set(),
    ),
    "one is archived": (
        lambda shop: catalogue.archive_variant(colour(shop, "Sand")),
        {"attributes", "prices", "variants"},
    ),
    "another SKU": (
        lambda shop: catalogue.save_variant(
            shop.product, options={"Colour": "Black"}, sku="BLACK-1"
        ),
        {"variants"},
    ),
    "one without a price": (
        lambda shop: [
            catalogue.remove_price(colour(shop, "Sand"), currency=code) for code in ("USD", "EUR")
        ],
        {"prices", "variants"},
    ),
}


def test_every_change_of_a_variant_reaches_the_index(shop: Shop, engine: BothEngines) -> None:
    catalogue.archive_variant(shop.variant)
    for number, name in enumerate(("Black", "Sand")):
        stock_up(shop.page, price=1299 + number, stock=5, Colour=name)
    catalogue.define_options(shop.product, {"Colour": ["Black", "Sand"]})
    work()

    assert wrong_after(CHANGES_OF_VARIANTS, shop, engine) == {}


def wrong_after(
    changes: dict[str, tuple[Callable[[Shop], object], set[str] | None]],
    shop: Shop,
    engine: BothEngines,
) -> dict[str, str]:
    """What is not as it should be after each of the changes, which are taken back."""
    key = RecordKey(shop.page.product_id, "en")
    before = engine.records()
    wrong = {}
    for what, (happens, differ) in changes.items():
        with transaction.atomic():
            happens(shop)
            work()
            if not engine.is_in_step() or PendingProduct.objects.exists():
                wrong[what] = "not in step"
            elif (changed := different(before[key], engine.records().get(key))) != differ:
                wrong[what] = f"changed: {changed}"
            transaction.set_rollback(True)
        engine.delete(list(engine.records()))
        engine.index(list(before.values()))
    return wrong


def test_a_translation_and_its_names_reach_the_index(shop: Shop, engine: BothEngines) -> None:
    in_german(shop.page, "Sessel")
    work()
    key = RecordKey(shop.page.product_id, "de")
    assert key in engine.records()

    in_german(shop.brand, "Morgenrot")
    in_german(shop.chairs, "Stühle")
    work()

    after = engine.records()
    assert engine.is_in_step()
    brand = after[key].brand
    assert brand is not None
    assert brand.name == "Morgenrot"
    assert after[key].categories[-1].name == "Stühle"

    ProductPage.objects.get(product_id=shop.page.product_id, locale__language_code="de").unpublish()
    work()

    assert key not in engine.records()
    assert engine.is_in_step()
