"""The shelves of the shop: the tree of these pages is the tree of categories."""

from typing import ClassVar

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.search import index

from commerce.catalogue import services as catalogue
from content.api_fields import ImageField
from content.blocks import BodyBlock
from content.pages.base import RecordPage, StorefrontPage, image_field


class CategoryIndexPage(StorefrontPage):
    """The top of the categories, and the place where editors add them."""

    is_creatable = True
    max_count_per_parent = 1
    storefront_route = "/categories/"
    parent_page_types: ClassVar = ["content.HomePage"]
    subpage_types: ClassVar = ["content.CategoryPage"]

    introduction = models.TextField(blank=True)

    content_panels: ClassVar = [*StorefrontPage.content_panels, FieldPanel("introduction")]
    api_fields: ClassVar = [APIField("introduction")]

    class Meta:
        verbose_name = "list of categories"


class CategoryPage(RecordPage):
    """A category in words and pictures. Its place in the page tree is its record's place."""

    is_creatable = True
    record_field = "category"
    exclude_fields_in_copy: ClassVar = ["category"]
    storefront_route = "/categories/{slug}/"
    parent_page_types: ClassVar = ["content.CategoryIndexPage", "content.CategoryPage"]
    subpage_types: ClassVar = ["content.CategoryPage"]

    category = models.ForeignKey(
        "catalogue.Category", models.PROTECT, null=True, editable=False, related_name="pages"
    )
    summary = models.TextField(blank=True, help_text="One or two sentences for lists.")
    image = image_field()
    featured = models.BooleanField(default=False, help_text="Stands on the home page.")
    body = StreamField(BodyBlock(), blank=True)

    content_panels: ClassVar = [
        *StorefrontPage.content_panels,
        FieldPanel("summary"),
        FieldPanel("image"),
        FieldPanel("featured"),
        FieldPanel("body"),
    ]
    search_fields: ClassVar = [
        *StorefrontPage.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.FilterField("featured"),
    ]
    api_fields: ClassVar = [
        APIField("category_id"),
        APIField("summary"),
        APIField("image", serializer=ImageField()),
        APIField("featured"),
        APIField("body"),
    ]

    class Meta:
        verbose_name = "category"
        verbose_name_plural = "categories"

    @property
    def parent_record_id(self) -> int | None:
        """The record of the category page above, or None at the top."""
        parent = self.get_parent()
        if parent is None:
            return None
        rows = CategoryPage.objects.filter(pk=parent.pk)
        return rows.values_list("category_id", flat=True).first()

    def make_record(self) -> int:
        """Store the category's record below that of the page above."""
        return catalogue.create_category(
            name=self.title, slug=self.slug, parent_id=self.parent_record_id
        ).pk
