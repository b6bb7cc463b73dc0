"""The sample shop's pages, snippets and settings. A page that is there stays as it is."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from wagtail.models import Locale, Page, Site
from wagtail.rich_text import RichText

from commerce.pricing.models import Code, Promotion
from content import tree
from content.imports.seed.drawing import Drawings
from content.pages import (
    BrandIndexPage,
    BrandPage,
    CategoryIndexPage,
    CategoryPage,
    FAQPage,
    HomePage,
    HomePageProduct,
    ProductIndexPage,
    ProductPage,
    ProductPageRelated,
    PromotionIndexPage,
    PromotionPage,
    StandardPage,
)
from content.sample.shop import Shop
from content.snippets import FAQ, SiteSettings
from core.money import Money

INTRODUCTIONS: dict[type[Page], str] = {
    ProductIndexPage: "Everything that we have, from the chair to the oil beside it.",
    CategoryIndexPage: "Begin with the chair, or with the place that needs it most.",
    BrandIndexPage: "We know who makes things, and who mends them.",
    PromotionIndexPage: "Running at the moment, with the day on which each one ends.",
    FAQPage: "What people ask us most. If yours is missing, write to us.",
}


def body(html: str) -> list[tuple[str, Any]]:
    """A page's body from HTML."""
    return [("text", RichText(html))] if html else []


def add(parent: Page, page: Page) -> Page:
    """Put a page into the tree and publish it."""
    page.locale = parent.locale
    parent.add_child(instance=page)
    page.save_revision().publish()
    return page


def live(model: Any, slug: str) -> Any:
    """The page with a slug in the default language, or None."""
    pages = model.objects.filter(slug=slug, locale=Locale.get_default(), alias_of=None)
    return pages.order_by("pk").first()


@transaction.atomic
def lists() -> None:
    """The list pages with their introductions."""
    for model, introduction in INTRODUCTIONS.items():
        page: Any = tree.index(model)
        if not page.introduction:
            page.introduction = introduction
            page.save_revision().publish()


def categories(shop: Shop, drawings: Drawings) -> None:
    """The tree of categories."""
    for row in shop["categories"]:
        if live(CategoryPage, row["slug"]):
            continue
        parent = live(CategoryPage, row["parent"]) if row["parent"] else None
        with transaction.atomic():
            page = CategoryPage(title=row["name"], slug=row["slug"], summary=row["intro"])
            page.image_id = drawings.id_of(row.get("picture"))
            page.featured = row["parent"] is None
            add(parent or tree.index(CategoryIndexPage), page)


def brands(shop: Shop, drawings: Drawings) -> None:
    """The brands with their stories."""
    for row in shop["brands"]:
        if not live(BrandPage, row["slug"]):
            with transaction.atomic():
                page = BrandPage(title=row["name"], slug=row["slug"], summary=row["tagline"])
                page.logo_id = drawings.id_of(row.get("picture"))
                page.featured = True
                page.body = body(row["story_html"])
                add(tree.index(BrandIndexPage), page)


def publish_products(shop: Shop) -> None:
    """Say what goes well with what, and publish the products that never were."""
    for row in shop["products"]:
        page = live(ProductPage, row["slug"])
        if page is None or page.first_published_at is not None:
            continue
        page = page.get_latest_revision_as_object()
        others = [live(ProductPage, slug) for slug in row.get("related", [])]
        page.related.set(
            [
                ProductPageRelated(page=other, sort_order=order)
                for order, other in enumerate(others)
                if other
            ]
        )
        page.save_revision().publish()


def pages(shop: Shop) -> None:
    """About us, shipping and the like."""
    for row in shop["pages"]:
        if not live(StandardPage, row["slug"]):
            with transaction.atomic():
                page = StandardPage(title=row["title"], slug=row["slug"])
                page.body = body(row["body_html"])
                page.show_in_menus = True
                add(tree.home(), page)


def faqs(shop: Shop) -> None:
    """The questions and answers, if there are none."""
    locale = Locale.get_default()
    for order, row in enumerate(shop["faqs"]):
        if not FAQ.objects.filter(question=row["question"], locale=locale).exists():
            FAQ.objects.create(
                locale=locale,
                topic=row["topic"],
                question=row["question"],
                answer=row["answer_html"],
                sort_order=order,
            )


def promotions(shop: Shop, drawings: Drawings) -> None:
    """The promotions: rule, code and page."""
    today = timezone.now().replace(minute=0, second=0, microsecond=0)
    for row in shop["promotions"]:
        if live(PromotionPage, row["slug"]):
            continue
        with transaction.atomic():
            begins = today + timedelta(days=row["starts_in_days"])
            ends = today + timedelta(days=row["ends_in_days"])
            rule = _rule(row, begins, ends)
            page = PromotionPage(title=row["title"], slug=row["slug"], teaser=row["teaser"])
            page.image_id = drawings.id_of(row.get("picture"))
            page.body = body(row["body_html"])
            page.starts_at, page.ends_at, page.promotion = begins, ends, rule
            page.link = [("link", _link("See the products", _scope_page(row["rule"]["scope"])))]
            add(tree.index(PromotionIndexPage), page)


def _rule(row: dict[str, Any], begins: Any, ends: Any) -> Promotion:
    said = row["rule"]
    scope = said["scope"]
    promotion, _ = Promotion.objects.get_or_create(
        name=row["title"],
        defaults={
            "kind": said["kind"],
            "percent": said["value"] if said["kind"] == "percentage" else 0,
            "amounts_minor": _minor(said["value"]) if said["kind"] == "fixed" else {},
            "min_subtotals_minor": _minor(said["min_subtotal"]),
            "category_ids": _ids(CategoryPage, "category_id", scope.get("categories", [])),
            "brand_ids": _ids(BrandPage, "brand_id", scope.get("brands", [])),
            "product_ids": _ids(ProductPage, "product_id", scope.get("products", [])),
            "needs_code": bool(said["code"]),
            "starts_at": begins,
            "ends_at": ends,
        },
    )
    if said["code"]:
        Code.objects.get_or_create(
            code=said["code"], defaults={"promotion": promotion, "max_uses_per_customer": 1}
        )
    return promotion


def _minor(amounts: dict[str, str]) -> dict[str, int]:
    return {
        currency: Money.parse(amount, currency).minor
        for currency, amount in amounts.items()
        if currency in settings.CURRENCIES
    }


def _ids(model: Any, column: str, slugs: list[str]) -> list[int]:
    return [getattr(page, column) for slug in slugs if (page := live(model, slug)) is not None]


def _scope_page(scope: dict[str, list[str]]) -> Page:
    for model, name in ((CategoryPage, "categories"), (BrandPage, "brands")):
        for slug in scope.get(name, []):
            page = live(model, slug)
            if page is not None:
                return page
    return tree.index(ProductIndexPage)


def _link(text: str, target: Page | str) -> dict[str, Any]:
    """The value of a LinkBlock."""
    if isinstance(target, str):
        return {"text": text, "page": None, "address": target}
    return {"text": text, "page": target, "address": ""}


def target(path: str) -> Page | str:
    """The page at a path of the storefront, else the path."""
    kind, _, slug = path.strip("/").partition("/")
    models: dict[str, Any] = {
        "categories": CategoryPage,
        "brands": BrandPage,
        "products": ProductPage,
        "pages": StandardPage,
    }
    if not slug and kind == "faq":
        return tree.index(FAQPage)
    page = live(models[kind], slug) if kind in models else None
    return page if page is not None else path


@transaction.atomic
def home(shop: Shop, drawings: Drawings) -> None:
    """The home page, as long as nobody has written one."""
    page: HomePage = tree.home()
    said = shop["home"]
    if page.hero_title:
        return
    page.hero_title, page.hero_text = said["hero_title"], said["hero_text"]
    page.hero_image_id = drawings.id_of(said["hero_picture"])
    page.hero_link = [("link", _link(said["hero_cta"], target(said["hero_link"])))]
    page.body = home_body(said["sections"], drawings)
    featured = [live(ProductPage, row["slug"]) for row in shop["products"] if row.get("featured")]
    page.featured_products.set(
        [HomePageProduct(page=p, sort_order=i) for i, p in enumerate(featured[:12]) if p]
    )
    page.save_revision().publish()


def home_body(sections: list[dict[str, Any]], drawings: Drawings) -> list[tuple[str, Any]]:
    """Pictures with text beside them; the storefront adds categories, brands and promotions."""
    blocks: list[tuple[str, Any]] = []
    for section in sections:
        if section["kind"] != "text_with_picture":
            continue
        image_id = drawings.id_of(section["picture"])
        if image_id is None:
            continue
        words = {
            "heading": section["title"],
            "text": section["text"],
            "link": _link(section["link_text"], target(section["link"])),
        }
        picture = {"image": _image(image_id), "alt": section["picture"]["alt"], "caption": ""}
        sides = [[("picture", picture)], [("call_to_action", words)]]
        if len(blocks) % 2:
            sides.reverse()
        blocks.append(("two_columns", {"left": sides[0], "right": sides[1]}))
    return blocks


def _image(image_id: int) -> Any:
    from wagtail.images import get_image_model

    return get_image_model().objects.get(pk=image_id)


@transaction.atomic
def site_settings(shop: Shop) -> None:
    """Contact, announcement and menus, unless somebody has set them."""
    stored = SiteSettings.for_site(Site.objects.get(is_default_site=True))
    if stored.contact_email:
        return
    said = shop["site"]
    stored.tagline = shop["home"]["hero_title"]
    stored.announcement = said["announcement"]
    free = live(PromotionPage, "free-delivery")
    if free is not None:
        stored.announcement_link = [("link", _link("More", free))]
    stored.contact_email, stored.contact_phone = said["contact_email"], said["phone"]
    stored.address, stored.opening_hours = said["address"], said["opening_hours"]
    stored.shipping_information = f"<p>{said['shipping_information']}</p>"
    tops = [live(CategoryPage, row["slug"]) for row in shop["categories"] if not row["parent"]]
    stored.main_menu = [("link", _link(page.title, page)) for page in tops if page]
    stored.footer_menu = [
        ("group", {"heading": "Shop", "links": [_link(p.title, p) for p in _shop_pages()]}),
        (
            "group",
            {
                "heading": "Good to know",
                "links": [
                    _link(page.title, page)
                    for row in shop["pages"]
                    if (page := live(StandardPage, row["slug"])) is not None
                ],
            },
        ),
    ]
    stored.save()


def _shop_pages() -> list[Page]:
    models = (ProductIndexPage, BrandIndexPage, PromotionIndexPage, FAQPage)
    return [tree.index(model) for model in models]
