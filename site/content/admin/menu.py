"""Entries of the Shop menu that lead to a page, and not to a model's list."""

from typing import Any

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem


class PageMenuItem(MenuItem):
    """Shown to those who have the permission that its page asks for: a subclass names it."""

    permission: str

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person may open the page."""
        user: Any = request.user
        return bool(user.has_perm(self.permission))
