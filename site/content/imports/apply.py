"""Writes what a file says of a product: all of it or, if anything is wrong, nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from wagtail.models import Locale

from commerce.catalogue.errors import PriceOutOfRange, SkuTaken
from commerce.catalogue.models import Product
from content import tree
from content.imports import export, variants
from content.imports.cells import keep, pictures_of
from content.imports.images import Gallery, PictureMissing
from content.imports.pages import fill, find_page, publish
from content.imports.plan import ImagePlan, Outcome, Problem, ProductPlan, ProductRefused
from content.pages import ProductIndexPage, ProductPage
from core.errors import DomainError

COLUMN_OF = {
    "title": "Title",
    "slug": "Handle",
    "body": "Body (HTML)",
    "seo_title": "SEO Title",
    "search_description": "SEO Description",
    "tags": "Tags",
}


@dataclass(slots=True)
class Importer:
    """Stores plans one by one. `reason` goes into the stock ledger."""

    gallery: Gallery
    reason: str
    dry_run: bool = False
    _skus: dict[str, tuple[str, int]] = field(default_factory=dict)
    _handles: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Learn which products came from which handles; slugs may have changed since."""
        rows = Product.objects.filter(imported__has_key="handle")
        self._handles = dict(rows.values_list("imported__handle", "pk").iterator())

    def store(self, plan: ProductPlan) -> Outcome:
        """Create or update one product, or say what is in the way and change nothing."""
        outcome = Outcome(plan.line, plan.handle, "failed", warnings=list(plan.warnings))
        self.gallery.begin()
        try:
            self._same_sku_twice(plan)
            page = self._page(plan)
            new = page.pk is None
            images, missing = self._pictures(plan, page)
            outcome.warnings += missing
            with transaction.atomic():
                self._write(plan, page, images, outcome)
                transaction.set_rollback(self.dry_run)
        except ProductRefused as refused:
            outcome.problems = refused.problems
        except (DomainError, ValidationError, DatabaseError) as error:
            outcome.problems = _problems(plan, error)
        if outcome.problems:
            self.gallery.take_back()
            outcome.changes = []
            return outcome
        outcome.verdict = "created" if new else "updated" if outcome.changes else "unchanged"
        for variant in plan.variants or []:
            if variant.sku:
                self._skus[variant.sku] = (plan.handle, variant.line)
        if not self.dry_run and page.product_id:
            self._handles[plan.handle] = page.product_id
        return outcome

    def _same_sku_twice(self, plan: ProductPlan) -> None:
        seen: dict[str, tuple[str, int]] = {}
        problems = []
        for variant in plan.variants or []:
            if not variant.sku:
                continue
            other = seen.get(variant.sku) or self._skus.get(variant.sku)
            if other and (other[0] != plan.handle or variant.sku in seen):
                why = f"“{variant.sku}” is already the SKU of “{other[0]}”, line {other[1]}."
                problems.append(Problem(variant.line, "Variant SKU", why))
            seen[variant.sku] = (plan.handle, variant.line)
        if problems:
            raise ProductRefused(problems)

    def _page(self, plan: ProductPlan) -> ProductPage:
        page = find_page(plan.handle, self._handles.get(plan.handle))
        if page is None:
            return ProductPage(title=plan.name, locale=Locale.get_default())
        former = page.product.imported.get("handle") if page.product else None
        # JSON knows products by their slugs, a table by the handles that they came with.
        names = {former or plan.handle} if plan.sheet else {former or plan.handle, page.slug}
        if plan.handle not in names:
            why = f"It gives the same address as “{former}”, which is another product."
            raise ProductRefused([Problem(plan.line, "Handle", why)])
        return page

    def _pictures(
        self, plan: ProductPlan, page: ProductPage
    ) -> tuple[dict[str, int], list[Problem]]:
        """The ids of the pictures by src, loaded if they are new, and those that are missing.

        Outside the transaction: loading and scaling take their time.
        """
        known: dict[str, int] = {}
        if page.pk is not None and plan.images:
            entry = next(export.load([page.product_id]))
            known = {p.src: p.image for p in entry.pictures if p.image is not None}
        wanted = [image for image in plan.images or [] if image.src not in known]
        if self.dry_run:
            return known, [p for image in wanted for p in self._check(image)]
        asked = [(i.src, i.alt or plan.name, i.focal_point) for i in wanted]
        found, failed = self.gallery.bring(asked) if asked else ({}, {})
        problems = [Problem(i.line, i.column, failed[i.src]) for i in wanted if i.src in failed]
        return known | found, problems

    def _check(self, image: ImagePlan) -> Iterator[Problem]:
        try:
            self.gallery.source.check(image.src)
        except PictureMissing as error:
            yield Problem(image.line, image.column, str(error))

    def _write(
        self, plan: ProductPlan, page: ProductPage, images: dict[str, int], outcome: Outcome
    ) -> None:
        new = page.pk is None
        changes = outcome.changes
        words = fill(page, plan, images, outcome)
        if new:
            page.live = False
            with _at(plan.line, "Handle"):
                tree.index(ProductIndexPage).add_child(instance=page)
        product = Product.objects.get(pk=page.product_id)
        ids = variants.store(product, plan, self.reason, changes)
        publish(page, plan, words=words, new=new, outcome=outcome)
        self._remember(plan, page.product_id, images, ids, changes)

    def _remember(
        self,
        plan: ProductPlan,
        product_id: int,
        images: dict[str, int],
        ids: list[int],
        changes: list[str],
    ) -> None:
        """Keep what the shop has no use for, so that an export has it again."""
        product = Product.objects.get(pk=product_id)
        entries = [
            {"src": image.src, "image": images.get(image.src)}
            | ({} if image.listed else {"listed": False})
            for image in plan.images or []
        ]
        kept = dict(product.imported)
        kept.setdefault("handle", plan.handle)
        if plan.images is not None:
            former = {e["src"]: e for e in kept.get("images", [])}
            kept["images"] = [former.get(e["src"], {}) | e for e in entries]
        if plan.sheet is None:
            self._save_kept(product, kept, changes)
            return
        entry = next(export.load([product.pk]))
        pictures = pictures_of(entry.page, kept)
        keepsake = keep(plan.sheet, entry.page, entry.variants, pictures, entry.names, ids)
        for variant in entry.variants:
            if variant.imported != keepsake.variants[variant.pk]:
                variant.imported = keepsake.variants[variant.pk]
                variant.save(update_fields=["imported"])
                _note(changes, "kept columns")
        self._save_kept(product, keepsake.product, changes)

    def _save_kept(self, product: Product, kept: dict[str, object], changes: list[str]) -> None:
        if product.imported != kept:
            product.imported = kept
            product.save(update_fields=["imported"])
            _note(changes, "kept columns")


def _note(changes: list[str], what: str) -> None:
    if what not in changes:
        changes.append(what)


@contextmanager
def _at(line: int, column: str) -> Iterator[None]:
    """Say where in the file a refusal belongs, if it does not say so itself."""
    try:
        yield
    except DomainError as error:
        raise ProductRefused([Problem(line, column, error.detail or error.title)]) from error


def _problems(plan: ProductPlan, error: Exception) -> list[Problem]:
    if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        return [
            Problem(plan.line, COLUMN_OF.get(name, name), " ".join(messages))
            for name, messages in error.message_dict.items()
        ]
    if isinstance(error, ValidationError):
        return [Problem(plan.line, "", " ".join(error.messages))]
    if isinstance(error, SkuTaken):
        return [Problem(plan.line, "Variant SKU", error.detail)]
    if isinstance(error, PriceOutOfRange):
        return [Problem(plan.line, "Variant Price", error.detail)]
    if isinstance(error, DomainError):
        return [Problem(plan.line, "", error.detail or error.title)]
    return [Problem(plan.line, "", f"The database refused it: {error}")]
