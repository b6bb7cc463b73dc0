"""The page of all questions."""

from typing import Any, ClassVar

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.search import index

from content import richtext
from content.pages.base import StorefrontPage
from content.snippets import FAQ


class FAQPage(StorefrontPage):
    """Shows every question and answer of its language, by topic."""

    is_creatable = True
    max_count_per_parent = 1
    storefront_route = "/faq/"
    parent_page_types: ClassVar = ["content.HomePage"]
    subpage_types: ClassVar[list[str]] = []

    introduction = models.TextField(
        blank=True, help_text="The questions themselves are kept under Snippets."
    )

    content_panels: ClassVar = [*StorefrontPage.content_panels, FieldPanel("introduction")]
    search_fields: ClassVar = [*StorefrontPage.search_fields, index.SearchField("introduction")]
    api_fields: ClassVar = [APIField("introduction"), APIField("topics")]

    class Meta:
        verbose_name = "page of questions"

    @property
    def topics(self) -> list[dict[str, Any]]:
        """`[{topic, questions: [{id, question, answer}]}]` in the editors' order."""
        by_topic: dict[str, list[dict[str, Any]]] = {}
        for faq in FAQ.objects.filter(locale_id=self.locale_id, is_shown=True):
            by_topic.setdefault(faq.topic, []).append(
                {"id": faq.pk, "question": faq.question, "answer": richtext.html(faq.answer)}
            )
        return [{"topic": topic, "questions": rows} for topic, rows in by_topic.items()]
