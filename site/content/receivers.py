"""What Wagtail tells, and what follows from it. Every receiver can run twice without harm."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete
from wagtail.images import get_image_model
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from content import services
from content.events import announce_referred
from content.models import FAQ, BrandPage, CategoryPage, ProductPage
from content.pages.base import RecordPage
from content.pages.products import ProductPageTag, ProductTag

RECORD_PAGES = (ProductPage, BrandPage, CategoryPage)


def connect() -> None:
    """Connect every receiver."""
    page_published.connect(published, dispatch_uid="content.published")
    page_unpublished.connect(unpublished, dispatch_uid="content.unpublished")
    page_slug_changed.connect(slug_changed, dispatch_uid="content.slug_changed")
    post_page_move.connect(moved, dispatch_uid="content.moved")
    for model in RECORD_PAGES:
        post_delete.connect(deleted, sender=model, dispatch_uid="content.deleted")
    for model in (get_image_model(), FAQ):
        post_save.connect(referred_saved, sender=model, dispatch_uid="content.referred_saved")
        pre_delete.connect(referred_deleted, sender=model, dispatch_uid="content.referred_deleted")
    post_save.connect(referred_saved, sender=ProductTag, dispatch_uid="content.tag_renamed")
    for signal in (post_save, post_delete):
        signal.connect(tagged, sender=ProductPageTag, dispatch_uid="content.tagged")
        signal.connect(
            restriction_changed, sender=PageViewRestriction, dispatch_uid="content.restriction"
        )


def published(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """A page went live, or live once more: prepare its pictures, list what it sells."""
    services.prepare_renditions(instance)
    if isinstance(instance, RecordPage):
        services.follow(instance)


def unpublished(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """A page went away: what it sells is not on sale any more."""
    page = instance.specific
    if isinstance(page, RecordPage):
        services.follow(page)


def slug_changed(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """A page has a new URL: its record, and what links to it, follow."""
    if isinstance(instance, RecordPage):
        services.follow(instance)
    announce_referred("wagtailcore.page", instance.pk)


def moved(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """A page stands elsewhere: categories follow, and so does who may see products."""
    page = instance.specific
    if isinstance(page, CategoryPage):
        services.follow(page)
        return
    services.announce_below(page)


def deleted(sender: type[Page], instance: RecordPage, **kwargs: Any) -> None:
    """A page is gone for good: its record stays, archived, for orders and the ledger."""
    services.follow(instance)


def referred_saved(sender: type[Any], instance: Any, created: bool, **kwargs: Any) -> None:
    """A picture or a question was changed: whoever shows it is prepared again."""
    if not created and not kwargs.get("raw"):
        announce_referred(instance._meta.label_lower, instance.pk)


def referred_deleted(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """A picture or a question goes: whoever shows it is prepared without it."""
    # Wagtail forgets with it who referred to it.
    announce_referred(instance._meta.label_lower, instance.pk, pages=services.pages_with(instance))


def tagged(sender: type[Any], instance: ProductPageTag, **kwargs: Any) -> None:
    """A page got a tag or lost one; a tag that is deleted goes from all its pages."""
    if not kwargs.get("raw"):
        services.announce_page(instance.content_object_id)


def restriction_changed(sender: type[Any], instance: PageViewRestriction, **kwargs: Any) -> None:
    """Part of the tree was closed to, or opened for, the public."""
    services.announce_below(instance.page)
