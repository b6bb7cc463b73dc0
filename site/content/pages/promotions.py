"""What the shop offers for a while."""

from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.models import PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from content.api_fields import ImageField
from content.blocks import BodyBlock, LinkBlock
from content.pages.base import StorefrontPage, image_field


class PromotionIndexPage(StorefrontPage):
    """The list of promotions, and the place where editors add them."""

    is_creatable = True
    max_count_per_parent = 1
    storefront_route = "/promotions/"
    parent_page_types: ClassVar = ["content.HomePage"]
    subpage_types: ClassVar = ["content.PromotionPage"]

    introduction = models.TextField(blank=True)

    content_panels: ClassVar = [*StorefrontPage.content_panels, FieldPanel("introduction")]
    api_fields: ClassVar = [APIField("introduction")]

    class Meta:
        verbose_name = "list of promotions"


class PromotionPageQuerySet(PageQuerySet):
    """Adds what a promotion's window means."""

    def running(self, now: datetime | None = None) -> "PromotionPageQuerySet":
        """Live pages whose window is open."""
        now = now or timezone.now()
        return self.live().filter(
            Q(starts_at=None) | Q(starts_at__lte=now), Q(ends_at=None) | Q(ends_at__gt=now)
        )


PromotionPageManager = PageManager.from_queryset(PromotionPageQuerySet)


class PromotionPage(StorefrontPage):
    """A promotion in words. What it takes off a price is said by its rule in the Shop menu."""

    is_creatable = True
    storefront_route = "/promotions/{slug}/"
    parent_page_types: ClassVar = ["content.PromotionIndexPage"]
    subpage_types: ClassVar[list[str]] = []

    teaser = models.CharField(max_length=255, blank=True, help_text="One line for lists.")
    image = image_field()
    body = StreamField(BodyBlock(), blank=True)
    link = StreamField([("link", LinkBlock())], blank=True, max_num=1)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="The storefront counts down to this time."
    )
    promotion = models.ForeignKey(
        "pricing.Promotion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="price rule",
        help_text="The rule that lowers the price. This page only tells of it.",
    )

    objects = PromotionPageManager()

    content_panels: ClassVar = [
        *StorefrontPage.content_panels,
        FieldPanel("teaser"),
        FieldPanel("image"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("starts_at"), FieldPanel("ends_at")]),
                FieldPanel("promotion"),
            ],
            heading="When and what",
        ),
        FieldPanel("body"),
        FieldPanel("link"),
    ]
    search_fields: ClassVar = [
        *StorefrontPage.search_fields,
        index.SearchField("teaser"),
        index.SearchField("body"),
        index.FilterField("starts_at"),
        index.FilterField("ends_at"),
    ]
    api_fields: ClassVar = [
        APIField("teaser"),
        APIField("image", serializer=ImageField()),
        APIField("body"),
        APIField("link"),
        APIField("starts_at"),
        APIField("ends_at"),
        APIField("is_running"),
    ]

    class Meta:
        verbose_name = "promotion"

    @property
    def is_running(self) -> bool:
        """Whether it is live and its window is open."""
        now = timezone.now()
        started = self.starts_at is None or self.starts_at <= now
        ended = self.ends_at is not None and self.ends_at <= now
        return bool(self.live and started and not ended)

    def clean(self) -> None:
        """Refuse a window that ends before it starts."""
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "The end has to be after the start."})
