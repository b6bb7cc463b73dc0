"""What an editor does, for tests: pages, pictures, languages, and the worker that follows."""

from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile
from PIL import Image as Picture
from wagtail.images.models import Image
from wagtail.models import Locale, Page

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Price, Product
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind, StockLevel
from content import tree
from content.pages import (
    BrandIndexPage,
    BrandPage,
    CategoryIndexPage,
    CategoryPage,
    ProductIndexPage,
    ProductPage,
    ProductPageImage,
)
from core import relay


def work() -> None:
    """Let everything happen that follows commits."""
    relay.drain()


def picture(title: str = "A chair", *, size: tuple[int, int] = (1200, 900)) -> Image:
    """An uploaded picture."""
    file = BytesIO()
    Picture.new("RGB", size, "teal").save(file, "PNG")
    return Image.objects.create(title=title, file=ImageFile(file, name="picture.png"))


def publish(page: Page) -> Page:
    """Publish what the page object says."""
    page.save_revision().publish()
    return page.specific_class.objects.get(pk=page.pk)


def new_page(title: str = "Chair", **fields: Any) -> ProductPage:
    """A product page as an editor leaves it: a draft that is not priced."""
    tags = fields.pop("tags", ())
    page = ProductPage(title=title, live=False, **fields)
    tree.index(ProductIndexPage).add_child(instance=page)
    if tags:
        page.tags.add(*tags)
        page.save()
    return page


def stock_up(page: ProductPage, *, price: int = 1299, stock: int = 5, **options: str) -> None:
    """Give the page's record a variant with a price in USD and EUR, and stock."""
    product = Product.objects.get(pk=page.product_id)
    if options:
        catalogue.define_options(product, {name: [value] for name, value in options.items()})
    variant = catalogue.save_variant(product, options=options)
    for currency in ("USD", "EUR"):
        catalogue.set_price(variant, currency=currency, amount_minor=price)
    inventory.adjust(variant_id=variant.pk, delta=stock, kind=MovementKind.RECEIVED)


def sold_page(title: str = "Chair", *, price: int = 1299, stock: int = 5, **fields: Any) -> Any:
    """A live product page with a priced variant; the cards are not made yet."""
    with_picture = fields.pop("image", None)
    page = new_page(title, **fields)
    stock_up(page, price=price, stock=stock)
    if with_picture is not None:
        page.gallery.add(ProductPageImage(image=with_picture, alt="From the left"))
    return publish(page)


def make_brand_page(title: str = "Aurora", **fields: Any) -> BrandPage:
    """A live brand."""
    page = BrandPage(title=title, **fields)
    tree.index(BrandIndexPage).add_child(instance=page)
    return publish(page)


def make_category_page(title: str = "Chairs", *, under: Page | None = None, **fields: Any) -> Any:
    """A live category, at the top or under another."""
    page = CategoryPage(title=title, **fields)
    (under or tree.index(CategoryIndexPage)).add_child(instance=page)
    return publish(page)


def german() -> Locale:
    """The second language."""
    return Locale.objects.get_or_create(language_code="de")[0]


def translated(page: Page) -> Any:
    """The German page, a draft, with those above it."""
    return page.copy_for_translation(german(), copy_parents=True)


def figures(page: ProductPage) -> tuple[list[int], list[tuple[int, int]]]:
    """Every price and every stock figure of the page's record."""
    prices = Price.objects.filter(variant__product_id=page.product_id).order_by("pk")
    levels = StockLevel.objects.filter(variant__product_id=page.product_id).order_by("pk")
    return (
        list(prices.values_list("amount_minor", flat=True)),
        list(levels.values_list("on_hand", "reserved")),
    )
