"""What this room adds to Wagtail's admin."""

from importlib import import_module
from importlib.util import find_spec
from typing import ClassVar

from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from content.models import FAQ


class FAQViewSet(SnippetViewSet):
    """Questions and answers: listed by topic, in an order that can be dragged."""

    model = FAQ
    icon = "help"
    menu_label = "Questions"
    add_to_admin_menu = True
    menu_order = 300
    list_display: ClassVar = ["question", "topic", "is_shown"]
    list_filter: ClassVar = ["topic", "is_shown"]
    sort_order_field = "sort_order"


register_snippet(FAQViewSet)


# The Shop menu and the editing of stock are the admin's own module.
if find_spec("content.admin.hooks") is not None:
    import_module("content.admin.hooks")
