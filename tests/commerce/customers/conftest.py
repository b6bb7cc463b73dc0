"""Who and what most tests of customers begin with."""

import pytest

from commerce.catalogue.models import Variant
from commerce.customers.models import User
from tests.factories import make_customer, make_shipping, make_variant


@pytest.fixture
def ada() -> User:
    return make_customer("ada@example.com", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=1000, price={"USD": 1000, "EUR": 900})
