"""Wagtail's own deletion of users leads to the erasure, which knows what else has to go."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin import messages

from commerce.customers.models import User


def instead(request: HttpRequest, users: Any) -> HttpResponse | None:
    """A `before_delete_user` or `before_bulk_action` hook: the row of a user is never deleted.

    Orders would keep name and address then, and nobody would know whose they were.
    """
    found: list[User] = [users] if isinstance(users, User) else list(users)
    messages.warning(request, "Accounts are erased here, so that nothing is left behind.")
    if len(found) == 1:
        return redirect("shop_customers:inspect", found[0].pk)
    return redirect("shop_customers:index")


def instead_of_many(
    request: HttpRequest, action_type: str, objects: Any, action_class: Any
) -> HttpResponse | None:
    """The same for the users that were ticked in Wagtail's list."""
    if action_type == "delete" and objects and all(isinstance(each, User) for each in objects):
        return instead(request, objects)
    return None
