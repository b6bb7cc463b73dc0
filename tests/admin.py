"""Staff who are signed in to the admin."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from commerce.customers.models import User
from content.admin import groups
from tests.factories import make_customer


def staff_client(group: str, **fields: Any) -> Client:
    """The browser of somebody of a group; "" is staff of no group."""
    groups.ensure_groups()
    user = make_customer(is_staff=True, **fields)
    if group:
        user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client
