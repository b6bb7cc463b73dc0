"""What carts are filled with."""

import pytest

from commerce.catalogue.models import Variant
from commerce.shipping.models import Method
from tests.factories import make_shipping, make_variant


@pytest.fixture
def mug() -> Variant:
    return make_variant("Mug", price={"USD": 1299, "EUR": 1199}, stock=5)


@pytest.fixture
def shirt() -> Variant:
    first = make_variant("Shirt", options={"Size": "S"}, stock=5)
    return make_variant(options={"Size": "M"}, product=first.product, stock=2, price={"USD": 2000})


@pytest.fixture
def standard() -> Method:
    return make_shipping()
