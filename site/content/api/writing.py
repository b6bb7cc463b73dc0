"""Writes of staff: a page and its catalogue record change together, in one transaction.

What somebody may do is up to Wagtail's page permissions. A change to a page that is live is
published at once and leaves an unpublished draft behind in the page's history; a page that is
not live keeps its draft unless `status` says `listed`.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from wagtail.images import get_image_model
from wagtail.models import Locale, Page

from commerce.catalogue import selectors as catalogue_reads
from commerce.catalogue import services as catalogue
from commerce.catalogue.errors import CategoryLoop
from content import tree
from content.api.variants import write_variants
from content.models import (
    BrandIndexPage,
    BrandPage,
    CategoryIndexPage,
    CategoryPage,
    ProductIndexPage,
    ProductPage,
    ProductPageImage,
    ProductPageRelated,
)
from content.pages.base import RecordPage
from core.errors import FieldError, NotAllowed, NotFound, ValidationFailed

P = TypeVar("P", bound=RecordPage)
Actor = AbstractBaseUser | AnonymousUser
Fields = Mapping[str, Any]
Fill = Callable[[Any, dict[str, Any]], None]

_PRODUCT_DEFAULTS: dict[str, Any] = {
    "brand": None, "category": None, "tags": [], "highlights": [], "specifications": [],
    "attributes": [], "gallery": [], "related": [], "tax_class": "standard",
}  # fmt: skip
_DEFAULTS: dict[str, Any] = {"summary": "", "body": [], "seo": {}, "featured": False}


# ── Products ────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def create_product(*, data: Fields, user: Actor) -> ProductPage:
    """A page with its record, variants, prices and stock; published unless it is a draft.

    Raises NotAllowed, ValidationFailed, and what the catalogue raises (SkuTaken and so on).
    """
    page = ProductPage(title=data["name"])
    _add(page, tree.index(ProductIndexPage), data, user, _fill_product)
    _write_record(page, data, user, replace=False)
    _finish(page, data.get("status", "listed"), user)
    return page


@transaction.atomic
def update_product(*, key: str, data: Fields, user: Actor, replace: bool) -> ProductPage:
    """Change what `data` names; with `replace` all else goes back to empty.

    Variants that `data` does not name stay, with `replace` they are archived. Raises NotFound
    and as `create_product`.
    """
    product = catalogue_reads.product_by(key)
    page = _page_of(ProductPage, product)
    if replace:
        data = {**_DEFAULTS, **_PRODUCT_DEFAULTS, **data}
    draft = _change(page, data, user, _fill_product)
    _write_record(draft, data, user, replace=replace)
    _finish(draft, data.get("status"), user)
    return draft


@transaction.atomic
def remove_product(*, key: str, user: Actor) -> None:
    """Unpublish a product in every language and archive its record. Raises NotFound."""
    product = catalogue_reads.product_by(key)
    page = _page_of(ProductPage, product)
    _unpublish(ProductPage.objects.filter(product_id=page.product_id), user)
    catalogue.archive_product(page.product_id)


def _write_record(page: ProductPage, data: Fields, user: Any, *, replace: bool) -> None:
    if "tax_class" in data:
        catalogue.update_product(page.product_id, tax_class=data["tax_class"])
    if "variants" in data or "options" in data or replace:
        write_variants(
            page.product_id,
            rows=data.get("variants", []),
            options=data.get("options"),
            replace=replace,
            actor_id=user.pk,
        )


def _fill_product(page: ProductPage, data: dict[str, Any]) -> None:
    if "brand" in data:
        page.brand_page = _named(BrandPage, catalogue_reads.brand_by, data["brand"], "brand")
    if "category" in data:
        page.category_page = _named(
            CategoryPage, catalogue_reads.category_by, data["category"], "category"
        )
    if "tags" in data:
        page.tags.set(list(dict.fromkeys(tag.strip() for tag in data["tags"] if tag.strip())))
    if "highlights" in data:
        page.highlights = [("highlight", text) for text in data["highlights"]]
    for field, block in (("specifications", "specification"), ("attributes", "attribute")):
        if field in data:
            rows = [{"type": block, "value": dict(row)} for row in data[field]]
            setattr(page, field, _stream(page, field, rows))
    if "gallery" in data:
        images = get_image_model().objects.in_bulk([row["image"] for row in data["gallery"]])
        page.gallery = [
            ProductPageImage(
                image=_known(images, row["image"], "gallery"),
                alt=row.get("alt", ""),
                options=row.get("options", {}),
                sort_order=order,
            )
            for order, row in enumerate(data["gallery"])
        ]
    if "related" in data:
        pages = ProductPage.objects.filter(product_id__in=data["related"], alias_of=None)
        known = {row.product_id: row for row in pages.filter(locale=Locale.get_default())}
        page.related = [
            ProductPageRelated(page=_known(known, pk, "related"), sort_order=order)
            for order, pk in enumerate(data["related"])
        ]


# ── Brands and categories ───────────────────────────────────────────────────────────────
@transaction.atomic
def create_brand(*, data: Fields, user: Actor) -> BrandPage:
    """A brand's page with its record. Raises NotAllowed, ValidationFailed."""
    page = BrandPage(title=data["name"])
    _add(page, tree.index(BrandIndexPage), data, user, _fill_shelf)
    _finish(page, data.get("status", "listed"), user)
    return page


@transaction.atomic
def update_brand(*, key: str, data: Fields, user: Actor, replace: bool) -> BrandPage:
    """As `update_product`."""
    page = _page_of(BrandPage, catalogue_reads.brand_by(key))
    if replace:
        data = {**_DEFAULTS, "website": "", "logo": None, "image": None, **data}
    draft = _change(page, data, user, _fill_shelf)
    _finish(draft, data.get("status"), user)
    return draft


@transaction.atomic
def remove_brand(*, key: str, user: Actor) -> None:
    """Unpublish a brand and archive it. Raises NotFound, StillInUse."""
    page = _page_of(BrandPage, catalogue_reads.brand_by(key))
    _unpublish(BrandPage.objects.filter(brand_id=page.brand_id), user)
    catalogue.archive_brand(page.brand_id)


@transaction.atomic
def create_category(*, data: Fields, user: Actor) -> CategoryPage:
    """A category's page below its parent's, with its record. Raises as `create_brand`."""
    page = CategoryPage(title=data["name"])
    _add(page, _shelf_above(data.get("parent")), data, user, _fill_shelf)
    _finish(page, data.get("status", "listed"), user)
    return page


@transaction.atomic
def update_category(*, key: str, data: Fields, user: Actor, replace: bool) -> CategoryPage:
    """As `update_product`; another `parent` moves it with all below. Raises CategoryLoop."""
    page = _page_of(CategoryPage, catalogue_reads.category_by(key))
    if replace:
        data = {**_DEFAULTS, "parent": None, "image": None, **data}
    if "parent" in data:
        above = _shelf_above(data["parent"])
        if above.pk == page.pk or above.is_descendant_of(page):
            raise CategoryLoop(f"“{above.title}” stands below “{page.title}”.")
        if page.get_parent().pk != above.pk:
            _allow(page.permissions_for_user(user).can_move_to(above))
            page.move(above, pos="last-child", user=user)
            page = CategoryPage.objects.get(pk=page.pk)
    draft = _change(page, data, user, _fill_shelf)
    _finish(draft, data.get("status"), user)
    return draft


@transaction.atomic
def remove_category(*, key: str, user: Actor) -> None:
    """Unpublish a category and archive it. Raises NotFound, StillInUse."""
    page = _page_of(CategoryPage, catalogue_reads.category_by(key))
    _unpublish(CategoryPage.objects.filter(category_id=page.category_id), user)
    catalogue.archive_category(page.category_id)


def _shelf_above(parent: str | None) -> Page:
    if parent is None:
        return tree.index(CategoryIndexPage)
    return _named(CategoryPage, catalogue_reads.category_by, parent, "parent")


def _fill_shelf(page: Any, data: dict[str, Any]) -> None:
    for field in ("logo", "image"):
        if field in data:
            pk = data[field]
            images = get_image_model().objects.in_bulk([pk] if pk else [])
            setattr(page, field, _known(images, pk, field) if pk else None)
    if "website" in data:
        page.website = data["website"]


# ── Pages ───────────────────────────────────────────────────────────────────────────────
def _add(page: RecordPage, above: Page, data: Fields, user: Any, fill: Fill) -> None:
    # Two pages made at once would get the same place in the tree.
    parent = Page.objects.select_for_update().get(pk=above.pk)
    allowed = parent.specific.permissions_for_user(user)
    _allow(allowed.can_add_subpage())
    if data.get("status") != "draft":
        _allow(allowed.can_publish_subpage())
    page.locale = parent.locale
    page.slug = data.get("slug") or _free_slug(parent, page.title)
    page.live = False
    page.owner = user
    _fill(page, data, fill)
    parent.add_child(instance=page)


def _change(page: P, data: Fields, user: Any, fill: Fill) -> P:
    allowed = page.permissions_for_user(user)
    _allow(allowed.can_edit() and not allowed.page_locked())
    if page.live or data.get("status") == "listed":
        _allow(allowed.can_publish())
    draft: P = page if page.live else page.get_latest_revision_as_object()
    draft.title = data.get("name", draft.title)
    draft.slug = data.get("slug", draft.slug)
    _fill(draft, data, fill)
    draft.full_clean()
    return draft


def _fill(page: Any, data: Fields, fill: Fill) -> None:
    if "summary" in data:
        page.summary = data["summary"]
    if "featured" in data:
        page.featured = data["featured"]
    if "body" in data:
        page.body = _stream(page, "body", data["body"])
    if "seo" in data:
        page.seo_title = data["seo"].get("title", "")
        page.search_description = data["seo"].get("description", "")
    fill(page, dict(data))


def _finish(page: RecordPage, status: str | None, user: Any) -> None:
    """Store a revision, and show it to shoppers or take it away from them.

    Without a `status` a live page stays live, and a draft a draft.
    """
    was_live = bool(page.live)
    revision = page.save_revision(user=user, log_action=True)
    if status == "listed" or (status is None and was_live):
        revision.publish(user=user)
    elif was_live:
        _allow(page.permissions_for_user(user).can_unpublish())
        page.unpublish(user=user)


def _unpublish(pages: Any, user: Any) -> None:
    for page in pages:
        allowed = page.permissions_for_user(user)
        _allow(allowed.can_edit())
        if page.live:
            _allow(allowed.can_unpublish())
            page.unpublish(user=user)


def _allow(allowed: object) -> None:
    if not allowed:
        raise NotAllowed("Your permissions on this page do not cover it.")


def _page_of(model: type[P], record: Any) -> P:
    """The page that speaks for a record: in the default language, no alias. Raises NotFound."""
    if record is None:
        raise NotFound
    rows = model.objects.filter(**{f"{model.record_field}_id": record.pk}, alias_of=None)
    pages = sorted(rows, key=lambda row: (row.locale_id != Locale.get_default().pk, row.pk))
    if not pages:
        raise NotFound
    found: P = pages[0]
    return found


def _named(model: type[P], find: Callable[[str], Any], key: str | None, field: str) -> P | None:
    if key is None:
        return None
    try:
        return _page_of(model, find(key))
    except NotFound:
        raise _refused(field, f"There is no {field} “{key[:50]}”.") from None


def _known(found: Mapping[int, Any], pk: int, field: str) -> Any:
    if pk not in found:
        raise _refused(field, f"There is no {pk}.")
    return found[pk]


def _refused(field: str, detail: str) -> ValidationFailed:
    error = FieldError(field=field, code="invalid", detail=detail)
    return ValidationFailed("Some values are not valid.", errors=[error])


def _stream(page: Any, field: str, raw: list[dict[str, Any]]) -> Any:
    """Blocks as a StreamField holds them, checked as the editor's form checks them."""
    block = page._meta.get_field(field).stream_block
    unknown = {str(row["type"]) for row in raw} - set(block.child_blocks)
    if unknown:
        raise _refused(field, f"There are no blocks of the type {', '.join(sorted(unknown))}.")
    try:
        return block.clean(block.to_python(raw))
    except (ValidationError, TypeError, ValueError, AttributeError, KeyError):
        raise _refused(field, "A block's value does not fit its type.") from None


def _free_slug(parent: Page, title: str) -> str:
    base = slugify(title, allow_unicode=True)[:200] or "unnamed"
    taken = set(parent.get_children().filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
