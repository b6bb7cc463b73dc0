"""What is ordered, and how it is sent."""

import pytest

from commerce.catalogue.models import Variant
from commerce.shipping.models import Method
from tests.factories import make_shipping, make_variant


@pytest.fixture
def mug() -> Variant:
    return make_variant("Mug", stock=5)


@pytest.fixture(autouse=True)
def standard() -> Method:
    return make_shipping()
