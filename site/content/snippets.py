"""What editors keep in one place for all pages."""

from typing import ClassVar

from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, TranslatableMixin
from wagtail.search import index

from content.blocks import PLAIN_TEXT, LinkBlock, MenuBlock, SocialBlock


class FAQ(TranslatableMixin, Orderable, index.Indexed, models.Model):
    """A question that shoppers ask, with its answer."""

    topic = models.CharField(
        max_length=100, blank=True, help_text="Questions with the same topic stand together."
    )
    question = models.CharField(max_length=255)
    answer = RichTextField(features=PLAIN_TEXT)
    is_shown = models.BooleanField(
        "shown", default=True, help_text="Whether it stands on the page of all questions."
    )

    panels: ClassVar = [
        FieldPanel("question"),
        FieldPanel("answer"),
        FieldPanel("topic"),
        FieldPanel("is_shown"),
    ]
    search_fields: ClassVar = [
        index.SearchField("question"),
        index.SearchField("answer"),
        index.AutocompleteField("question"),
        index.FilterField("topic"),
        index.FilterField("locale"),
        index.FilterField("is_shown"),
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name = "question and answer"
        verbose_name_plural = "questions and answers"
        ordering = ["sort_order", "id"]

    def __str__(self) -> str:
        return self.question


@register_setting(icon="home", order=100)
class SiteSettings(BaseSiteSetting):
    """What the whole storefront shows: contact, shipping, menus, the announcement."""

    tagline = models.CharField(max_length=255, blank=True)
    announcement = models.CharField(
        max_length=255, blank=True, help_text="A line above every page. Empty: no line."
    )
    announcement_link = StreamField(
        [("link", LinkBlock())], blank=True, max_num=1, help_text="Where the line leads to."
    )
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=50, blank=True)
    address = models.TextField(blank=True)
    opening_hours = models.TextField(blank=True)
    shipping_information = RichTextField(
        features=PLAIN_TEXT, blank=True, help_text="Shown beside every product."
    )
    main_menu = StreamField(MenuBlock(), blank=True)
    footer_menu = StreamField(MenuBlock(), blank=True)
    social = StreamField([("network", SocialBlock())], blank=True)

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldPanel("tagline"),
                    MultiFieldPanel(
                        [FieldPanel("announcement"), FieldPanel("announcement_link")],
                        heading="Announcement",
                    ),
                    FieldPanel("shipping_information"),
                ],
                heading="Shop",
            ),
            ObjectList(
                [
                    FieldPanel("contact_email"),
                    FieldPanel("contact_phone"),
                    FieldPanel("address"),
                    FieldPanel("opening_hours"),
                    FieldPanel("social"),
                ],
                heading="Contact",
            ),
            ObjectList([FieldPanel("main_menu"), FieldPanel("footer_menu")], heading="Menus"),
        ]
    )

    class Meta:
        verbose_name = "shop settings"

    def __str__(self) -> str:
        return f"Settings of {self.site}"
