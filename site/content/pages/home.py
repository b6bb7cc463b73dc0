"""The storefront's first page."""

from typing import ClassVar

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.models import Orderable
from wagtail.search import index

from content.api_fields import ImageField
from content.blocks import BodyBlock, LinkBlock
from content.pages.base import StorefrontPage, image_field


class HomePage(StorefrontPage):
    """What a shopper sees first, and the root of everything else."""

    storefront_route = "/"
    is_creatable = True
    max_count_per_parent = 1
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    subpage_types: ClassVar = [
        "content.ProductIndexPage",
        "content.CategoryIndexPage",
        "content.BrandIndexPage",
        "content.PromotionIndexPage",
        "content.FAQPage",
        "content.StandardPage",
    ]

    hero_title = models.CharField(max_length=255, blank=True)
    hero_text = models.TextField(blank=True)
    hero_image = image_field(help_text="Wide, at least 1600 pixels.")
    hero_link = StreamField([("link", LinkBlock())], blank=True, max_num=1)
    body = StreamField(BodyBlock(), blank=True)

    content_panels: ClassVar = [
        *StorefrontPage.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("hero_title"),
                FieldPanel("hero_text"),
                FieldPanel("hero_image"),
                FieldPanel("hero_link"),
            ],
            heading="Hero",
        ),
        InlinePanel(
            "featured_products",
            label="product",
            heading="Featured products",
            max_num=12,
            help_text="None chosen: the newest products that are marked as featured.",
        ),
        FieldPanel("body"),
    ]
    search_fields: ClassVar = [
        *StorefrontPage.search_fields,
        index.SearchField("hero_title"),
        index.SearchField("hero_text"),
        index.SearchField("body"),
    ]
    api_fields: ClassVar = [
        APIField("hero_title"),
        APIField("hero_text"),
        APIField("hero_image", serializer=ImageField()),
        APIField("hero_link"),
        APIField("body"),
        APIField("featured_product_ids"),
    ]

    class Meta:
        verbose_name = "home page"

    @property
    def featured_product_ids(self) -> list[int]:
        """The ids of the products that the editor has chosen, in order."""
        rows = self.featured_products.select_related("page")
        return [row.page.product_id for row in rows if row.page.product_id and row.page.live]


class HomePageProduct(Orderable):
    """A product on the home page."""

    home = ParentalKey(HomePage, on_delete=models.CASCADE, related_name="featured_products")
    page = models.ForeignKey("content.ProductPage", models.CASCADE, related_name="+")

    panels: ClassVar = [PageChooserPanel("page", "content.ProductPage")]

    class Meta(Orderable.Meta):
        pass

    def __str__(self) -> str:
        return str(self.page)
