"""What the shop sells, in words and pictures. Price and stock are the record's."""

from typing import Any, ClassVar

from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import ItemBase, TagBase
from wagtail.admin.panels import (
    FieldPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PageChooserPanel,
    TabbedInterface,
)
from wagtail.api import APIField
from wagtail.blocks import CharBlock
from wagtail.fields import StreamField
from wagtail.models import Orderable
from wagtail.search import index

from commerce.catalogue import services as catalogue
from content.api_fields import GalleryField, ImageField
from content.blocks import AttributeBlock, BodyBlock, SpecificationBlock
from content.pages.base import RecordPage, StorefrontPage, image_field
from content.pages.product_panels import record_panels


class ProductIndexPage(StorefrontPage):
    """The list of products, and the place where editors add them."""

    is_creatable = True
    max_count_per_parent = 1
    storefront_route = "/products/"
    parent_page_types: ClassVar = ["content.HomePage"]
    subpage_types: ClassVar = ["content.ProductPage"]

    introduction = models.TextField(blank=True)

    content_panels: ClassVar = [*StorefrontPage.content_panels, FieldPanel("introduction")]
    api_fields: ClassVar = [APIField("introduction")]

    class Meta:
        verbose_name = "list of products"


class ProductTag(TagBase):
    """A word that products share; kept apart from the tags of pictures."""

    free_tagging = True

    class Meta:
        verbose_name = "product tag"


class ProductPageTag(ItemBase):
    """That a product page has a tag."""

    tag = models.ForeignKey(ProductTag, models.CASCADE, related_name="tagged_pages")
    content_object = ParentalKey(
        "content.ProductPage", on_delete=models.CASCADE, related_name="tagged_items"
    )

    def __str__(self) -> str:
        return f"{self.content_object} is {self.tag}"


class ProductPage(RecordPage):
    """A product as shoppers read it.

    Points at the record that has its variants, prices and stock, for good. Brand and category
    are the editors' choice; the record follows when the page is published.
    """

    is_creatable = True
    record_field = "product"
    exclude_fields_in_copy: ClassVar = ["product"]
    storefront_route = "/products/{slug}/"
    parent_page_types: ClassVar = ["content.ProductIndexPage"]
    subpage_types: ClassVar[list[str]] = []

    product = models.ForeignKey(
        "catalogue.Product", models.PROTECT, null=True, editable=False, related_name="pages"
    )
    brand_page = models.ForeignKey(
        "content.BrandPage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="brand",
    )
    category_page = models.ForeignKey(
        "content.CategoryPage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="category",
    )
    summary = models.TextField(
        blank=True, help_text="One or two sentences for lists and search engines."
    )
    body = StreamField(BodyBlock(), blank=True)
    highlights = StreamField(
        [("highlight", CharBlock(max_length=255))],
        blank=True,
        max_num=12,
        help_text="What makes it worth buying, a few words each.",
    )
    specifications = StreamField(
        [("specification", SpecificationBlock())], blank=True, help_text="The data sheet."
    )
    attributes = StreamField(
        [("attribute", AttributeBlock())],
        blank=True,
        help_text="What shoppers can filter by. Options such as size or colour are filters"
        " already and need not be repeated.",
    )
    featured = models.BooleanField(
        default=False, help_text="Stands on the home page and first in lists of featured products."
    )
    tags = ClusterTaggableManager(
        through=ProductPageTag, blank=True, help_text="Words that similar products share."
    )

    content_panels: ClassVar = [
        *StorefrontPage.content_panels,
        FieldPanel("summary"),
        InlinePanel("gallery", label="picture", heading="Pictures"),
        FieldPanel("highlights"),
        FieldPanel("body"),
    ]
    details_panels: ClassVar = [
        MultiFieldPanel(
            [
                PageChooserPanel("brand_page", "content.BrandPage"),
                PageChooserPanel("category_page", "content.CategoryPage"),
                FieldPanel("tags"),
                FieldPanel("featured"),
            ],
            heading="Where it is found",
        ),
        FieldPanel("specifications"),
        FieldPanel("attributes"),
        InlinePanel("related", label="product", heading="Goes well with", max_num=12),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(content_panels, heading="Content"),
            ObjectList(details_panels, heading="Details"),
            *record_panels(),
            ObjectList(StorefrontPage.promote_panels, heading="Promote"),
            ObjectList(StorefrontPage.settings_panels, heading="Settings"),
        ]
    )
    search_fields: ClassVar = [
        *StorefrontPage.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.SearchField("specifications"),
        index.FilterField("featured"),
        index.FilterField("product"),
        index.FilterField("brand_page"),
        index.FilterField("category_page"),
    ]
    api_fields: ClassVar = [
        APIField("product_id"),
        APIField("brand_page"),
        APIField("category_page"),
        APIField("summary"),
        APIField("thumbnail", serializer=ImageField(source="first_image")),
        APIField("gallery", serializer=GalleryField(source="*")),
        APIField("highlights"),
        APIField("specifications"),
        APIField("attributes"),
        APIField("body"),
        APIField("tags"),
        APIField("featured"),
        APIField("related_product_ids"),
    ]

    class Meta:
        verbose_name = "product"

    def make_record(self) -> int:
        """Store the product's record, a draft without variants."""
        return catalogue.create_product(name=self.title, slug=self.slug).pk

    @property
    def first_image(self) -> Any:
        """The picture for lists, or None."""
        first = next((row for row in self.gallery.all() if row.image_id), None)
        return first.image if first else None

    @property
    def related_product_ids(self) -> list[int]:
        """The records of the products that the editor finds related, in order."""
        rows = (row.page for row in self.related.all())
        return [page.product_id for page in rows if page.product_id and page.live]


class ProductPageImage(Orderable):
    """A picture of a product. The first one stands for it in lists."""

    page = ParentalKey(ProductPage, on_delete=models.CASCADE, related_name="gallery")
    image = image_field()
    alt = models.CharField(
        "alternative text",
        max_length=255,
        blank=True,
        help_text="What the picture shows, for who cannot see it. Empty: the picture's own.",
    )
    options = models.JSONField(
        default=dict,
        blank=True,
        help_text='Which choice it belongs to, such as {"Colour": "Walnut"}. Empty: all.',
    )

    panels: ClassVar = [FieldPanel("image"), FieldPanel("alt"), FieldPanel("options")]

    class Meta(Orderable.Meta):
        verbose_name = "picture"

    def __str__(self) -> str:
        return self.alt or f"Picture {self.sort_order}"


class ProductPageRelated(Orderable):
    """A product that goes well with another."""

    source = ParentalKey(ProductPage, on_delete=models.CASCADE, related_name="related")
    page = models.ForeignKey(ProductPage, models.CASCADE, related_name="+")

    panels: ClassVar = [PageChooserPanel("page", "content.ProductPage")]

    class Meta(Orderable.Meta):
        pass

    def __str__(self) -> str:
        return str(self.page)
