"""The page of an imported product: its words and pictures, changed only where they differ."""

from typing import Any

from django.utils.text import slugify
from wagtail.models import Locale
from wagtail.rich_text import RichText

from commerce.catalogue import services as catalogue
from content.imports import shelves, texts
from content.imports.cells import body_html
from content.imports.plan import Outcome, Problem, ProductPlan
from content.pages import ProductPage, ProductPageImage


def find_page(handle: str, product_id: int | None) -> ProductPage | None:
    """The page that a handle means: of the product that came with it, or with this slug."""
    pages = ProductPage.objects.filter(locale=Locale.get_default(), alias_of=None).order_by("pk")
    pages = pages.select_related("product", "brand_page", "category_page")
    if product_id is not None:
        found = pages.filter(product_id=product_id).first()
        if found is not None:
            return _as_edited(found)
    found = pages.filter(slug=slug_of(handle)).first()
    return _as_edited(found) if found is not None else None


def _as_edited(page: ProductPage) -> ProductPage:
    """A draft's row is older than what its editor has written last."""
    return page if page.live else page.get_latest_revision_as_object()


def slug_of(handle: str) -> str:
    """The slug that a handle becomes; most handles are one already."""
    return slugify(handle, allow_unicode=True)[:255] or "product"


def fill(
    page: ProductPage, plan: ProductPlan, images: dict[str, int], outcome: Outcome
) -> list[str]:
    """Write a plan into a page object, unsaved; what of it is different now."""
    done: list[str] = []
    if page.pk is None:
        page.slug = slug_of(plan.handle)
    simple = {
        "title": plan.name,
        "seo_title": plan.seo_title,
        "search_description": plan.seo_description,
        "summary": plan.summary,
        "featured": plan.featured,
    }
    for name, value in simple.items():
        if value is not None and getattr(page, name) != value:
            setattr(page, name, value)
            done.append(name)
    _body(page, plan, outcome, done)
    _streams(page, plan, done)
    _shelves(page, plan, outcome, done)
    if plan.tags is not None:
        wanted = {tag.casefold() for tag in plan.tags}
        if {tag.name.casefold() for tag in page.tags.all()} != wanted:
            page.tags.set(plan.tags)
            done.append("tags")
    if plan.images is not None:
        _gallery(page, plan, images, done)
    return done


def _body(page: ProductPage, plan: ProductPlan, outcome: Outcome, done: list[str]) -> None:
    if plan.body_html is None:
        return
    wanted = texts.clean(plan.body_html)
    if texts.clean(body_html(page)) == wanted:
        return
    if any(block.block_type != "text" for block in page.body):
        why = "It replaces a body with pictures or other blocks; they are in the page's history."
        outcome.warnings.append(Problem(plan.line, "Body (HTML)", why))
    page.body = [("text", RichText(wanted))] if wanted else []
    done.append("body")


def _streams(page: ProductPage, plan: ProductPlan, done: list[str]) -> None:
    streams: tuple[tuple[str, str, list[Any] | None], ...] = (
        ("highlights", "highlight", plan.highlights),
        ("specifications", "specification", plan.specifications),
        ("attributes", "attribute", plan.attributes),
    )
    for name, kind, wanted in streams:
        if wanted is None:
            continue
        now = [block["value"] for block in getattr(page, name).get_prep_value()]
        if now != wanted:
            setattr(page, name, [(kind, value) for value in wanted])
            done.append(name)


def _shelves(page: ProductPage, plan: ProductPlan, outcome: Outcome, done: list[str]) -> None:
    for name, field, find in (
        (plan.brand, "brand_page", shelves.brand_page),
        (plan.category, "category_page", shelves.category_page),
    ):
        if name is None:
            continue
        found, made = find(name) if name else (None, False)
        if made:
            outcome.changes.append(f"new page “{name}”")
        if getattr(page, f"{field}_id") != (found.pk if found else None):
            setattr(page, field, found)
            done.append(field.removesuffix("_page"))


def _gallery(page: ProductPage, plan: ProductPlan, images: dict[str, int], done: list[str]) -> None:
    """The file's pictures in its order, then those that editors have added in the shop.

    A picture that came with an earlier file and is not in this one goes.
    """
    before = list(page.gallery.all())
    imported = page.product.imported if page.product else {}
    from_files = {entry["image"] for entry in imported.get("images", [])}
    left = list(before)
    after: list[ProductPageImage] = []
    for wanted in plan.images or []:
        image_id = images.get(wanted.src)
        if image_id is None:
            continue
        row = next((r for r in left if r.image_id == image_id), None)
        if row is not None:
            left.remove(row)
        options = row.options if wanted.options is None and row else wanted.options or {}
        alt = row.alt if wanted.alt is None and row else wanted.alt or ""
        after.append(ProductPageImage(image_id=image_id, alt=alt, options=options))
    after += [
        ProductPageImage(image_id=row.image_id, alt=row.alt, options=row.options)
        for row in left
        if row.image_id not in from_files
    ]
    if [_row(r) for r in before] != [_row(r) for r in after]:
        page.gallery.set(after)
        for position, row in enumerate(after):
            row.sort_order = position
        done.append("pictures")


def _row(row: ProductPageImage) -> tuple[int | None, str, dict[str, str]]:
    return row.image_id, row.alt, row.options or {}


def publish(
    page: ProductPage, plan: ProductPlan, *, words: list[str], new: bool, outcome: Outcome
) -> None:
    """Store what was filled in as a revision, live or as a draft as the file wants it."""
    live = plan.published if plan.published is not None else new or page.live
    if plan.tax_class and page.product and page.product.tax_class != plan.tax_class:
        catalogue.update_product(page.product.pk, tax_class=plan.tax_class)
        outcome.changes.append("tax class")
    outcome.changes += words
    if not (words or new or live != page.live):
        return
    if page.has_unpublished_changes and not new and page.live:
        why = "The page had a draft of an editor; it is in the page's history."
        outcome.warnings.append(Problem(plan.line, "", why))
    if live != page.live and not new:
        outcome.changes.append("published" if live else "taken off sale")
    if live:
        page.save_revision().publish()
        return
    if page.live:
        page.unpublish()
    page.save()
    page.save_revision()
