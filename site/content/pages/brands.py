"""Who makes what the shop sells."""

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


class BrandIndexPage(StorefrontPage):
    """The list of brands, and the place where editors add them."""

    is_creatable = True
    max_count_per_parent = 1
    storefront_route = "/brands/"
    parent_page_types: ClassVar = ["content.HomePage"]
    subpage_types: ClassVar = ["content.BrandPage"]

    introduction = models.TextField(blank=True)

    content_panels: ClassVar = [*StorefrontPage.content_panels, FieldPanel("introduction")]
    api_fields: ClassVar = [APIField("introduction")]

    class Meta:
        verbose_name = "list of brands"


class BrandPage(RecordPage):
    """A brand in words and pictures; its record names it on products."""

    is_creatable = True
    record_field = "brand"
    exclude_fields_in_copy: ClassVar = ["brand"]
    storefront_route = "/brands/{slug}/"
    parent_page_types: ClassVar = ["content.BrandIndexPage"]
    subpage_types: ClassVar[list[str]] = []

    brand = models.ForeignKey(
        "catalogue.Brand", models.PROTECT, null=True, editable=False, related_name="pages"
    )
    summary = models.TextField(blank=True, help_text="One or two sentences for lists.")
    logo = image_field(help_text="Shown on a light ground.")
    image = image_field(help_text="A wide picture at the top of the brand's page.")
    website = models.URLField(blank=True)
    featured = models.BooleanField(default=False, help_text="Stands on the home page.")
    body = StreamField(BodyBlock(), blank=True)

    content_panels: ClassVar = [
        *StorefrontPage.content_panels,
        FieldPanel("summary"),
        FieldPanel("logo"),
        FieldPanel("image"),
        FieldPanel("website"),
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
        APIField("brand_id"),
        APIField("summary"),
        APIField("logo", serializer=ImageField()),
        APIField("image", serializer=ImageField()),
        APIField("website"),
        APIField("featured"),
        APIField("body"),
    ]

    class Meta:
        verbose_name = "brand"

    def make_record(self) -> int:
        """Store the brand's record."""
        return catalogue.create_brand(name=self.title, slug=self.slug).pk
