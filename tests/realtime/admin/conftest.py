from collections.abc import Callable

import pytest
from django.test import Client

from content.admin import groups
from tests.admin import staff_client


@pytest.fixture
def sign_in() -> Callable[[str], Client]:
    """Sign somebody of a group in: `sign_in("Order desk")`."""
    return staff_client


@pytest.fixture
def manager(sign_in: Callable[[str], Client]) -> Client:
    """Somebody who may do everything in the shop."""
    return sign_in(groups.SHOP_MANAGERS)
