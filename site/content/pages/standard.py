"""Pages such as “About us”."""

from typing import ClassVar

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.search import index

from content.api_fields import ImageField
from content.blocks import BodyBlock
from content.pages.base import StorefrontPage, image_field


class StandardPage(StorefrontPage):
    """A page of text and pictures."""

    is_creatable = True
    parent_page_types: ClassVar = ["content.HomePage", "content.StandardPage"]
    subpage_types: ClassVar = ["content.StandardPage"]

    summary = models.TextField(blank=True, help_text="One or two sentences below the title.")
    image = image_field()
    body = StreamField(BodyBlock(), blank=True)

    content_panels: ClassVar = [
        *StorefrontPage.content_panels,
        FieldPanel("summary"),
        FieldPanel("image"),
        FieldPanel("body"),
    ]
    search_fields: ClassVar = [
        *StorefrontPage.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
    ]
    api_fields: ClassVar = [
        APIField("summary"),
        APIField("image", serializer=ImageField()),
        APIField("body"),
    ]

    class Meta:
        verbose_name = "standard page"
