"""Staff of each group, signed in to the admin."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from commerce.customers.models import User
from commerce.shipping.models import Method
from content.admin import groups
from tests.factories import make_customer, make_shipping

SignIn = Callable[[str], Client]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Sign somebody of a group in: `sign_in("Order desk")`; "" is staff of no group."""
    groups.ensure_groups()

    def sign_in(group: str) -> Client:
        user = make_customer(is_staff=True, first_name="Kim", last_name=group or "Nobody")
        if group:
            user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
        return client

    return sign_in


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    """Somebody who may do everything in the shop."""
    return sign_in(groups.SHOP_MANAGERS)


@pytest.fixture
def method(db: None) -> Method:
    """Standard delivery."""
    return make_shipping()
