"""Staff of each group, signed in to the admin."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from commerce.payments.demo import messages
from commerce.payments.models import Payment
from commerce.shipping.models import Method
from content.admin import groups
from tests.admin import staff_client
from tests.content.admin.paying import begin
from tests.factories import make_shipping, make_variant, place

SignIn = Callable[[str], Client]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Sign somebody of a group in: `sign_in("Order desk")`; "" is staff of no group."""

    def sign_in(group: str) -> Client:
        return staff_client(group, first_name="Kim", last_name=group or "Nobody")

    return sign_in


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    """Somebody who may do everything in the shop."""
    return sign_in(groups.SHOP_MANAGERS)


@pytest.fixture
def method(db: None) -> Method:
    """Standard delivery."""
    return make_shipping()


@pytest.fixture
def demo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo provider, whose webhooks get lost."""
    settings.PAYMENTS_DEMO = True
    settings.PAYMENT_METHODS = ["cod", "bank_transfer", "demo"]
    monkeypatch.setattr(messages, "deliver", lambda sent: None)


@pytest.fixture
def paid(demo: None, method: Method) -> Payment:
    return begin(button="pay")


@pytest.fixture
def held(demo: None, method: Method) -> Payment:
    """Authorised, to be captured with the first parcel."""
    return begin(button="pay", capture="manual")


@pytest.fixture
def transfer(demo: None, method: Method) -> Payment:
    placed = place({make_variant("Cup", stock=5): 2}, payment_method="bank_transfer")
    return placed.payment
