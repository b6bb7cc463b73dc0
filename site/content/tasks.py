"""What follows after commits, and the periodic mending. Safe to run twice, late or at once."""

from collections.abc import Iterable
from datetime import timedelta

from django.apps import apps
from django.core.management import call_command
from wagtail.images import get_image_model

from commerce.catalogue import events as catalogue
from commerce.catalogue.models import Category, Product
from commerce.inventory.events import AVAILABILITY_CHANGED
from content import events as content
from content import reconciliation, renditions, services
from content.cards import build, shelves
from content.models import BrandPage, CategoryPage, ProductPage
from content.pages.products import ProductTag
from core import events
from core.events import Event
from core.periodic import periodic
from core.tasks import task

# Products that are made anew while other deliveries, as of mails, wait: a second or two.
AT_ONCE = 500


def subscribe() -> None:
    """Subscribe to what commerce and this room announce."""
    events.subscribe(catalogue.PRODUCT_CHANGED, product_changed, label="content.product")
    events.subscribe(AVAILABILITY_CHANGED, product_changed, label="content.availability")
    events.subscribe(catalogue.BRAND_CHANGED, brand_changed, label="content.brand")
    events.subscribe(catalogue.CATEGORY_CHANGED, category_changed, label="content.category")
    events.subscribe(content.BRAND_PAGE_CHANGED, brand_page_changed, label="content.brand_page")
    events.subscribe(
        content.CATEGORY_PAGE_CHANGED, category_page_changed, label="content.category_page"
    )
    events.subscribe(content.REFERRED_CHANGED, referred_changed, label="content.referred")


def product_changed(event: Event) -> None:
    """Make a product's cards and documents anew."""
    build.rebuild(event.payload["product_id"])


def brand_changed(event: Event) -> None:
    """A brand's name or slug stands on its products as well."""
    brand_id = event.payload["brand_id"]
    shelves.rebuild_brands([brand_id])
    _rebuild(Product.objects.filter(brand_id=brand_id).values_list("pk", flat=True))


def category_changed(event: Event) -> None:
    """A category's name, slug or place concerns all below it."""
    category = Category.objects.filter(pk=event.payload["category_id"]).first()
    if category is None:
        return
    below = Category.objects.filter(path__startswith=category.path)
    shelves.rebuild_categories(below.values_list("pk", flat=True))
    shelves.recount()
    products = Product.objects.filter(category__path__startswith=category.path)
    _rebuild(products.values_list("pk", flat=True))


def brand_page_changed(event: Event) -> None:
    """Make a brand's cards anew; where its name or slug changed in any language, its products."""
    brand_id = event.payload["brand_id"]
    if shelves.is_renamed_brand(brand_id):
        # First the products: after a crash between the two the brand is still found renamed.
        _rebuild(Product.objects.filter(brand_id=brand_id).values_list("pk", flat=True))
    shelves.rebuild_brands([brand_id])


def category_page_changed(event: Event) -> None:
    """As `brand_page_changed`, for a category; its name stands on all products below it."""
    category_id = event.payload["category_id"]
    if shelves.is_renamed_category(category_id):
        products = Product.objects.filter(category__path__contains=f"/{category_id}/")
        _rebuild(products.values_list("pk", flat=True))
    shelves.rebuild_categories([category_id])


def referred_changed(event: Event) -> None:
    """Make anew what shows a picture or a question, or links to a page."""
    model = apps.get_model(event.payload["model"])
    changed = model._default_manager.filter(pk=event.payload["id"]).first()
    pages = set(event.payload.get("pages", ()))
    if changed is not None:
        pages |= services.pages_with(changed)
    if isinstance(changed, ProductTag):
        # The index of references leaves tags out.
        pages |= set(changed.tagged_pages.values_list("content_object_id", flat=True))
    products = set(
        ProductPage.objects.filter(pk__in=pages, live=True).values_list("product_id", flat=True)
    )
    brands = BrandPage.objects.filter(pk__in=pages, live=True)
    categories = CategoryPage.objects.filter(pk__in=pages, live=True)
    products.discard(None)
    if model is get_image_model():
        if changed is not None and pages:
            renditions.prepare([changed])
        services.follow_pictures(products)
    _rebuild(products)
    shelves.rebuild_brands(set(brands.values_list("brand_id", flat=True)) - {None})
    shelves.rebuild_categories(set(categories.values_list("category_id", flat=True)) - {None})


def _rebuild(product_ids: Iterable[int]) -> None:
    """Make products anew: a few now, many as background tasks, a part each."""
    ids = sorted(product_ids)
    if len(ids) <= AT_ONCE:
        build.rebuild_many(ids)
        return
    for at in range(0, len(ids), AT_ONCE):
        rebuild_products.enqueue(ids[at : at + AT_ONCE])


@task()
def rebuild_products(product_ids: list[int]) -> int:
    """Make these products' cards and documents anew; how many changed."""
    return build.rebuild_many(product_ids)


@periodic("content.reconcile", every=timedelta(minutes=5))
def reconcile() -> int:
    """Mend what is not as the pages say; see `content.reconciliation`."""
    return reconciliation.reconcile()


@periodic("content.publish_scheduled", every=timedelta(minutes=1))
def publish_scheduled() -> None:
    """Publish and expire the pages whose time has come."""
    call_command("publish_scheduled", verbosity=0)


@periodic("content.garbage_collect_previews", every=timedelta(hours=1))
def forget_previews() -> int:
    """Forget drafts whose preview has run out."""
    from content.preview import forget_expired

    return forget_expired()
